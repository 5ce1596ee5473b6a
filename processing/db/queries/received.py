"""What of a school has arrived: the newest return of each form of its newest school year."""

from collections.abc import Iterable

import sqlalchemy as sa


def list_received(
    connection: sa.Connection, school_codes: Iterable[str] | None = None
) -> list[sa.RowMapping]:
    """school_code, language_code, form_id, received_on (day of Baghdad), months, total; None: all
    schools.

    months: of monthly returns those of the year that are in the figures, oldest first, one a date;
    else empty. total: of what TOTALS says, where the return is in the figures, and of the newest
    month; None else.
    """
    codes = None if school_codes is None else list(school_codes)
    return list(connection.execute(sa.text(RECEIVED_SQL), {"codes": codes}).mappings())


# Form -> the sum of a table's rows of one return.
TOTALS = {
    "school_census": ("enrolment", "sum(t.pupil_count)"),
    "monthly_return": ("attendance", "sum(t.end_count)"),
    "year_end_results": ("year_end_result", "sum(t.enrolled_count)"),
    "staff_return": ("staff", "nullif(count(*) FILTER (WHERE t.is_here), 0)"),
    "textbook_return": ("textbook", "sum(t.copy_count)"),
    "connectivity_readiness": ("school_device", "nullif(count(*), 0)"),
}
OF_RETURN = """(t.school_code, t.school_year, t.form_key, t.instance_id)
    = (n.school_code, n.school_year, n.form_key, n.instance_id)"""
# A host's return is kept by its building.
CLASSROOMS = """SELECT t.classroom_usable_count AS total FROM emis.facility t
  WHERE n.form_id = 'facility_return' AND t.building_code = h.building_code
    AND (t.school_year, t.form_key, t.instance_id) = (n.school_year, n.form_key, n.instance_id)"""
TOTAL = "\n  UNION ALL ".join(
    [CLASSROOMS]
    + [
        f"SELECT {total} FROM emis.{table} t WHERE n.form_id = '{form_id}' AND {OF_RETURN}"
        for form_id, (table, total) in TOTALS.items()
    ]
)

RECEIVED_SQL = f"""
WITH sent AS (
  SELECT r.*, m.month_date,
    max(r.school_year) OVER (PARTITION BY r.school_code) AS newest_year,
    max(r.received_at) OVER (PARTITION BY r.school_code, r.school_year, r.form_id) AS last_at
  FROM emis.school_return r
  LEFT JOIN emis.school_month m USING (school_code, period, form_key, instance_id)
  WHERE CAST(:codes AS text[]) IS NULL OR r.school_code = ANY(CAST(:codes AS text[]))
), newest AS (
  SELECT DISTINCT ON (school_code, form_id) *,
    array_remove(array_agg(month_date) OVER (PARTITION BY school_code, form_id
      ORDER BY month_date ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), NULL) AS months
  FROM sent WHERE school_year = newest_year
  ORDER BY school_code, form_id, month_date DESC NULLS LAST, received_at DESC
)
SELECT n.school_code, h.language_code, n.form_id,
  (n.last_at AT TIME ZONE 'Asia/Baghdad')::date AS received_on, n.months, counted.total
FROM newest n
JOIN emis.school h USING (school_code)
LEFT JOIN LATERAL (SELECT max(total) AS total FROM (
  {TOTAL}) found) counted ON true
WHERE h.is_open
ORDER BY n.school_code, n.form_id
"""
