"""A table as an Excel workbook: one sheet, written right to left for Arabic and Kurdish.

Every text is written as text, so that a formula that a school typed stays the letters it is.
Times are written in the zone of the reader, since a spreadsheet knows none.
"""

import io
from datetime import date, datetime

import xlsxwriter

from processing.exports.table import Cell, Column, Marker, Table

SHEET_NAME_CHARACTERS = 31
# Excel's limit for the name of a sheet.
WIDEST_COLUMN_CHARACTERS = 48
FORBIDDEN_IN_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_xlsx(table: Table, words: dict[Marker, str], is_right_to_left: bool) -> bytes:
    """The workbook's bytes. `words` says each marker in the reader's language."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet(_sheet_name(table.caption or table.name))
        if is_right_to_left:
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for across, column in enumerate(table.columns):
            _write_column(workbook, sheet, head, table, across, column, words)
    return buffer.getvalue()


def _write_column(workbook, sheet, head, table, across: int, column: Column, words) -> None:
    style = workbook.add_format({"num_format": _number_format(column)})
    sheet.write_string(0, across, column.title, head)
    sheet.set_column(across, across, _width(table, column))
    for down, row in enumerate(table.rows, start=1):
        _write_cell(sheet, down, across, row[column.key], style, words)


def _write_cell(sheet, down: int, across: int, cell: Cell, style, words) -> None:
    if cell is None:
        return
    if isinstance(cell, Marker):
        sheet.write_string(down, across, words[cell])
    elif isinstance(cell, str):
        sheet.write_string(down, across, cell)
    elif isinstance(cell, datetime):
        sheet.write_datetime(down, across, cell.replace(tzinfo=None), style)
    elif isinstance(cell, date):
        sheet.write_datetime(down, across, datetime(cell.year, cell.month, cell.day), style)  # noqa: DTZ001
    else:
        sheet.write_number(down, across, cell, style)


def _number_format(column: Column) -> str:
    if column.kind == "moment":
        return "yyyy-mm-dd hh:mm"
    if column.kind == "date":
        return "yyyy-mm-dd"
    if not column.is_number:
        return "@"
    if column.kind == "figure":
        return "General"
    return "#,##0" + ("." + "0" * column.decimals if column.decimals else "")


def _width(table: Table, column: Column) -> int:
    longest = max((len(str(row[column.key] or "")) for row in table.rows), default=0)
    return min(WIDEST_COLUMN_CHARACTERS, max(longest, len(column.title), 8) + 2)


def _sheet_name(caption: str) -> str:
    return caption.translate(FORBIDDEN_IN_SHEET_NAME).strip()[:SHEET_NAME_CHARACTERS] or "EMIS"
