"""What the registry and a school's returns say of it, for its tablet: parts of the rows of the list
`schools`, not whole. Whole ones are made by processing.feedback.school_rows alone.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from config.codes import read_codes
from config.staff_words import TEACHING_JOBS
from processing.db.queries.entity_rows import (
    HERE,
    LABEL_SQL,
    NOBODY_HERE,
    STAFF_OF_NOW,
    WORKS_HERE,
    Rows,
    chosen_sql,
    now_sql,
    text_rows,
)
from processing.db.queries.rounds import HAS_OPENED, owes_sql
from processing.db.queries.told_building import HOST_ANSWERS_SQL, TOLD_OF_BUILDING

DEVICE_KINDS = [code.code for code in read_codes("device_kind")]
# What the form of the devices takes as a serial number: nothing else is put into it.
SERIAL = "^[A-Za-z0-9][A-Za-z0-9./_:-]{2,39}$"


def list_told_schools(
    connection: sa.Connection, codes: Iterable[str] | None = None, *, counts_staff: bool = True
) -> Rows:
    """A row an open school; the label is the name of LABEL_SQL.

    Last year's pupils are those of the census before the newest that has been opened; where the
    school sent none, the registry's figure. The last month is the newest whose end is known,
    from a monthly return or from a census (docs/decisions/last-month.md). Teachers on duty are
    those of the newest monthly return; where there is none, who teaches of the staff on record,
    unless somebody's sex is unknown. The building is told by code, as `told_building` says.
    codes: of these schools alone; None: of all.
    counts_staff: False for those who may not read who people are; without a month, the row does
    not say how many are on duty.
    """
    statement = SCHOOLS_SQL.replace(HERE, TEACHERS_HERE if counts_staff else NOBODY_HERE)
    values = {"jobs": TEACHING_JOBS, "device_kinds": DEVICE_KINDS}
    rows = text_rows(connection, statement, codes, **values)
    for row in rows:
        if not (counts_staff or row["teachers_on_duty"]):
            del row["teachers_on_duty"]
    return rows


def _a_number_a_grade(count: str, sex: str) -> str:
    """SQL: `31 28 30`, kindergarten to the last grade in their order: the form counts on it."""
    return f"string_agg({count}::text, ' ' ORDER BY x.grade) FILTER (WHERE x.sex_code = '{sex}')"


# Pupils by grade of a school `s` when a month ended. What a census found is taken for the end of
# the month before its day; of one month the monthly return knows it better.
KNOWN_PUPILS_SQL = f"""
(SELECT m.month_date, {_a_number_a_grade("x.end_count", "female")} AS girls,
   {_a_number_a_grade("x.end_count", "male")} AS boys, 1 AS place
 FROM (SELECT * FROM emis.school_month o WHERE o.school_code = s.school_code
   ORDER BY o.month_date DESC LIMIT 1) m
 LEFT JOIN emis.attendance x ON (x.school_code, x.period) = (m.school_code, m.period)
 GROUP BY m.month_date)
UNION ALL
(SELECT (date_trunc('month', r.reference_date) - interval '1 month')::date,
   {_a_number_a_grade("x.pupil_count", "female")}, {_a_number_a_grade("x.pupil_count", "male")}, 2
 FROM emis.enrolment x
 JOIN emis.school_return c USING (form_key, instance_id, school_code, school_year)
 JOIN emis.round r ON r.round_code = c.period AND r.form_id = c.form_id
 WHERE x.school_code = s.school_code AND c.form_id = 'school_census'
 GROUP BY r.reference_date)
ORDER BY month_date DESC, place LIMIT 1
"""

# The devices of a school `s`, each in its place, of its newest connectivity return.
DEVICES_SQL = f"""
SELECT string_agg(CASE WHEN x.device_kind_code = ANY(:device_kinds) THEN x.device_kind_code
    ELSE '-' END, ' ' ORDER BY x.device_number) AS kinds,
  string_agg(CASE WHEN x.serial_number ~ '{SERIAL}' THEN x.serial_number
    ELSE '-' END, ' ' ORDER BY x.device_number) AS serials
FROM emis.school_device x
WHERE x.school_code = s.school_code AND x.school_year = (
  SELECT max(c.school_year) FROM emis.connectivity c WHERE c.school_code = s.school_code)
"""

# Women and men, `5 3`, who teach at a school of which no month is known.
TEACHERS_HERE = f"""SELECT m.school_code, CASE WHEN count(*) = count(m.sex_code) THEN
    concat_ws(' ', count(*) FILTER (WHERE m.sex_code = 'female'),
      count(*) FILTER (WHERE m.sex_code = 'male')) END AS people
  {STAFF_OF_NOW} AND {chosen_sql("m.school_code")}
    AND {now_sql("work_code")} = ANY(:jobs) AND {WORKS_HERE}
    AND NOT EXISTS (SELECT FROM emis.school_month o WHERE o.school_code = m.school_code)
  GROUP BY m.school_code"""

SCHOOLS_SQL = f"""
WITH here AS (
  {HERE}
)
SELECT {LABEL_SQL} AS label, s.school_code, a.parent_code AS governorate, s.area_code AS district,
       s.directorate_code AS directorate, s.ministry_code AS ministry,
       s.curriculum_code AS curriculum, s.level_code AS level,
       s.sex_code AS sex, s.lowest_grade, s.highest_grade, s.building_code,
       s.building_role_code AS building_role, to_char(b.latitude, 'FM990.000000') AS latitude,
       to_char(b.longitude, 'FM990.000000') AS longitude,
       coalesce(before.pupils, s.pupil_count_last_year) AS pupils_last_year,
       to_char(known.month_date, 'YYYY-MM') AS last_month,
       known.girls AS last_month_girls, known.boys AS last_month_boys,
       CASE WHEN newest.school_code IS NULL THEN h.people
         ELSE newest.female_on_duty_count || ' ' || newest.male_on_duty_count
       END AS teachers_on_duty,
       {TOLD_OF_BUILDING},
       device.kinds AS device_kinds, device.serials AS device_serials
FROM emis.school s JOIN emis.building b USING (building_code)
  JOIN emis.area a ON a.area_code = s.area_code
  LEFT JOIN LATERAL (
    SELECT sum(e.pupil_count) AS pupils FROM emis.enrolment e
    WHERE e.school_code = s.school_code AND e.school_year = -1 + (
      SELECT max(r.school_year) FROM emis.round r
      WHERE r.form_id = 'school_census' AND {owes_sql("r", "s")}
        AND {HAS_OPENED})
  ) before ON true
  LEFT JOIN LATERAL ({KNOWN_PUPILS_SQL}) known ON true
  LEFT JOIN LATERAL (
    SELECT o.* FROM emis.school_month o
    WHERE o.school_code = s.school_code ORDER BY o.month_date DESC LIMIT 1
  ) newest ON true
  LEFT JOIN here h ON h.school_code = s.school_code
  LEFT JOIN LATERAL ({HOST_ANSWERS_SQL}) host ON true
  LEFT JOIN LATERAL ({DEVICES_SQL}) device ON true
WHERE s.is_open AND {chosen_sql("s.school_code")} ORDER BY s.school_code
"""
