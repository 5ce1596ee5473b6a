"""The call list: questions that schools have not answered, and what an officer needs for a call.

In: a scope, a language. Out: rows as mappings, codes as they are stored. A question that has been
answered and waits for the stage is not listed.
"""

from datetime import date

import sqlalchemy as sa

from processing.db.queries.web_names import list_rows, name_order_sql, name_sql, round_name_sql
from processing.db.queries.web_scope import Scope

ENTERED = """EXISTS (SELECT FROM ops.entry WHERE entry.form_key = task.form_key
                     AND entry.instance_id = task.instance_id)"""


def list_calls(
    connection: sa.Connection, scope: Scope, language: str, today: date, *, is_all: bool
) -> list:
    """Whom to call now; is_all: every open question.

    Now: past their day, of schools that have closed, or about a return that a department has
    entered, since such a school has no tablet on which it could read the question.
    """
    late = "true" if is_all else f"(task.due_on < :today OR NOT school.is_open OR {ENTERED})"
    return list_rows(
        connection,
        f"""{_tasks(scope, language)} AND task.state = 'open' AND {late}
        ORDER BY array_position(ARRAY['blocking', 'error', 'warning', 'review'], task.severity),
                 task.due_on, {name_order_sql("school", language)}, task.task_id""",
        {"today": today} | scope.parameters,
    )


def find_call(connection: sa.Connection, scope: Scope, language: str, task_code: str):
    """One question that may still be answered, or None."""
    rows = list_rows(
        connection,
        f"{_tasks(scope, language)} AND task.state <> 'closed' AND task.task_code = :task_code",
        {"task_code": task_code} | scope.parameters,
    )
    return rows[0] if rows else None


def _tasks(scope: Scope, language: str) -> str:
    return f"""
        SELECT task.task_id, task.task_code, task.form_id, task.screen, task.school_code,
               task.period, task.severity, task.due_on, round.school_year, school.is_open,
               {name_sql("school", language)} AS school_name,
               {round_name_sql("task", language)} AS round_name
        FROM quality.correction_task AS task
        JOIN emis.school ON school.school_code = task.school_code
        LEFT JOIN emis.round ON round.round_code = task.period AND round.form_id = task.form_id
        WHERE ({scope.holds("school")})
          AND NOT EXISTS (SELECT FROM quality.answer
            WHERE answer.school_code = task.school_code AND answer.outcome IS NULL
              AND split_part(answer.task_code, '-', 1) = task.task_code)"""
