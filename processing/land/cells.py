"""Cells: typed values in the text format of PostgreSQL's COPY, one at a time or a table at once.

Comes in: typed values, or objects of the feed. Goes out: text between tabs. The lines of many
objects are made by a function that was put together for their table beforehand, question by
question: where each answer to one is what nearly every answer to its kind is, they are written
together, else one by one. It knows only answers that fit: at any other it raises one of
values.NOT_TYPED, and the caller reads the objects again, fewer at a time.
"""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby

import orjson

from processing.land.plan import PlannedField
from processing.land.values import column_types, odata_reader

NULL = "\\N"
NULL_BYTES = NULL.encode()
LinesMaker = Callable[[list[dict], list[str] | None], list[str]]
# From the answers to one question, null where there is none, to the cells of each.
Column = Callable[[list], list[str]]
TEXTS, NUMBERS, WHOLE_NUMBERS = {str}, {float, int}, {int, type(None)}
# Days, times of day and choices come again and again.
REPEATED, KNOWN_ANSWERS = ("date", "time", "select_multiple"), 4096


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


def lines_maker(fields: tuple[PlannedField, ...]) -> LinesMaker:
    """The function from objects of the feed, and the cells before those of each, to their lines."""
    # Questions of a group that others stand between are not brought together: the cells keep
    # the order of the fields.
    groups = [
        (steps, [(item.steps[-1], _column(item)) for item in items])
        for steps, items in groupby(fields, key=lambda item: item.steps[:-1])
    ]

    def lines_of(rows: list[dict], leads: list[str] | None) -> list[str]:
        cells = [leads] if leads else []
        for steps, columns in groups:
            inside = [_inside(row, steps) for row in rows] if steps else rows
            for name, column_of in columns:
                cells.append(column_of([group.get(name) for group in inside]))
        return list(map("\t".join, zip(*cells, strict=True))) if cells else [""] * len(rows)

    return lines_of


def _inside(row: dict, steps: tuple[str, ...]) -> dict:
    for step in steps:
        row = row.get(step) or {}
    return row


def _column(item: PlannedField) -> Column:
    types = tuple(column.sql_type for column in item.columns)
    read = odata_reader(item.kind)
    if types == ("text",) and read is _read_text:
        return _texts
    if item.kind in _QUICK and types == column_types(item.kind):
        return _QUICK[item.kind]

    def cells_of(answer) -> str:
        return field_cells(item, read(answer))

    empty = _nulls(item)
    known = lru_cache(KNOWN_ANSWERS)(cells_of) if item.kind in REPEATED else cells_of
    return lambda answers: [empty if answer is None else known(answer) for answer in answers]


def _texts(answers: list) -> list[str]:
    if TEXTS.issuperset(map(type, answers)):
        text = "".join(answers)
        if text.isprintable() and "\\" not in text:
            return answers
    return [NULL if answer is None else escaped(_read_text(answer)) for answer in answers]


def _whole_numbers(answers: list) -> list[str]:
    if WHOLE_NUMBERS.issuperset(map(type, answers)):
        try:
            # Strict: no number of more than 53 bits.
            text = orjson.dumps(answers, option=orjson.OPT_STRICT_INTEGER)
            return text[1:-1].replace(b"null", NULL_BYTES).decode().split(",")
        except orjson.JSONEncodeError:
            pass
    return [NULL if answer is None else repr(_read_int(answer)) for answer in answers]


def _decimals(answers: list) -> list[str]:
    if NUMBERS.issuperset(map(type, answers)):
        text = orjson.dumps([*map(float, answers)])
        # Python writes exponents in another way; what is not finite would be null.
        if b"e" not in text and b"n" not in text:
            return text[1:-1].decode().split(",")
    return [NULL if answer is None else repr(_read_decimal(answer)) for answer in answers]


_read_text, _read_int, _read_decimal = map(odata_reader, ("string", "int", "decimal"))
_QUICK = {"int": _whole_numbers, "decimal": _decimals}


def _nulls(item: PlannedField) -> str:
    return "\t".join([NULL] * len(item.columns))


def _as(sql_type: str, value):
    """A column that was widened to text takes any value as its text."""
    if sql_type != "text" or value is None or isinstance(value, str):
        return value
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _array_item(item: str) -> str:
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
