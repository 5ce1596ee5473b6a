"""Answers to correction tasks: taken from tablets and from officers' calls, and applied once.

In: `submission_now` and `survey.corrections` for tablets; `quality.answer` rows without an outcome
for calls. Out: waived issues, adjustments, closed tasks, the slices whose figures change. Promised:
raw is not touched; an answer is applied once, whoever runs this how often.

| answer | becomes |
|---|---|
| a task that this school does not have | unknown |
| the task is closed, or is of a version that has been edited since | overtaken |
| the second of two fit ones | overtaken |
| no reason, or corrected without a number | empty: the task stays |
| it is right, because … | confirmed: its issues are waived |
| the number is … | corrected: an adjustment; the issues are resolved, and the rules look again |

Landing's issues are waived too when a number was corrected: landing does not see adjustments, and
would find them again with every review of the submission.
"""

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa

from config.corrections import NUMBERS_MAX
from processing.db.queries.returns import CORRECTION, SurveyColumns, source_sql
from processing.db.slices import Slice


def take_answers(connection: sa.Connection, columns: SurveyColumns) -> int:
    """Answers of `submission_now` that are new, as they came; how many."""
    if CORRECTION.table not in columns.types:
        return 0
    correction = source_sql(CORRECTION, columns.as_reported)
    count = connection.execute(sa.text(TAKE_SQL.format(correction=correction))).rowcount
    listed = ", ".join(f"({n}, c.numbers_value_{n})" for n in range(1, NUMBERS_MAX + 1))
    connection.execute(sa.text(TAKE_VALUES_SQL.format(correction=correction, listed=listed)))
    return count


def add_call(
    connection: sa.Connection,
    task_code: str,
    school_code: str,
    answer: str,
    reason: str,
    values: Mapping[int, int],
    *,
    name: str,
    spoke_with: str,
    called_on: date,
    now: datetime,
) -> int:
    """An officer's answer after a call; values: by the position of the number. Returns its id."""
    answer_id = connection.execute(
        sa.text(ADD_CALL_SQL),
        {
            "task_code": task_code, "school_code": school_code, "answer": answer,
            "reason": reason, "name": name, "spoke_with": spoke_with, "called_on": called_on,
            "now": now,
        },
    ).scalar_one()  # fmt: skip
    rows = [
        {"answer_id": answer_id, "position": position, "value": value}
        for position, value in sorted(values.items())
    ]
    if rows:
        connection.execute(
            sa.text("INSERT INTO quality.answer_value VALUES (:answer_id, :position, :value)"), rows
        )
    return answer_id


def apply_answers(connection: sa.Connection, landing_rules: list[str], now: datetime) -> int:
    """Apply what is new of the schools of `school_now`; how many confirm or correct something.

    Fills `answer_applied`.
    """
    connection.execute(sa.text(APPLIED_TABLE_SQL))
    connection.execute(sa.text("TRUNCATE answer_applied"))
    connection.execute(sa.text(JUDGE_SQL), {"now": now})
    values = {"now": now, "landing": landing_rules}
    for statement in WAIVE_SQL, ADJUST_SQL, CLOSE_SQL:
        names = sa.text(statement).compile().params
        connection.execute(sa.text(statement), {name: values[name] for name in names})
    return connection.execute(sa.text("SELECT count(*) FROM answer_applied")).scalar_one()


def list_applied_slices(connection: sa.Connection) -> list[Slice]:
    """The slices of the returns that were answered for: the rules look at them again."""
    rows = connection.execute(sa.text(APPLIED_SLICES_SQL))
    return [Slice(*row) for row in rows]


TAKE_SQL = """
WITH {correction}
INSERT INTO quality.answer
  (source, form_key, instance_id, task_code, school_code, answer, reason, name, received_at)
SELECT 'tablet', c.form_key, c.instance_id, left(coalesce(c.identification_task, ''), 100),
  c.school_code, left(coalesce(c.question_answer, ''), 100), btrim(coalesce(c.question_reason, '')),
  coalesce(nullif(btrim(c.declaration_head_name), ''), '–'), n.submission_date
FROM correction c JOIN submission_now n USING (form_key, instance_id)
WHERE c.school_code IS NOT NULL
ON CONFLICT (form_key, instance_id) DO NOTHING
"""

TAKE_VALUES_SQL = """
WITH {correction}
INSERT INTO quality.answer_value (answer_id, position, value)
SELECT a.answer_id, v.position, v.value
FROM correction c JOIN quality.answer a USING (form_key, instance_id),
LATERAL (VALUES {listed}) AS v(position, value)
WHERE a.outcome IS NULL AND v.value >= 0
ON CONFLICT DO NOTHING
"""

ADD_CALL_SQL = """
INSERT INTO quality.answer
  (source, task_code, school_code, answer, reason, name, spoke_with, called_on, received_at)
VALUES ('call', :task_code, :school_code, :answer, :reason, :name, :spoke_with, :called_on, :now)
RETURNING answer_id
"""

APPLIED_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS answer_applied (
  answer_id bigint PRIMARY KEY,
  task_id bigint NOT NULL,
  outcome text NOT NULL,
  opening integer NOT NULL,
  actor text NOT NULL,
  name text NOT NULL,
  reason text NOT NULL
) ON COMMIT DROP
"""

# A code is `task-opening`; an officer's has no opening, and speaks of the task as it is.
JUDGE_SQL = r"""
WITH new AS (
  SELECT a.answer_id, t.task_id, t.opening,
    t.state <> 'closed' AND s.current_version_id = t.version_id AS is_awaited,
    a.reason <> '' AND (a.answer = 'confirmed' OR a.answer = 'corrected' AND EXISTS (
      SELECT FROM quality.answer_value v JOIN quality.task_value USING (position)
      WHERE v.answer_id = a.answer_id AND task_value.task_id = t.task_id)) AS is_fit,
    coalesce(substring(a.task_code FROM '-(\d{1,9})$')::integer, t.opening) AS said_opening
  FROM quality.answer a
  JOIN school_now USING (school_code)
  LEFT JOIN quality.correction_task t
    ON t.task_code = split_part(a.task_code, '-', 1) AND t.school_code = a.school_code
  LEFT JOIN raw.submission s ON s.form_key = t.form_key AND s.instance_id = t.instance_id
  WHERE a.outcome IS NULL
), judged AS (
  SELECT new.*, row_number() OVER (
    PARTITION BY task_id, is_awaited AND is_fit ORDER BY answer_id) AS turn
  FROM new
), told AS (
  UPDATE quality.answer a SET applied_at = :now, task_id = j.task_id,
    outcome = CASE
      WHEN j.task_id IS NULL THEN 'unknown'
      WHEN NOT j.is_awaited OR (j.is_fit AND j.turn > 1) THEN 'overtaken'
      WHEN NOT j.is_fit THEN 'empty'
      ELSE a.answer END
  FROM judged j WHERE j.answer_id = a.answer_id
  RETURNING a.*, j.said_opening
)
INSERT INTO answer_applied
SELECT answer_id, task_id, outcome, said_opening,
  CASE source WHEN 'tablet' THEN 'school ' || school_code || ': ' || name
    ELSE 'officer ' || name || ', with ' || spoke_with || ', ' || called_on END,
  name, reason
FROM told WHERE outcome IN ('confirmed', 'corrected')
"""

WAIVE_SQL = """
WITH answered AS (
  SELECT i.issue_id, i.state AS from_state, p.actor, p.reason,
    CASE WHEN p.outcome = 'confirmed' OR i.rule = ANY(CAST(:landing AS text[]))
      THEN 'waived' ELSE 'resolved' END AS to_state
  FROM answer_applied p
  JOIN quality.task_issue l ON l.task_id = p.task_id AND l.since_opening <= p.opening
  JOIN quality.issue i USING (issue_id)
  WHERE i.state IN ('open', 'sent_back')
), decided AS (
  UPDATE quality.issue i SET state = a.to_state,
    resolved_at = CASE a.to_state WHEN 'resolved' THEN CAST(:now AS timestamptz) END
  FROM answered a WHERE a.issue_id = i.issue_id
)
INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor, reason)
SELECT issue_id, :now, from_state, to_state, actor, reason FROM answered
"""

ADJUST_SQL = """
INSERT INTO quality.adjustment (form_key, instance_id, path, row_position, table_name, column_name,
  reported_value, value, reason, name, answer_id, adjusted_at)
SELECT t.form_key, t.instance_id, n.path, t.row_position, n.table_name, n.column_name,
  n.reported_value, v.value, p.reason, p.name, p.answer_id, :now
FROM answer_applied p
JOIN quality.correction_task t USING (task_id)
JOIN quality.answer_value v USING (answer_id)
JOIN quality.task_value n ON n.task_id = t.task_id AND n.position = v.position
WHERE p.outcome = 'corrected' AND v.value IS DISTINCT FROM n.value
"""

CLOSE_SQL = """
UPDATE quality.correction_task t
SET state = 'closed', closed_at = :now, closed_how = 'answered'
FROM answer_applied p WHERE p.task_id = t.task_id
"""

APPLIED_SLICES_SQL = """
SELECT DISTINCT t.form_id, t.school_code, t.period
FROM answer_applied JOIN quality.correction_task t USING (task_id) ORDER BY 1, 2, 3
"""
