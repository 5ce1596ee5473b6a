"""The answers of one return as they count now.

In: a connection, the ids of a return. Out: `Answers`: rows by the path of their repeat, values by
the path of their question, and the numbers that corrections have changed. An answer that names or
describes a person is read for the return itself alone, and only for readers who see names: those of
the lists of persons never.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from processing.db.queries.web_returns import list_adjustments
from processing.db.queries.worksheet import list_answers
from processing.land.plan import PlannedTable
from processing.land.schema import load_plan

ROOT = ""
ROW_COLUMNS = ("_row_number", "_position")


@dataclass(frozen=True)
class Correction:
    """A number that counts instead of the reported one. position: of its row, from 1."""

    path: str
    position: int
    reported: Any
    value: Any
    at: datetime


@dataclass
class Row:
    """values: path -> what counts. corrected: paths whose number was changed after sending."""

    position: int = 0
    values: dict[str, Any] = field(default_factory=dict, repr=False)
    corrected: set[str] = field(default_factory=set)

    def named(self) -> dict[str, Any]:
        """name of the question -> value."""
        return {path.rpartition("/")[2]: value for path, value in self.values.items()}


@dataclass(frozen=True)
class Answers:
    """rows: path of the repeat -> its rows; `` holds the one row of the return itself."""

    rows: Mapping[str, list[Row]] = field(repr=False)
    corrections: tuple[Correction, ...] = ()

    @property
    def root(self) -> Row:
        return self.rows[ROOT][0]


def read_answers(
    connection: sa.Connection, form_key: int, instance_id: str, *, with_names: bool
) -> Answers:
    """Raises LookupError where nothing of the return is in `survey`."""
    tables = load_plan(connection, form_key).plan.tables
    rows = {
        table.path: _rows(connection, table, form_key, instance_id, with_names) for table in tables
    }
    if not rows[ROOT]:
        raise LookupError(instance_id)
    adjustments = list_adjustments(connection, form_key, instance_id)
    return Answers(rows, tuple(_apply(rows, adjustments)))


def _rows(connection, table: PlannedTable, form_key, instance_id, with_names) -> list[Row]:
    """In the form's order; a wide table's parts are put together again.

    A row of a repeat in which nothing is answered is none (see `processing.db.queries.returns`).
    """
    found: dict[int, Row] = {}
    for part in table.parts:
        fields = [
            item for item in table.fields_in(part)
            if not item.is_personal or (with_names and table.is_root)
        ]  # fmt: skip
        own = () if table.is_root else ROW_COLUMNS if part == table.name else ROW_COLUMNS[:1]
        # A part of which nothing may be read still tells that the return is there.
        columns = [*own, *(item.columns[0].name for item in fields)] or ["form_key"]
        for line in list_answers(connection, part, columns, form_key, instance_id):
            row = found.setdefault(line[0] if own else 0, Row())
            row.position = line[1] if own == ROW_COLUMNS else row.position
            paths = (item.path for item in fields)
            row.values |= dict(zip(paths, line[len(own) :], strict=False))
    return [row for row in found.values() if table.is_root or _is_answered(row)]


def _is_answered(row: Row) -> bool:
    """Of a row that may not be read nobody knows."""
    return not row.values or any(value not in (None, "", []) for value in row.values.values())


def _apply(rows: Mapping[str, list[Row]], adjustments: Iterable) -> Iterable[Correction]:
    """An edit of the return ends a correction: it counts only while it replaces what stands."""
    for found in adjustments:
        for row in _rows_of(rows, found["path"]):
            is_row = row.position == found["row_position"]
            if is_row and as_number(row.values[found["path"]]) == found["reported_value"]:
                row.values[found["path"]] = _plain(found["value"])
                row.corrected.add(found["path"])
                yield Correction(
                    found["path"], row.position, found["reported_value"], found["value"],
                    found["adjusted_at"],
                )  # fmt: skip


def _rows_of(rows: Mapping[str, list[Row]], path: str) -> list[Row]:
    """The rows that hold the question."""
    return [row for held in rows.values() for row in held if path in row.values]


def as_number(value) -> int | Decimal | None:
    """A count or a figure; None for what is none, as a text in a column that was widened."""
    if value is None or isinstance(value, (int, Decimal)):
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return _plain(number) if number.is_finite() else None


def _plain(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number
