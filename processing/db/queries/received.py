"""What of a school has arrived: the newest return of each form of its newest school year."""

from collections.abc import Iterable

import sqlalchemy as sa


def list_received(
    connection: sa.Connection, school_codes: Iterable[str] | None = None
) -> list[sa.RowMapping]:
    """school_code, language_code, form_id, received_on (day of Baghdad), pupils; None: all schools.

    pupils: those of the return, where it is in the figures; None else.
    """
    codes = None if school_codes is None else list(school_codes)
    return list(connection.execute(sa.text(RECEIVED_SQL), {"codes": codes}).mappings())


RECEIVED_SQL = """
WITH newest AS (
  SELECT r.*, max(r.school_year) OVER (PARTITION BY r.school_code) AS newest_year
  FROM emis.school_return r
  WHERE CAST(:codes AS text[]) IS NULL OR r.school_code = ANY(CAST(:codes AS text[]))
), counted AS (
  SELECT e.school_code, e.form_key, e.instance_id, sum(e.pupil_count) AS pupils
  FROM emis.enrolment e
  WHERE CAST(:codes AS text[]) IS NULL OR e.school_code = ANY(CAST(:codes AS text[]))
  GROUP BY e.school_code, e.form_key, e.instance_id
)
SELECT DISTINCT ON (n.school_code, n.form_id) n.school_code, h.language_code, n.form_id,
  (n.received_at AT TIME ZONE 'Asia/Baghdad')::date AS received_on, c.pupils
FROM newest n
JOIN emis.school h USING (school_code)
LEFT JOIN counted c USING (school_code, form_key, instance_id)
WHERE n.school_year = n.newest_year AND h.is_open
ORDER BY n.school_code, n.form_id, n.received_at DESC
"""
