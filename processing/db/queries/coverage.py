"""Coverage: who has answered of those who owe a return, also weighted by last year's pupils.

In: a form, a school year, and the registry as in that year. Out: one row a directorate. Only
open schools owe a return, and of them those that the round names.

| column | means |
|---|---|
| expected_count, expected_pupil_count | schools that owe a return, and their pupils of last year |
| received_count, received_pupil_count | ... of which a live return has come |
| usable_count, usable_pupil_count | ... and has no open blocking issue |
"""

import sqlalchemy as sa

from processing.db.queries.registry import school_in_year_sql
from processing.db.queries.rounds import owes_sql

DIRECTORATE_LEVELS = ("general", "department")


def list_coverage(
    connection: sa.Connection, form_id: str, school_year: int, directorate_level: str = "general"
) -> list[sa.RowMapping]:
    """Coverage of each directorate of a level; schools hang at it or below it."""
    if directorate_level not in DIRECTORATE_LEVELS:
        raise ValueError(f"directorate_level is one of {', '.join(DIRECTORATE_LEVELS)}")
    values = {"form_id": form_id, "school_year": school_year, "level": directorate_level}
    return list(connection.execute(sa.text(COVERAGE_SQL), values).mappings())


def get_coverage(connection: sa.Connection, form_id: str, school_year: int) -> sa.RowMapping:
    """Coverage of all schools together."""
    values = {"form_id": form_id, "school_year": school_year}
    return connection.execute(sa.text(TOTAL_SQL), values).mappings().one()


_SCHOOLS = f"""
WITH RECURSIVE directorate_above AS (
  SELECT directorate_code AS leaf, directorate_code, directorate_level, parent_code
  FROM emis.directorate
  UNION ALL
  SELECT b.leaf, d.directorate_code, d.directorate_level, d.parent_code
  FROM directorate_above b JOIN emis.directorate d ON d.directorate_code = b.parent_code
), pair AS (
  SELECT DISTINCT school_code, CAST(:school_year AS smallint) AS school_year
  FROM emis.school_history
), owing AS (
  SELECT s.school_code, s.directorate_code, coalesce(s.pupil_count_last_year, 0) AS pupils,
    r.received, r.usable
  FROM ({school_in_year_sql("pair")}) s
  LEFT JOIN (
    SELECT school_code, true AS received, bool_or(NOT has_blocking_issue) AS usable
    FROM emis.school_return
    WHERE form_id = :form_id AND school_year = :school_year GROUP BY school_code
  ) r USING (school_code)
  WHERE s.is_open AND EXISTS (
    SELECT FROM emis.round o WHERE o.form_id = :form_id AND o.school_year = :school_year
      AND {owes_sql("o", "s")})
)"""

_COUNTS = """count(*) AS expected_count, count(*) FILTER (WHERE o.received) AS received_count,
  count(*) FILTER (WHERE o.usable) AS usable_count,
  coalesce(sum(o.pupils), 0) AS expected_pupil_count,
  coalesce(sum(o.pupils) FILTER (WHERE o.received), 0) AS received_pupil_count,
  coalesce(sum(o.pupils) FILTER (WHERE o.usable), 0) AS usable_pupil_count"""

COVERAGE_SQL = f"""{_SCHOOLS}
SELECT u.directorate_code, d.name_ar, d.name_ckb, d.name_en, {_COUNTS}
FROM owing o
JOIN directorate_above u ON u.leaf = o.directorate_code AND u.directorate_level = :level
JOIN emis.directorate d ON d.directorate_code = u.directorate_code
GROUP BY u.directorate_code, d.name_ar, d.name_ckb, d.name_en
ORDER BY u.directorate_code
"""

TOTAL_SQL = f"{_SCHOOLS} SELECT {_COUNTS} FROM owing o"
