"""Rows for the entity lists that tablets get, from registry and facts; every value is text.

Schools are told by told_school, rounds and agreed actions by round_rows and action_rows. `codes`
asks for the rows of these schools alone; None: of all.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from config.entity_lists import VISIT_PLAN_PROPERTIES
from config.staff_words import staff_row
from processing.db.queries.rounds import HAS_OPENED, owes_sql
from processing.db.queries.told_building import in_yes_no

Rows = list[dict[str, str]]
# Stands for a school in the code of a row that is about none.
NO_SCHOOL = ""


def list_staff_rows(connection: sa.Connection, codes: Iterable[str] | None = None) -> Rows:
    """Who is on the staff of each open school, as rows of the list `staff`.

    The people of the files and those who were new in a return, as the newest return says; who left
    is gone. What each teaches is told where it makes up the weekly periods. Returns of the year
    that is asked now do not count yet: a return that is edited or sent again must meet the list
    that it was filled with. The label is in the school's language.
    """
    return [staff_row(row) for row in text_rows(connection, STAFF_SQL, codes)]


def list_staff_facts(
    connection: sa.Connection, codes: Iterable[str], assignment_codes: Iterable[str]
) -> Rows:
    """Of rows of the list `staff` what returns say, for those who may not read who people are."""
    people = list(assignment_codes)
    return text_rows(connection, STAFF_FACTS_SQL, codes, people=people)


def list_visit_rows(
    connection: sa.Connection, codes: Iterable[str] | None = None, *, counts_staff: bool = True
) -> Rows:
    """The plan of visits, as rows of the list `visit_plan`: posts that are filled, open schools.

    With all schools, or with NO_SCHOOL, also a row for each certified supervisor without a visit:
    the tablet reads there that lessons may be observed outside the plan.
    counts_staff: False for those who may not read who people are; the rows do not say how many.
    """
    rows = _with_facts(connection, VISITS_SQL, "planned", codes, counts_staff)
    if codes is not None and NO_SCHOOL not in codes:
        return rows
    told = {name for name in VISIT_PLAN_PROPERTIES if counts_staff or name != "staff_listed"}
    blank = dict.fromkeys(sorted(told), "")
    return rows + [blank | row for row in text_rows(connection, CERTIFIED_SQL)]


def list_directorate_school_rows(
    connection: sa.Connection, codes: Iterable[str] | None = None, *, counts_staff: bool = True
) -> Rows:
    """The open schools, as rows of the list `directorate_schools`; label as of `schools`."""
    return _with_facts(connection, DIRECTORATE_SCHOOLS_SQL, "chosen", codes, counts_staff)


def text_rows(
    connection: sa.Connection, statement: str, codes: Iterable[str] | None = None, **values
) -> Rows:
    chosen = None if codes is None else list(codes)
    rows = connection.execute(sa.text(statement), values | {"codes": chosen}).mappings()
    return [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in rows
    ]


def _with_facts(
    connection: sa.Connection,
    statement: str,
    schools: str,
    codes: Iterable[str] | None,
    counts_staff: bool,
) -> Rows:
    """statement: over a relation `here`, of the schools of that name in it."""
    here = _staff_here(schools) if counts_staff else NOBODY_HERE
    rows = text_rows(connection, statement.replace(HERE, here), codes)
    if not counts_staff:
        for row in rows:
            del row["staff_listed"]
    return rows


def chosen_sql(school: str) -> str:
    return f"(CAST(:codes AS text[]) IS NULL OR {school} = ANY(CAST(:codes AS text[])))"


NO_YEAR = 9999
# Later than any: where nothing has been asked, everything counts.


# What tablets call a school `s`: as config.names.label_column says.
LABEL_SQL = """CASE WHEN s.language_code = 'ckb' THEN coalesce(nullif(s.name_ckb, ''), s.name_ar)
  ELSE s.name_ar END"""

# Where what is counted of the staff is put, as people of each school, or nothing.
HERE = "{here}"
NOBODY_HERE = "SELECT NULL AS school_code, NULL AS people WHERE false"

STAFF_ASKED = f"""
FROM emis.school s
CROSS JOIN LATERAL (
  SELECT coalesce(max(r.school_year), {NO_YEAR}) AS year FROM emis.round r
  WHERE r.form_id = 'staff_return' AND {owes_sql("r", "s")} AND {HAS_OPENED}
) asked"""

# Who is known, and what the newest return from before the year that is asked says.
STAFF_FOUND = """
JOIN emis.staff_member m ON m.school_code = s.school_code
  AND coalesce(m.school_year < asked.year, true)
LEFT JOIN LATERAL (
  SELECT f.* FROM emis.staff f
  WHERE f.assignment_code = m.assignment_code AND f.school_code = m.school_code
    AND f.school_year < asked.year
  ORDER BY f.school_year DESC LIMIT 1
) n ON true"""
STAFF_KNOWN = STAFF_ASKED + STAFF_FOUND

# Whom a file names after a head has typed them as new is one person: the file's row stands.
STAFF_LISTED = """
WHERE s.is_open AND m.is_listed AND n.state_code IS DISTINCT FROM 'left'
  AND NOT (m.instance_id IS NOT NULL AND EXISTS (SELECT FROM emis.staff_member o
    WHERE o.school_code = m.school_code AND o.staff_number = m.staff_number
      AND o.instance_id IS NULL))"""
STAFF_MEMBERS = STAFF_KNOWN + STAFF_LISTED
# The same, the return of this year included.
ALL_YEARS = f"\nFROM emis.school s CROSS JOIN (SELECT {NO_YEAR} AS year) asked"
STAFF_OF_NOW = ALL_YEARS + STAFF_FOUND + STAFF_LISTED


def now_sql(fact: str, known: str | None = None) -> str:
    return f"CASE WHEN n.state_code IS NULL THEN m.{known or fact} ELSE n.{fact} END"


WORKS_HERE = f"{now_sql('attachment_code')} IS DISTINCT FROM 'seconded_out'"

# What a person teaches, as the newest return with lines says, else the file: the most first.
STAFF_TAUGHT = """
LEFT JOIN LATERAL (
  SELECT max(o.school_year) AS year FROM emis.staff_teaching o
  WHERE o.school_code = m.school_code AND o.assignment_code = m.assignment_code
    AND o.school_year < asked.year
) said ON true
LEFT JOIN LATERAL (
  SELECT sum(x.weekly_period_count) AS periods,
    json_agg(json_build_array(x.level_code, x.subject_code, x.weekly_period_count)
      ORDER BY x.weekly_period_count DESC NULLS LAST, x.level_code COLLATE "C",
        x.subject_code COLLATE "C")::text AS lines
  FROM (
    SELECT o.level_code, o.subject_code, o.weekly_period_count FROM emis.staff_teaching o
    WHERE (o.school_code, o.assignment_code, o.school_year)
      = (m.school_code, m.assignment_code, said.year)
    UNION ALL
    SELECT f.level_code, f.subject_code, f.weekly_period_count FROM emis.staff_member_teaching f
    WHERE f.assignment_code = m.assignment_code AND said.year IS NULL
  ) x
) taught ON true"""
STAFF_PERIODS = """CASE WHEN n.state_code IS NULL
    THEN coalesce(m.weekly_period_count, taught.periods) ELSE n.weekly_period_count END"""

STAFF_SQL = f"""
SELECT m.name, s.language_code AS language, m.assignment_code, m.staff_number, m.school_code,
  {now_sql("post_code")} AS post, {now_sql("work_code")} AS work,
  {now_sql("attachment_code")} AS attachment, {now_sql("contract_code")} AS contract,
  {now_sql("qualification_code")} AS qualification, {now_sql("institution_code")} AS institution,
  {in_yes_no(now_sql("has_pedagogical_training"))} AS pedagogical,
  {STAFF_PERIODS} AS weekly_periods,
  CASE WHEN taught.periods = {STAFF_PERIODS} THEN taught.lines END AS teaching
{STAFF_KNOWN}{STAFF_TAUGHT}{STAFF_LISTED} AND {chosen_sql("m.school_code")}
ORDER BY m.school_code, m.assignment_code
"""

STAFF_FACTS_SQL = f"""
SELECT n.assignment_code, n.post_code AS post, n.work_code AS work, n.attachment_code AS attachment,
  n.contract_code AS contract, n.qualification_code AS qualification,
  n.institution_code AS institution,
  {in_yes_no("n.has_pedagogical_training")} AS pedagogical, n.weekly_period_count AS weekly_periods
{STAFF_ASKED}
CROSS JOIN LATERAL (
  SELECT DISTINCT ON (f.assignment_code) f.* FROM emis.staff f
  WHERE f.school_code = s.school_code AND f.assignment_code = ANY(:people)
    AND f.school_year < asked.year
  ORDER BY f.assignment_code, f.school_year DESC
) n
WHERE s.is_open AND n.state_code <> 'left' AND {chosen_sql("s.school_code")}
"""

# Central's filter is one equality: a school that two supervisors visit has two rows.
PLANNED = """
FROM emis.visit_plan p
JOIN emis.supervisor v ON v.supervisor_code = p.supervisor_code AND v.is_active
JOIN emis.school s ON s.school_code = p.school_code AND s.is_open
WHERE p.is_planned"""


def _staff_here(chosen: str) -> str:
    """The body of `here`: how many people each school of `chosen` has."""
    return f"""SELECT m.school_code, count(*) AS people
  {STAFF_MEMBERS} AND m.school_code IN (SELECT school_code FROM {chosen})
    AND {WORKS_HERE}
  GROUP BY m.school_code"""


# What a visit is held against, of a school `s`.
VISIT_FACTS = """s.area_code AS district, s.ministry_code AS ministry, s.sex_code AS sex,
  s.session_code AS session, s.lowest_grade, s.highest_grade,
  to_char(b.latitude, 'FM990.000000') AS latitude,
  to_char(b.longitude, 'FM990.000000') AS longitude, c.girls AS girls_census,
  c.boys AS boys_census, h.people AS staff_listed"""
VISIT_FACTS_FROM = """JOIN emis.building b ON b.building_code = s.building_code
LEFT JOIN here h ON h.school_code = s.school_code
LEFT JOIN LATERAL (
  SELECT sum(e.pupil_count) FILTER (WHERE e.sex_code = 'female') AS girls,
    sum(e.pupil_count) FILTER (WHERE e.sex_code = 'male') AS boys
  FROM emis.enrolment e WHERE e.school_code = s.school_code
  GROUP BY e.school_year ORDER BY e.school_year DESC LIMIT 1
) c ON true"""

VISITS_SQL = f"""
WITH planned AS (
  SELECT p.*, v.is_certified {PLANNED} AND {chosen_sql("p.school_code")}
), here AS (
  {HERE}
)
SELECT {LABEL_SQL} AS label,
  'V' || substr(md5(p.supervisor_code || '/' || p.school_code), 1, 16) AS visit_code,
  p.supervisor_code, p.school_code, {LABEL_SQL} AS school_name, {VISIT_FACTS},
  CASE WHEN p.is_certified THEN 'yes' ELSE 'no' END AS is_certified, p.planned_date
FROM planned p JOIN emis.school s ON s.school_code = p.school_code
{VISIT_FACTS_FROM}
ORDER BY p.supervisor_code, p.school_code
"""

# A form offers the rows of a district: of `-` never, of an empty one before a district is chosen.
CERTIFIED_SQL = f"""
SELECT v.name_ar AS label, 'V' || substr(md5(v.supervisor_code || '/'), 1, 16) AS visit_code,
  v.supervisor_code, '-' AS district, 'yes' AS is_certified
FROM emis.supervisor v
WHERE v.is_active AND v.is_certified
  AND v.supervisor_code NOT IN (SELECT p.supervisor_code {PLANNED})
ORDER BY v.supervisor_code
"""

DIRECTORATE_SCHOOLS_SQL = f"""
WITH chosen AS (
  SELECT s.* FROM emis.school s WHERE s.is_open AND {chosen_sql("s.school_code")}
), here AS (
  {HERE}
)
SELECT {LABEL_SQL} AS label, s.school_code,
  coalesce(d.parent_code, d.directorate_code) AS general_code, {VISIT_FACTS}
FROM chosen s JOIN emis.directorate d USING (directorate_code)
{VISIT_FACTS_FROM}
ORDER BY s.school_code
"""
