"""held.csv beside sources.csv: whose figure it is, of which topic and year, and whether it adds up.

In: the rows of the files, each with its line. Out: faults in words.
"""

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from config.rounds import school_year_of
from processing.db.queries.held import THIS_COLLECTION, Pair, find_sources

Rows = list[dict]
# Topic -> what a row counts of it; the first is needed. People stand in staff.csv, by name.
COUNTS = {
    "pupils": ("pupil_count", "girl_count", "boy_count"),
    "facilities": ("classroom_count",),
}
EVERY_COUNT = frozenset(name for names in COUNTS.values() for name in names)


def find_held_faults(connection: sa.Connection, files: Mapping[str, Rows]) -> Iterator[str]:
    """What of a row is wrong beside the other cells, or beside the registry's sources."""
    rows = [row for row in files.get("held", ()) if {"school_code", "topic_code"} <= row.keys()]
    sources = find_sources(connection, (row["school_code"] for row in rows)) | {
        (row["school_code"], row["topic_code"]): row["source_code"]
        for row in files.get("sources", ())
        if {"school_code", "topic_code", "source_code"} <= row.keys()
    }
    for row in rows:
        yield from (f"held.csv line {row['line']}: {said}" for said in _faults(row, sources))


def _faults(row: Mapping, sources: Mapping[Pair, str]) -> Iterator[str]:
    if row["topic_code"] not in COUNTS:
        yield f"topic_code {row['topic_code']} has no figure: people stand in staff.csv, by name"
        return
    yield from _source_faults(row, sources)
    yield from _day_faults(row)
    yield from _count_faults(row)


def _source_faults(row: Mapping, sources: Mapping[Pair, str]) -> Iterator[str]:
    """A figure of another than the source of record would be a second record."""
    said, named = row.get("source_code"), sources.get((row["school_code"], row["topic_code"]))
    place = f"{row['topic_code']} at {row['school_code']}"
    if said is not None and named is None:
        yield f"the registry names no source of record for {place}: bring it in sources.csv"
    elif said is not None and said != named:
        yield f"source_code {said} is not the source of record for {place}, which is {named}"
    elif said == THIS_COLLECTION:
        yield f"{place} is kept by this collection: nothing is held elsewhere"


def _day_faults(row: Mapping) -> Iterator[str]:
    day, year = row.get("as_of_date"), row.get("school_year")
    if None not in (day, year) and school_year_of(day) != year:
        yield f"as_of_date {day} lies in the school year {school_year_of(day)}, not in {year}"


def _count_faults(row: Mapping) -> Iterator[str]:
    wanted = COUNTS[row["topic_code"]]
    if wanted[0] not in row:
        yield f"topic {row['topic_code']} needs {wanted[0]}"
    for name in sorted(EVERY_COUNT.difference(wanted) & row.keys()):
        yield f"{name} is not of the topic {row['topic_code']}"
    girls, boys, pupils = (row.get(name) for name in ("girl_count", "boy_count", "pupil_count"))
    if (girls is None) != (boys is None):
        yield "girl_count and boy_count stand together or not at all"
    elif None not in (girls, pupils) and girls + boys != pupils:
        yield f"girl_count {girls} and boy_count {boys} make {girls + boys}, not {pupils}"
