"""Which correction tasks the tablets' list is to hold, and what it holds: task by task.

A task that is open, of a school that is open, is on the list under the code `task_code-opening`.
What the list holds is noted in `listed_code` once Central has it.
"""

from collections.abc import Iterable

import sqlalchemy as sa


def take_unlisted(
    connection: sa.Connection, central: str, project: int, limit: int
) -> list[sa.RowMapping]:
    """Tasks that the list does not have yet, held until the end of the transaction."""
    statement = f"{TASKS_SQL} AND t.listed_code IS NULL ORDER BY t.task_id LIMIT :limit {HOLD}"
    values = {"central": central, "project": project, "limit": limit}
    return list(connection.execute(sa.text(statement), values).mappings())


def list_wanted(connection: sa.Connection, central: str, project: int) -> list[sa.RowMapping]:
    """Every task that the list is to have."""
    values = {"central": central, "project": project}
    return list(connection.execute(sa.text(f"{TASKS_SQL} ORDER BY t.task_id"), values).mappings())


def list_named(
    connection: sa.Connection, central: str, project: int, codes: Iterable[str]
) -> list[sa.RowMapping]:
    """Of the tasks that the list is to have, those that have these codes on it."""
    values = {"central": central, "project": project, "codes": list(codes)}
    return list(connection.execute(sa.text(NAMED_SQL), values).mappings())


def take_unwanted(
    connection: sa.Connection, central: str, project: int, limit: int
) -> list[sa.RowMapping]:
    """(task_id, listed_code) of what the list has and should not, held likewise."""
    values = {"central": central, "project": project, "limit": limit}
    return list(connection.execute(sa.text(UNWANTED_SQL + HOLD), values).mappings())


def has_changes(connection: sa.Connection, central: str, project: int) -> bool:
    values = {"central": central, "project": project}
    statement = f"SELECT EXISTS ({TASKS_SQL} AND t.listed_code IS NULL) OR EXISTS ({UNWANTED_SQL})"
    return connection.execute(sa.text(statement), values | {"limit": 1}).scalar_one()


def save_listed(connection: sa.Connection, codes: dict[int, str | None]) -> None:
    """What Central's list now holds for these tasks."""
    if codes:
        connection.execute(
            sa.text("UPDATE quality.correction_task SET listed_code = :code WHERE task_id = :id"),
            [{"id": task_id, "code": code} for task_id, code in codes.items()],
        )


def wait_for_list(connection: sa.Connection, central: str, project: int) -> None:
    """Hold the list until the end of the transaction: one writer at a time knows what it holds."""
    place = f"{central}|{project}"
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(:key, hashtext(:place))"),
        {"key": LIST_LOCK, "place": place},
    )


def save_all_listed(
    connection: sa.Connection, central: str, project: int, codes: Iterable[str]
) -> None:
    """Central's list has just been made to hold these codes and no others.

    Not what is wanted now: a task that was opened meanwhile is not on the list yet.
    """
    values = {"central": central, "project": project, "codes": list(codes)}
    connection.execute(sa.text(SAVE_ALL_SQL), values)


def list_task_issues(connection: sa.Connection, task_ids: Iterable[int]) -> list[sa.RowMapping]:
    """task_id, form_id, rule, severity, arguments of the open issues of tasks, gravest first."""
    return list(connection.execute(sa.text(ISSUES_SQL), {"ids": list(task_ids)}).mappings())


def list_task_numbers(connection: sa.Connection, task_ids: Iterable[int]) -> list[sa.RowMapping]:
    """task_id, position, path, value of the numbers of tasks, in their order."""
    return list(connection.execute(sa.text(NUMBERS_SQL), {"ids": list(task_ids)}).mappings())


LIST_LOCK = 0x4C495354  # "LIST", with the place at Central as the second key
CODE = "t.task_code || '-' || t.opening"
IS_ON_LIST = "t.state = 'open' AND coalesce(h.is_open, false)"
HOLD = " FOR UPDATE OF t SKIP LOCKED"

TASKS_SQL = f"""
SELECT t.task_id, {CODE} AS code, t.form_id, t.screen, t.school_code, t.period, t.due_on,
  t.severity, h.language_code, r.school_year
FROM quality.correction_task t
JOIN raw.form f USING (form_key)
LEFT JOIN emis.school h ON h.school_code = t.school_code
LEFT JOIN emis.round r ON r.round_code = t.period AND r.form_id = t.form_id
WHERE f.central = :central AND f.project = :project AND {IS_ON_LIST}"""

# By the task's own code, which has an index, and then by that on the list.
NAMED_SQL = f"""{TASKS_SQL} AND {CODE} = ANY(:codes) AND t.task_code = ANY(ARRAY(
  SELECT split_part(code, '-', 1) FROM unnest(CAST(:codes AS text[])) AS named (code)))"""

UNWANTED_SQL = f"""
SELECT t.task_id, t.listed_code
FROM quality.correction_task t
JOIN raw.form f USING (form_key)
LEFT JOIN emis.school h ON h.school_code = t.school_code
WHERE f.central = :central AND f.project = :project AND t.listed_code IS NOT NULL
  AND (NOT ({IS_ON_LIST}) OR t.listed_code <> {CODE})
LIMIT :limit"""

SAVE_ALL_SQL = """
UPDATE quality.correction_task AS t SET listed_code = w.code
FROM (
  SELECT t.task_id, l.code
  FROM quality.correction_task t
  JOIN raw.form f USING (form_key)
  LEFT JOIN unnest(CAST(:codes AS text[])) AS l (code)
    ON split_part(l.code, '-', 1) = t.task_code
  WHERE f.central = :central AND f.project = :project
    AND (l.code IS NOT NULL OR t.listed_code IS NOT NULL)
) w
WHERE w.task_id = t.task_id AND t.listed_code IS DISTINCT FROM w.code
"""

ISSUES_SQL = """
SELECT l.task_id, i.form_id, i.rule, i.severity, i.arguments, i.subject
FROM quality.task_issue l JOIN quality.issue i USING (issue_id)
WHERE l.task_id = ANY(:ids) AND i.state IN ('open', 'sent_back')
ORDER BY l.task_id, array_position(ARRAY['blocking', 'error', 'warning', 'review'], i.severity),
  i.subject, i.issue_id
"""

NUMBERS_SQL = """
SELECT task_id, position, path, reported_value, value
FROM quality.task_value WHERE task_id = ANY(:ids) ORDER BY task_id, position
"""
