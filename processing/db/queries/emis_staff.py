"""The staff return as rows of the warehouse: who is new, one row a person, who teaches what.

In: `return_now`, `touched_now` (see `processing.db.queries.emis`), the people known so far. Out:
emis.staff_member (its rows that come from returns), emis.staff, emis.staff_teaching of the schools
and years touched. A name goes to emis.staff_member alone. A person's sex is not asked again of
those on the list: it is that of emis.staff_member.
"""

import sqlalchemy as sa

from processing.db.queries.emis_facts import count_sql, yes_no_sql
from processing.db.queries.emis_instruments import TOUCHED, list_touched_forms, word_sql
from processing.db.queries.instruments import LESSONS, NEWCOMERS, PEOPLE, TEACHING
from processing.db.queries.returns import SurveyColumns, source_sql

FORM = "staff_return"
# Nothing of the person is in it, and the same return gives the same code.
NEW_CODE = "'N' || substr(md5(r.instance_id || '/' || n._position), 1, 16)"
SEX_OF_NEWCOMER = "CASE WHEN n.newcomer_sex IN ('female', 'male') THEN n.newcomer_sex END"


def replace_staff(connection: sa.Connection, columns: SurveyColumns) -> int:
    """Rows written. The new first: the facts read them."""
    if FORM not in list_touched_forms(connection):
        return 0
    sources = (PEOPLE, TEACHING, NEWCOMERS, LESSONS)
    expressions = ",\n".join(source_sql(source, columns) for source in sources)
    count = 0
    for table, rows in (
        ("staff_member", MEMBER_ROWS),
        ("staff", STAFF_ROWS),
        ("staff_teaching", TEACHING_ROWS),
    ):
        connection.execute(
            sa.text(
                f"DELETE FROM emis.{table} f USING touched_now t"
                f" WHERE t.form_id = '{FORM}' AND {TOUCHED}"
            )
        )
        statement = f"WITH {expressions}\nINSERT INTO emis.{table} {rows}"
        count += connection.execute(sa.text(statement)).rowcount
    return count


MEMBER_ROWS = f"""
(assignment_code, school_code, staff_number, name, sex_code, birth_year, post_code, work_code,
  attachment_code, contract_code, qualification_code, institution_code, has_pedagogical_training,
  weekly_period_count, is_simulated, school_year, form_key, instance_id)
SELECT {NEW_CODE}, r.school_code, nullif(trim(n.newcomer_staff_number), ''),
  trim(n.newcomer_name), {SEX_OF_NEWCOMER},
  CASE WHEN n.newcomer_birth_year BETWEEN 1900 AND 2100
    THEN trunc(n.newcomer_birth_year)::smallint END,
  {word_sql("n.newcomer_post")}, {word_sql("n.newcomer_work")},
  {word_sql("n.newcomer_attachment")}, {word_sql("n.newcomer_contract")},
  {word_sql("n.background_qualification")}, {word_sql("n.background_institution")},
  {yes_no_sql("n.background_pedagogical")}, {count_sql("n.newcomer_periods")},
  coalesce((SELECT s.is_simulated FROM emis.school s WHERE s.school_code = r.school_code), false),
  r.school_year, r.form_key, r.instance_id
FROM return_now r JOIN newcomers n USING (form_key, instance_id)
WHERE r.form_id = '{FORM}' AND trim(n.newcomer_name) <> ''
"""

# A person stands once in a list; a return that says otherwise says it first.
STAFF_ROWS = f"""
(school_code, school_year, assignment_code, state_code, sex_code, post_code, work_code,
  attachment_code, contract_code, qualification_code, institution_code, has_pedagogical_training,
  weekly_period_count, in_service_codes, joined_how_code, left_how_code, is_here, is_teacher,
  form_key, instance_id)
SELECT DISTINCT ON (r.school_code, r.school_year, p.assignment_code)
  r.school_code, r.school_year, p.assignment_code, p.state, m.sex_code,
  {word_sql("p.post_now")}, {word_sql("p.work_now")}, {word_sql("p.attachment_now")},
  {word_sql("p.contract_now")}, {word_sql("p.qualification_now")},
  {word_sql("p.institution_now")}, {yes_no_sql("p.pedagogical_now")},
  {count_sql("p.periods_now")},
  CASE WHEN p.is_trained = 1 THEN p.training_training_kinds ELSE '{{}}' END,
  NULL, {word_sql("p.change_left_how")},
  coalesce(p.is_here = 1, false), coalesce(p.is_teacher = 1, false), r.form_key, r.instance_id
FROM return_now r
JOIN people p USING (form_key, instance_id)
LEFT JOIN emis.staff_member m
  ON m.assignment_code = p.assignment_code AND m.school_code = r.school_code
WHERE r.form_id = '{FORM}' AND p.assignment_code <> ''
  AND p.state IN ('as_listed', 'changed', 'left')
UNION ALL
SELECT r.school_code, r.school_year, {NEW_CODE}, 'new', {SEX_OF_NEWCOMER},
  {word_sql("n.newcomer_post")}, {word_sql("n.newcomer_work")},
  {word_sql("n.newcomer_attachment")}, {word_sql("n.newcomer_contract")},
  {word_sql("n.background_qualification")}, {word_sql("n.background_institution")},
  {yes_no_sql("n.background_pedagogical")}, {count_sql("n.newcomer_periods")},
  array_remove(n.background_in_service_kinds, 'none'), {word_sql("n.newcomer_joined_how")}, NULL,
  coalesce(n.newcomer_is_here = 1, false), coalesce(n.newcomer_is_teacher = 1, false),
  r.form_key, r.instance_id
FROM return_now r JOIN newcomers n USING (form_key, instance_id)
WHERE r.form_id = '{FORM}' AND trim(n.newcomer_name) <> ''
"""

TEACHING_ROWS = f"""
(school_code, school_year, assignment_code, line_number, level_code, subject_code,
  weekly_period_count, form_key, instance_id)
SELECT r.school_code, r.school_year, p.assignment_code, min(l._position),
  {word_sql("l.line_line_level")}, {word_sql("l.line_line_subject")},
  sum({count_sql("l.line_line_periods")}), r.form_key, r.instance_id
FROM return_now r
JOIN people p USING (form_key, instance_id)
JOIN teaching l ON (l.form_key, l.instance_id, l._parent_row_number)
  = (p.form_key, p.instance_id, p._row_number)
WHERE r.form_id = '{FORM}' AND p.assignment_code <> ''
GROUP BY r.school_code, r.school_year, p.assignment_code, l.line_line_level, l.line_line_subject,
  r.form_key, r.instance_id
UNION ALL
SELECT r.school_code, r.school_year, {NEW_CODE}, l._position,
  {word_sql("l.lesson_lesson_level")}, {word_sql("l.lesson_lesson_subject")},
  {count_sql("l.lesson_lesson_periods")}, r.form_key, r.instance_id
FROM return_now r
JOIN newcomers n USING (form_key, instance_id)
JOIN taught l ON (l.form_key, l.instance_id, l._parent_row_number)
  = (n.form_key, n.instance_id, n._row_number)
WHERE r.form_id = '{FORM}' AND trim(n.newcomer_name) <> ''
"""
