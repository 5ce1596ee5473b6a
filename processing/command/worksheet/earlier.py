"""Figures of the school's return before, by question.

In: a connection, a form id, a school, a date. Out: a function of (path, row) that gives a figure as
text. Rows of a repeat are matched by what the form calculates for each of them (the grade), not by
their number, since a school may have opened a grade since.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from config.sqlnames import table_name
from processing.command.worksheet.asked import Asked
from processing.db.queries.worksheet import find_earlier_return, list_answers
from processing.land.plan import PlannedTable
from processing.land.schema import load_plan

FIGURES = ("int", "decimal")


@dataclass(frozen=True)
class EarlierReturn:
    """reference_date: of its round. values: (path, key of its row or "") -> figure."""

    reference_date: dt.date | None = None
    values: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def reader(self, asked: Asked) -> Callable[[str, str], str]:
        """row: `/grades[2]`, or "" outside repeats."""
        names = _key_names(self.values)

        def read(path: str, row: str) -> str:
            key = ""
            if row:
                key = str(asked.values.get(f"{row}/{names.get(row.partition('[')[0], '')}", ""))
            return self.values.get((path, key), "")

        return read


def read_earlier(
    connection: sa.Connection, form_id: str, school_code: str, before: dt.date
) -> EarlierReturn:
    """Empty where the school has sent nothing in an earlier round."""
    found = find_earlier_return(connection, form_id, table_name(form_id), school_code, before)
    if found is None:
        return EarlierReturn()
    plan, values = load_plan(connection, found.form_key).plan, {}
    for table in plan.tables:
        if table.path.count("/") <= 1:
            values |= _figures(connection, table, found.form_key, found.instance_id)
    return EarlierReturn(found.reference_date, values)


def _figures(connection, table: PlannedTable, form_key: int, instance_id: str) -> dict:
    """The figures of one table; the first of a repeat's row names the row."""
    fields = [item for item in table.fields_in(table.name) if item.kind in FIGURES]
    if not fields:
        return {}
    columns = [item.columns[0].name for item in fields]
    values = {}
    for row in list_answers(connection, table.name, columns, form_key, instance_id):
        key = "" if table.is_root else str(row[0])
        pairs = zip(fields, row, strict=True)
        values |= {(item.path, key): _as_text(value) for item, value in pairs if value is not None}
    return values


def _key_names(values: dict[tuple[str, str], str]) -> dict[str, str]:
    """Repeat -> the name of the question that names its rows: the one that equals their key."""
    names = {}
    for (path, key), value in values.items():
        base, _, name = path.rpartition("/")
        if key and value == key:
            names.setdefault(base, name)
    return names


def _as_text(value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
