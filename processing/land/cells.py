"""Cells: typed values in the text format of PostgreSQL's COPY, one at a time or a line at once.

Comes in: typed values, or an object of the feed. Goes out: text between tabs. A line is made by a
function that was put together for its table beforehand, so that an answer costs a look-up and one
call. It knows only answers that fit: at any other it raises one of values.NOT_TYPED, and the caller
reads that row again, answer by answer.
"""

import datetime as dt
from collections.abc import Callable
from itertools import groupby

from processing.land.plan import PlannedField
from processing.land.values import INT_MAX, INT_MIN, column_types, odata_reader

NULL = "\\N"
LineMaker = Callable[[dict, list[str]], str]


def copy_text(value) -> str:
    """A typed value in COPY's text format."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, tuple):
        return escaped("{" + ",".join(_array_item(item) for item in value) + "}")
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return repr(value)


def escaped(text: str) -> str:
    """Text without what COPY gives a meaning to."""
    text = text.replace("\\", "\\\\")
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def escaped_bytes(text: bytes) -> bytes:
    """The same for UTF-8."""
    text = text.replace(b"\\", b"\\\\")
    return text.replace(b"\n", b"\\n").replace(b"\r", b"\\r").replace(b"\t", b"\\t")


def field_cells(item: PlannedField, value) -> str:
    """The cells of one answer: one column, or those of a place or a time of day."""
    columns = item.columns
    if len(columns) == 1:
        return copy_text(_as(columns[0].sql_type, value))
    if value is None:
        return _nulls(item)
    return "\t".join(
        copy_text(_as(column.sql_type, part)) for column, part in zip(columns, value, strict=True)
    )


def line_maker(fields: tuple[PlannedField, ...]) -> LineMaker:
    """The function from an object of the feed, and the cells before its own, to a line."""
    groups = [
        (steps, tuple((item.steps[-1], _cell_maker(item), _nulls(item)) for item in items))
        for steps, items in groupby(fields, key=lambda item: item.steps[:-1])
    ]

    def line_of(row: dict, cells: list[str]) -> str:
        for steps, makers in groups:
            group = row
            for step in steps:
                group = group.get(step) or {}
            for name, cell_of, nulls in makers:
                value = group.get(name)
                cells.append(nulls if value is None else cell_of(value))
        return "\t".join(cells)

    return line_of


def _cell_maker(item: PlannedField) -> Callable[[object], str]:
    types = tuple(column.sql_type for column in item.columns)
    read = odata_reader(item.kind)
    if types == ("text",) and read is _read_text:
        return _text_cell
    if item.kind in _QUICK and types == column_types(item.kind):
        return _QUICK[item.kind]
    return lambda value: field_cells(item, read(value))


# Each first asks for what nearly every answer is; what is not goes to its reader, which may refuse.
def _text_cell(value) -> str:
    if type(value) is str and value.isprintable() and "\\" not in value:
        return value
    return escaped(_read_text(value))


def _int_cell(value) -> str:
    if type(value) is int and INT_MIN <= value <= INT_MAX:
        return repr(value)
    return repr(_read_int(value))


def _decimal_cell(value) -> str:
    if type(value) is float and value - value == 0:
        return repr(value)
    return repr(_read_decimal(value))


_read_text, _read_int, _read_decimal = map(odata_reader, ("string", "int", "decimal"))
_QUICK = {"int": _int_cell, "decimal": _decimal_cell}


def _nulls(item: PlannedField) -> str:
    return "\t".join([NULL] * len(item.columns))


def _as(sql_type: str, value):
    """A column that was widened to text takes any value as its text."""
    if sql_type != "text" or value is None or isinstance(value, str):
        return value
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _array_item(item: str) -> str:
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
