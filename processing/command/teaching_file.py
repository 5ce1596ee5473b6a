"""teaching.csv beside staff.csv: whose lines they are, and what they come to.

In: the rows of the files, each with its line. Out: faults in words. The limits are those of the
staff return (`line_count`, `line_periods`) and of `weekly_period_count` in staff.csv.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from config.words import counted
from processing.db.queries.registry import list_filed_periods

PERIODS_A_LINE = (1, 48)
MOST_LINES = 20
MOST_TOGETHER = 60

Key = tuple[str, str]
Rows = list[dict]


def find_teaching_faults(connection: sa.Connection, files: Mapping[str, Rows]) -> Iterator[str]:
    """What the lines of a person may not be together; each may be right by itself."""
    lines = _by_person(files.get("teaching", ()))
    known = list_filed_periods(connection, lines) | {
        key: rows[-1].get("weekly_period_count")
        for key, rows in _by_person(files.get("staff", ())).items()
    }
    for person, rows in lines.items():
        if person in known:
            yield from (f"{_place(rows[0])}: {said}" for said in _sum_faults(rows, known[person]))
            continue
        for row in rows:
            said = f"staff_number {person[1]!r} is not known at {person[0]}"
            yield f"{_place(row)}: {said}: bring the person in staff.csv"


def _by_person(rows: Rows) -> dict[Key, Rows]:
    found: dict[Key, Rows] = defaultdict(list)
    for row in rows:
        if "school_code" in row and "staff_number" in row:
            found[row["school_code"], row["staff_number"]].append(row)
    return dict(found)


def _sum_faults(rows: Rows, weekly_periods: int | None) -> Iterator[str]:
    """weekly_periods: of the person as staff.csv says, here or as it was loaded."""
    person = f"{rows[0]['school_code']} {rows[0]['staff_number']}"
    if len(rows) > MOST_LINES:
        yield f"{person} has {len(rows)} lines; a staff return holds {MOST_LINES}"
    if not all("weekly_period_count" in row for row in rows):
        return
    total = sum(row["weekly_period_count"] for row in rows)
    if total > MOST_TOGETHER:
        yield f"{person} has {total} periods a week together; {MOST_TOGETHER} is the most"
    elif weekly_periods not in (None, total):
        yield (
            f"{person} has {counted(total, 'period')} a week together, and weekly_period_count in"
            f" staff.csv says {weekly_periods}: make them equal"
        )


def _place(row: Mapping) -> str:
    return f"teaching.csv line {row['line']}"
