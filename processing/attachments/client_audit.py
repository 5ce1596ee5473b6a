"""The log that Collect keeps while a form is filled: audit.csv, read event by event.

Comes in: the file's bytes as a stream. Goes out: events in the log's order. Columns differ by
the form's settings and by Collect's release, so the header says what is what.

| column                        | becomes                                                     |
|-------------------------------|-------------------------------------------------------------|
| event, node                   | as they stand; the field's path is made from the node       |
| start, end                    | moments by the tablet's clock, from milliseconds since 1970 |
| latitude, longitude, accuracy | numbers                                                     |
| old-value, new-value          | as they stand                                               |
| user, change-reason           | as they stand                                               |
| any other                     | kept in `remainder`, as is a value that does not fit        |

Source: https://docs.getodk.org/form-audit-log/
"""

import codecs
import csv
import datetime as dt
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

DEFAULT_NAME = "audit.csv"
POSITION = re.compile(r"\[\d+\]")
TEXTS = {
    "old-value": "old_value",
    "new-value": "new_value",
    "user": "user_name",
    "change-reason": "change_reason",
}
TIMES = {"start": "start_at", "end": "end_at"}
NUMBERS = {"latitude": "latitude", "longitude": "longitude", "accuracy": "accuracy_m"}
# An answer is a cell here, and some questions take essays; Python's own limit is 131,072.
csv.field_size_limit(16 << 20)


@dataclass(frozen=True)
class AuditEvent:
    """One line of the log. position: 1 for the first."""

    position: int
    event: str
    node: str | None = None
    field_path: str | None = None
    start_at: str | None = None
    end_at: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float | None = None
    old_value: str | None = field(default=None, repr=False)
    new_value: str | None = field(default=None, repr=False)
    user_name: str | None = field(default=None, repr=False)
    change_reason: str | None = field(default=None, repr=False)
    remainder: dict = field(default_factory=dict, repr=False)


def read_client_audit(file: BinaryIO) -> Iterator[AuditEvent]:
    """The events of a log; nothing where the file has no column `event`, so is no log."""
    lines = codecs.getreader("utf-8-sig")(file, errors="replace")
    rows = csv.reader(_without_nul(lines))
    names = [name.strip() for name in next(rows, [])]
    if "event" not in names:
        return
    position = 0
    for row in rows:
        cells = {name: cell for name, cell in zip(names, row, strict=False) if cell != ""}
        if cells:
            position += 1
            yield _event(position, cells)


def field_path(node: str | None) -> str | None:
    """`/data/grades[2]/girls` as the form's fields are named: `/grades/girls`."""
    steps = POSITION.sub("", node or "").strip("/").split("/")
    return "/" + "/".join(steps[1:]) if len(steps) > 1 else None


def _without_nul(lines) -> Iterator[str]:
    for line in lines:
        yield line.replace("\x00", "\ufffd")


def _event(position: int, cells: dict[str, str]) -> AuditEvent:
    values, remainder = {}, {}
    for name, cell in cells.items():
        target, value = _read_cell(name, cell)
        if target is None:
            remainder[name] = cell
        else:
            values[target] = value
    return AuditEvent(
        position,
        values.pop("event", ""),
        field_path=field_path(values.get("node")),
        remainder=remainder,
        **values,
    )


def _read_cell(name: str, cell: str) -> tuple[str | None, object]:
    """(attribute, value); (None, None) for what this program does not know or cannot read."""
    if name in ("event", "node"):
        return name, cell.strip()
    if name in TEXTS:
        return TEXTS[name], cell
    if name in TIMES and (moment := _moment(cell)):
        return TIMES[name], moment
    if name in NUMBERS and (number := _number(cell)) is not None:
        return NUMBERS[name], number
    return None, None


def _moment(cell: str) -> str | None:
    try:
        return dt.datetime.fromtimestamp(int(cell) / 1000, dt.UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
