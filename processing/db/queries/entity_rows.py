"""Rows for the entity lists that tablets get, from the registry; every value is text."""

from collections.abc import Iterable

import sqlalchemy as sa

from processing.db.queries.rounds import LAST_DAY


def list_school_rows(
    connection: sa.Connection, school_codes: Iterable[str] | None = None
) -> list[dict[str, str]]:
    """The open schools, as rows of the list `schools`; the label is the Arabic name.

    school_codes None: every school.
    """
    codes = None if school_codes is None else list(school_codes)
    return _text_rows(connection, SCHOOLS_SQL, codes=codes)


def list_round_rows(connection: sa.Connection) -> list[dict[str, str]]:
    """Every round, as rows of the list `rounds`; one that was closed early says so in its label.

    Closed rounds stay: a return of one that is opened again on the tablet, to be corrected, reads
    its dates and its school year there.
    """
    return _text_rows(connection, ROUNDS_SQL)


def _text_rows(connection: sa.Connection, statement: str, **values) -> list[dict[str, str]]:
    rows = connection.execute(sa.text(statement), values).mappings()
    return [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in rows
    ]


SCHOOLS_SQL = """
SELECT s.name_ar AS label, s.school_code, a.parent_code AS governorate, s.area_code AS district,
       s.directorate_code AS directorate, s.ministry_code AS ministry, s.level_code AS level,
       s.sex_code AS sex, s.lowest_grade, s.highest_grade, s.building_code,
       s.building_role_code AS building_role, to_char(b.latitude, 'FM990.000000') AS latitude,
       to_char(b.longitude, 'FM990.000000') AS longitude,
       s.pupil_count_last_year AS pupils_last_year
FROM emis.school s JOIN emis.building b USING (building_code)
  JOIN emis.area a ON a.area_code = s.area_code
WHERE s.is_open
  AND (CAST(:codes AS text[]) IS NULL OR s.school_code = ANY(CAST(:codes AS text[])))
ORDER BY s.school_code
"""

ROUNDS_SQL = f"""
SELECT r.name_ar || CASE WHEN c.round_code IS NULL THEN '' ELSE ' (مغلقة)' END AS label,
       r.round_code, r.form_id, r.ministry_code AS ministry, r.school_year, r.reference_date,
       r.opens_on, r.due_on, {LAST_DAY} AS closes_on
FROM emis.round r LEFT JOIN emis.round_closing c USING (round_code) ORDER BY r.round_code
"""
