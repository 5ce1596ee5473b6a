"""Visits as rows of the warehouse: what was seen, what was agreed, what had come of it.

In: `slice_now`, `submission_now`. Out: emis.visit and what hangs on it, replaced by slice: a school
and round may have several visits, so each stands for itself. A visit with an open blocking issue
gives no facts.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from processing.db.queries.emis_facts import count_sql, yes_no_sql
from processing.db.queries.emis_instruments import word_sql
from processing.db.queries.instruments import (
    ACTION_ROW,
    CLASS_ROW,
    EARLIER_ROW,
    ELEMENTS,
    LESSON_ROW,
    VISIT,
)
from processing.db.queries.returns import Source, SurveyColumns, source_sql
from processing.db.slices import Slice

FORM = "inspection_visit"
# What asks the registry who may observe lessons.
CERTIFIED_RULE = "lessons_are_observed_by_certified_supervisors"
# A tablet's list holds an action once a supervisor: `action_code-…` (see entity_rows).
LISTED_ACTION_SEPARATOR = "-"


def action_of(listed_code: str) -> str:
    """The action that a row of the list `agreed_actions` is about."""
    return listed_code.split(LISTED_ACTION_SEPARATOR)[0]


def list_visit_slices(connection: sa.Connection, supervisors: Iterable[str]) -> list[Slice]:
    """Of the visits of these posts, as facts and as issues about their lessons name them."""
    codes = list(supervisors)
    if not codes:
        return []
    values = {"codes": codes, "rule": CERTIFIED_RULE}
    return [Slice(*row) for row in connection.execute(sa.text(SLICES_SQL), values)]


def replace_visits(connection: sa.Connection, columns: SurveyColumns) -> int:
    """The visits of the slices now; rows written."""
    if not connection.execute(sa.text(HAS_VISITS_SQL)).scalar_one():
        return 0
    for statement in DROP_SQL, TABLE_SQL, "TRUNCATE visit_now":
        connection.execute(sa.text(statement))
    count = connection.execute(sa.text(f"WITH {source_sql(VISIT, columns)}, {VISIT_ROWS}")).rowcount
    for table, source, rows in PARTS:
        count += _write(connection, table, source, rows, columns)
    return count


def _write(connection, table: str, source: Source, rows: str, columns: SurveyColumns) -> int:
    statement = f"WITH {source_sql(source, columns)}\nINSERT INTO emis.{table} {rows}"
    return connection.execute(sa.text(statement)).rowcount


SLICES_SQL = f"""
SELECT '{FORM}', school_code, period FROM emis.visit WHERE supervisor_code = ANY(:codes)
UNION
SELECT '{FORM}', coalesce(s.school_code, ''), s.period
FROM quality.issue i JOIN raw.submission s USING (form_key, instance_id)
WHERE i.rule = :rule AND i.arguments ->> 'supervisor' = ANY(:codes)
"""

HAS_VISITS_SQL = f"SELECT EXISTS (SELECT FROM slice_now WHERE form_id = '{FORM}')"

# By the submission as well: it may have come to another slice.
DROP_SQL = f"""
DELETE FROM emis.visit v
WHERE (v.school_code, v.period) IN (
    SELECT school_code, period FROM slice_now WHERE form_id = '{FORM}')
  OR (v.form_key, v.instance_id) IN (
    SELECT form_key, instance_id FROM submission_now WHERE form_id = '{FORM}')
"""

TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS visit_now (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (form_key, instance_id)
) ON COMMIT DROP
"""


def post_sql(visit: str) -> str:
    """SQL: whose a row of VISIT is: as the plan says, outside it as the account that sent it."""
    return f"""coalesce({word_sql(f"{visit}.identification_supervisor_code")},
    (SELECT max(d.holder_code)
    FROM raw.submission x JOIN raw.form f USING (form_key)
    JOIN ops.device d ON (d.central, d.project, d.actor_id) = (f.central, f.project, x.submitter_id)
    WHERE (x.form_key, x.instance_id) = ({visit}.form_key, {visit}.instance_id)
      AND d.holder_kind = 'supervisor'))"""


VISIT_ROWS = f"""saved AS (
INSERT INTO emis.visit (form_key, instance_id, school_code, period, school_year, supervisor_code,
  visit_date, is_announced, session_code, is_open, closure_reason_code, is_head_present,
  has_counted_all, staff_female_due_count, staff_female_here_count, staff_male_due_count,
  staff_male_here_count, absence_reason_codes, hazard_codes, is_water_available,
  toilet_girls_usable_count, toilet_boys_usable_count, toilet_common_usable_count,
  soap_water_code, latitude, longitude, distance_m)
SELECT DISTINCT ON (s.school_code, s.period, v.identification_visit_date,
    coalesce(post.code, s.instance_id))
  s.form_key, s.instance_id, s.school_code, s.period, r.school_year,
  post.code, v.identification_visit_date,
  {yes_no_sql("v.identification_is_announced")}, {word_sql("v.arrival_session_visited")},
  {yes_no_sql("v.arrival_is_open")}, {word_sql("v.arrival_closure_reason")},
  {yes_no_sql("v.arrival_head_present")}, {yes_no_sql("v.counting_all_counted")},
  {count_sql("v.staff_female_due")}, {count_sql("v.staff_female_here")},
  {count_sql("v.staff_male_due")}, {count_sql("v.staff_male_here")},
  v.staff_absence_reasons, v.safety_hazards, {yes_no_sql("v.wash_water_now")},
  {count_sql("v.wash_girls_toilets")}, {count_sql("v.wash_boys_toilets")},
  {count_sql("v.wash_common_toilets")}, {word_sql("v.wash_soap_water_now")},
  CASE WHEN v.location_gps_latitude BETWEEN -90 AND 90 THEN v.location_gps_latitude END,
  CASE WHEN v.location_gps_longitude BETWEEN -180 AND 180 THEN v.location_gps_longitude END,
  CASE WHEN v.location_distance_m BETWEEN 0 AND 100000000
    THEN trunc(v.location_distance_m)::integer END
FROM submission_now s
JOIN slice_now n USING (form_id, school_code, period)
JOIN emis.round r ON r.round_code = s.period AND r.form_id = s.form_id
JOIN visit v USING (form_key, instance_id)
CROSS JOIN LATERAL (SELECT {post_sql("v")} AS code) post
WHERE s.form_id = '{FORM}' AND s.is_live
  AND EXISTS (SELECT FROM emis.school_history h WHERE h.school_code = s.school_code)
  AND NOT EXISTS (SELECT FROM quality.issue i
    WHERE i.form_key = s.form_key AND i.instance_id = s.instance_id
      AND i.severity = 'blocking' AND i.state IN ('open', 'sent_back'))
ORDER BY s.school_code, s.period, v.identification_visit_date,
  coalesce(post.code, s.instance_id),
  (s.review_state = 'approved') IS TRUE DESC, s.submission_date DESC, s.instance_id DESC
RETURNING form_key, instance_id
)
INSERT INTO visit_now SELECT form_key, instance_id FROM saved
"""

GRADE_WORD = "'^(-[12]|[0-9]|1[0-4])$'"


def _grade_sql(value: str) -> str:
    return f"(CASE WHEN {value} ~ {GRADE_WORD} THEN {value}::smallint END)"


CLASS_ROWS = f"""
(form_key, instance_id, class_number, grade, girls_register_count, girls_present_count,
  boys_register_count, boys_present_count)
SELECT form_key, instance_id, c._row_number, {_grade_sql("c.class_class_grade")},
  {count_sql("c.class_girls_register")}, {count_sql("c.class_girls_present")},
  {count_sql("c.class_boys_register")}, {count_sql("c.class_boys_present")}
FROM visit_now JOIN class_row c USING (form_key, instance_id)
"""

_SCORES = ", ".join(f"('{element}', l.lesson_{element})" for element in ELEMENTS)
LESSON_ROWS = f"""
(form_key, instance_id, lesson_number, element_code, grade, subject_code, score)
SELECT form_key, instance_id, l._row_number, v.element, {_grade_sql("l.lesson_lesson_grade")},
  {word_sql("l.lesson_lesson_subject")}, v.score::smallint
FROM visit_now JOIN lesson_row l USING (form_key, instance_id),
LATERAL (VALUES {_SCORES}) AS v(element, score)
WHERE v.score ~ '^[1-5]$'
"""

ACTION_ROWS = f"""
(action_code, form_key, instance_id, school_code, supervisor_code, agreed_date, what, owner_code,
  due_date)
SELECT 'A' || substr(md5(v.instance_id || '/' || a._position), 1, 16), v.form_key, v.instance_id,
  v.school_code, v.supervisor_code, v.visit_date, trim(a.action_what),
  {word_sql("a.action_owner")}, a.action_due_date
FROM visit_now JOIN emis.visit v USING (form_key, instance_id)
JOIN action_row a USING (form_key, instance_id)
WHERE trim(a.action_what) <> ''
"""

CHECK_ROWS = f"""
(form_key, instance_id, action_code, school_code, checked_date, state_code)
SELECT DISTINCT ON (v.form_key, v.instance_id, c.code)
  v.form_key, v.instance_id, c.code, v.school_code, v.visit_date, e.earlier_action_action_state
FROM visit_now JOIN emis.visit v USING (form_key, instance_id)
JOIN earlier_row e USING (form_key, instance_id),
LATERAL (SELECT split_part(e.action_code, '{LISTED_ACTION_SEPARATOR}', 1) AS code) c
WHERE c.code <> '' AND e.earlier_action_action_state <> ''
ORDER BY v.form_key, v.instance_id, c.code, e._row_number
"""

PARTS = (
    ("visit_class", CLASS_ROW, CLASS_ROWS),
    ("lesson_observation", LESSON_ROW, LESSON_ROWS),
    ("agreed_action", ACTION_ROW, ACTION_ROWS),
    ("action_check", EARLIER_ROW, CHECK_ROWS),
)
