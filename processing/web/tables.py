"""From a table to an answer: the page that shows it, or the file that holds the same.

In: a template and its tables by name. Out: the page, or, with `?download=<table>.csv|xlsx` on the
same address, the file. Both come from one record after the same disclosure control, so a download
holds what is shown, of a list all its pages, and needs no permission of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, abort, g, render_template, request
from flask_babel import gettext

from processing.db.queries.web_audit import record
from processing.exports.csv_file import write_csv
from processing.exports.disclosure import SMALLEST_SHOWN_COUNT, protect
from processing.exports.table import Cell, Column, Marker, Table
from processing.exports.xlsx_file import write_xlsx
from processing.web.access import is_outside_ministry
from processing.web.clock import local, now
from processing.web.database import writing
from processing.web.i18n import is_right_to_left, show_date, show_moment, show_number

CSV, XLSX = "csv", "xlsx"
# Of a file: well over the country's 37,000 schools, and a spreadsheet still opens it.
MOST_ROWS = 100_000
MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class TooManyRows(Exception):
    """More rows are asked for than a file holds."""


def use_tables(app: Flask) -> None:
    app.add_template_filter(show_cell)
    app.add_template_global(download_url)


def table_of(
    name: str,
    caption: str,
    rows: Iterable,
    columns: Mapping[Column, str | Callable[[Any], Cell]],
    link: Callable[[Any], str | None] | None = None,
) -> Table:
    """A line for each row: every column beside what it shows, a key of the row or a function of it.

    Moments are shown as clocks in the country show them. link: where a row's first cell leads.
    """
    rows = list(rows)
    return Table(
        name=name,
        caption=caption,
        columns=tuple(columns),
        rows=tuple(
            {column.key: _cell(row, column, shown) for column, shown in columns.items()}
            for row in rows
        ),
        links=tuple(link(row) for row in rows) if link else (),
    )


def _cell(row, column: Column, shown: str | Callable[[Any], Cell]) -> Cell:
    value = shown(row) if callable(shown) else row[shown]
    return local(value) if column.kind == "moment" else value


def part_wanted(name: str, rows_a_page: int, page: int = 1) -> dict[str, int]:
    """limit and offset of a list's rows: those of one page of it, or all of them for its file;
    one more than a file holds shows that it is too long.
    """
    if _wanted_file()[0] == name:
        return {"limit": MOST_ROWS + 1, "offset": 0}
    return {"limit": rows_a_page, "offset": (page - 1) * rows_a_page}


def _wanted_file() -> tuple[str, str]:
    """(table, type of file) that the address asks to download; ("", "") for the page."""
    name, _, file_type = request.args.get("download", "").rpartition(".")
    return name, file_type


def render_tables(template: str, tables: list[Table], **context) -> Response | str:
    """The page with its tables, or the one table that the address asks to download.

    Raises TooManyRows.
    """
    if is_outside_ministry(g.account):
        tables = [protect(table) for table in tables]
    by_name = {table.name: table for table in tables}
    if "download" not in request.args:
        return render_template(template, tables=by_name, **context)
    name, file_type = _wanted_file()
    if name not in by_name or file_type not in MEDIA_TYPES:
        abort(404)
    if len(by_name[name].rows) > MOST_ROWS:
        raise TooManyRows
    return _download(by_name[name], file_type)


def show_cell(cell: Cell, column: Column) -> str:
    """A cell as the reader reads it. An empty one shows a dash, so that no one wonders."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, Marker):
        return marker_words()[cell]
    if isinstance(cell, datetime):
        return show_moment(cell)
    if isinstance(cell, date):
        return show_date(cell)
    if not column.is_number:
        return str(cell)
    decimals = _own_decimals(cell) if column.kind == "figure" else column.decimals
    return show_number(cell, decimals) + ("%" if column.kind == "percent" else "")


def _own_decimals(number: int | Decimal) -> int:
    return -number.as_tuple().exponent if isinstance(number, Decimal) else 0


def marker_words() -> dict[Marker, str]:
    return {
        Marker.NOT_COVERED: gettext("not covered"),
        Marker.NOT_APPLICABLE: gettext("does not apply"),
        Marker.SUPPRESSED: gettext("hidden (fewer than %(count)s)", count=SMALLEST_SHOWN_COUNT),
    }


def download_url(table: Table, file_type: str) -> str:
    """This page's own address, asking for the table as a file.

    Put together by hand: url_for would take `_scheme` or `endpoint` of the address as its own.
    """
    arguments = request.args.to_dict() | {"download": f"{table.name}.{file_type}"}
    return f"{quote(request.script_root + request.path)}?{urlencode(arguments)}"


def _download(table: Table, file_type: str) -> Response:
    with writing() as connection:
        record(connection, now(), g.account.login, "download", f"{request.path}#{table.name}",
               format=file_type, rows=len(table.rows))  # fmt: skip
    content = (
        write_csv(table, marker_words())
        if file_type == CSV
        else write_xlsx(table, marker_words(), is_right_to_left())
    )
    answer = Response(content, content_type=MEDIA_TYPES[file_type])
    answer.headers.set("Content-Disposition", "attachment", filename=f"{table.name}.{file_type}")
    return answer
