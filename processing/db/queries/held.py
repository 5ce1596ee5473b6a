"""Where the record of a school is kept, topic by topic, and what is held there.

In: rows of sources.csv and held.csv. Out: rows of emis.source_of_record and emis.held_figure.
Promised: a figure is used while its holder is the source of record; no fact and no indicator reads
one, so that it is never added to what a school has reported.
"""

import json
from collections.abc import Iterable

import sqlalchemy as sa

from config.forms import form_of_topic
from processing.db.queries.entity_rows import chosen_sql
from processing.db.slices import Slice

# A school and a topic.
Pair = tuple[str, str]
# The source where the registry names none.
THIS_COLLECTION = "this_collection"
SOURCE_COLUMNS = ("source_code",)
FIGURE_COLUMNS = (
    "source_code", "as_of_date", "pupil_count", "girl_count", "boy_count", "classroom_count",
)  # fmt: skip

# Figures whose holder is the source of record.
HELD_SQL = """
SELECT h.* FROM emis.held_figure h
JOIN emis.source_of_record USING (school_code, topic_code, source_code)"""


def save_sources(connection: sa.Connection, rows: Iterable[dict]) -> set[Pair]:
    """What changed by it."""
    key = ("school_code", "topic_code")
    return _save(connection, "source_of_record", key, SOURCE_COLUMNS, rows)


def save_held(connection: sa.Connection, rows: Iterable[dict]) -> set[Pair]:
    """What changed by it."""
    key = ("school_code", "topic_code", "school_year")
    return _save(connection, "held_figure", key, FIGURE_COLUMNS, rows)


def find_sources(connection: sa.Connection, school_codes: Iterable[str]) -> dict[Pair, str]:
    """Of these schools, the topics that the registry names a source of record for."""
    rows = connection.execute(
        sa.text("SELECT * FROM emis.source_of_record WHERE school_code = ANY(:codes)"),
        {"codes": sorted(set(school_codes))},
    )
    return {(row.school_code, row.topic_code): row.source_code for row in rows}


def list_newest(
    connection: sa.Connection, school_codes: Iterable[str] | None = None, topic: str | None = None
) -> list:
    """Of each of these schools (None: of all) and of the topic, or each, the figure of the newest
    school year.
    """
    codes = None if school_codes is None else list(school_codes)
    rows = connection.execute(sa.text(NEWEST_SQL), {"topic": topic, "codes": codes})
    return list(rows.mappings())


def list_compared_slices(connection: sa.Connection, pairs: Iterable[Pair]) -> list[Slice]:
    """The returns that are compared with what is held of these schools and topics."""
    asked = sorted((school, form_of_topic(topic).form_id) for school, topic in pairs)
    values = {"schools": [school for school, _ in asked], "forms": [form for _, form in asked]}
    return [Slice(*row) for row in connection.execute(sa.text(SLICES_SQL), values)]


def _save(
    connection: sa.Connection,
    table: str,
    key: tuple[str, ...],
    columns: tuple[str, ...],
    rows: Iterable[dict],
) -> set[Pair]:
    given = json.dumps(list(rows), default=str)
    names, now = ", ".join((*key, *columns)), ", ".join(f"g.{name}" for name in columns)
    statement = f"""
    INSERT INTO emis.{table} AS g ({names})
    SELECT {names} FROM jsonb_populate_recordset(NULL::emis.{table}, CAST(:rows AS jsonb))
    ON CONFLICT ({", ".join(key)}) DO UPDATE
      SET {", ".join(f"{name} = EXCLUDED.{name}" for name in columns)}
      WHERE ({now}) IS DISTINCT FROM ({now.replace("g.", "EXCLUDED.")})
    RETURNING school_code, topic_code"""
    found = connection.execute(sa.text(statement), {"rows": given})
    return {(row.school_code, row.topic_code) for row in found}


NEWEST_SQL = f"""
SELECT DISTINCT ON (h.school_code, h.topic_code) h.* FROM ({HELD_SQL}) h
WHERE coalesce(h.topic_code = :topic, true) AND {chosen_sql("h.school_code")}
ORDER BY h.school_code, h.topic_code, h.school_year DESC
"""

SLICES_SQL = """
SELECT DISTINCT f.form_id, s.school_code, s.period
FROM unnest(CAST(:schools AS text[]), CAST(:forms AS text[])) AS asked (school_code, form_id)
JOIN raw.form f USING (form_id)
JOIN raw.submission s ON s.form_key = f.form_key AND s.school_code = asked.school_code
ORDER BY 1, 2, 3
"""
