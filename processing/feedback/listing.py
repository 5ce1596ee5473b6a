"""Correction tasks as rows of the entity list that tablets get.

In: tasks of `processing.db.queries.task_lists`. Out: rows, every value text.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from processing.db.queries.task_lists import list_task_issues, list_task_numbers, list_wanted
from processing.feedback.words import task_row


def task_rows(connection: sa.Connection, tasks: list[Mapping]) -> list[dict[str, str]]:
    """A row a task, in their order."""
    ids = [task["task_id"] for task in tasks]
    issues = _by_task(list_task_issues(connection, ids))
    numbers = _by_task(list_task_numbers(connection, ids))
    return [task_row(task, issues[task["task_id"]], numbers[task["task_id"]]) for task in tasks]


def list_task_rows(connection: sa.Connection, central: str, project: int) -> list[dict[str, str]]:
    """All that the list is to hold."""
    return task_rows(connection, list_wanted(connection, central, project))


def _by_task(rows: Iterable[Mapping]) -> dict[int, list[Mapping]]:
    found: dict[int, list[Mapping]] = defaultdict(list)
    for row in rows:
        found[row["task_id"]].append(row)
    return found
