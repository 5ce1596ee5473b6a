"""Figures of the school's return before, by question.

In: a connection, a form id, a school, a date. Out: a function of (path, row) that gives a figure as
text. Rows of a repeat are matched by what the form calculates for each of them (the grade, the
level), not by their number, since a school may have opened a grade since.
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

# What figures and the names of rows are kept as; a select of several has columns of its own.
READ = ("int", "decimal", "string")


@dataclass(frozen=True)
class EarlierReturn:
    """reference_date: of its round. answers: of the form itself, by path. rows: of each repeat."""

    reference_date: dt.date | None = None
    answers: dict[str, str] = field(default_factory=dict, repr=False)
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict, repr=False)

    def reader(self, asked: Asked) -> Callable[[str, str], str]:
        """row: `/grades[2]`, or "" outside repeats."""
        return lambda path, row: (self._row(asked, row) if row else self.answers).get(path, "")

    def _row(self, asked: Asked, row: str) -> dict[str, str]:
        """The earlier row that has the same name: the first question that is known of the row."""
        repeat = row.partition("[")[0]
        rows = self.rows.get(repeat, [])
        for path in rows[0] if rows else ():
            known = str(asked.values.get(row + path.removeprefix(repeat), ""))
            if known:
                return next((answers for answers in rows if answers[path] == known), {})
        return {}


def read_earlier(
    connection: sa.Connection, form_id: str, school_code: str, before: dt.date
) -> EarlierReturn:
    """Empty where the school has sent nothing in an earlier round."""
    found = find_earlier_return(connection, form_id, table_name(form_id), school_code, before)
    if found is None:
        return EarlierReturn()
    answers, repeats = {}, {}
    for table in load_plan(connection, found.form_key).plan.tables:
        rows = _answers(connection, table, found.form_key, found.instance_id)
        if table.is_root:
            answers = rows[0] if rows else {}
        elif table.path.count("/") == 1:
            repeats[table.path] = rows
    return EarlierReturn(found.reference_date, answers, repeats)


def _answers(
    connection: sa.Connection, table: PlannedTable, form_key: int, instance_id: str
) -> list[dict[str, str]]:
    """Path -> answer of each row, in the form's order of rows and of questions."""
    fields = [item for item in table.fields_in(table.name) if item.kind in READ]
    if not fields:
        return []
    columns = [item.columns[0].name for item in fields]
    return [
        {item.path: _as_text(value) for item, value in zip(fields, row, strict=True)}
        for row in list_answers(connection, table.name, columns, form_key, instance_id)
    ]


def _as_text(value) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
