"""The timetable's memory: when each task last ran and when it is due next."""

import datetime as dt

import sqlalchemy as sa


def take_due_tasks(connection: sa.Connection, tasks: list[str], now: dt.datetime) -> list[str]:
    """Those of `tasks` that are due, held until the transaction ends so that none runs twice.

    A task that the timetable has never seen is due at once.
    """
    connection.execute(
        sa.text(
            "INSERT INTO ops.schedule (task, next_due_at) VALUES (:task, :now)"
            " ON CONFLICT (task) DO NOTHING"
        ),
        [{"task": task, "now": now} for task in tasks],
    )
    rows = connection.execute(
        sa.text(
            "SELECT task FROM ops.schedule WHERE task = ANY(:tasks) AND next_due_at <= :now"
            " ORDER BY next_due_at FOR UPDATE SKIP LOCKED"
        ),
        {"tasks": tasks, "now": now},
    )
    return list(rows.scalars())


def save_task_run(
    connection: sa.Connection, task: str, now: dt.datetime, next_due_at: dt.datetime
) -> None:
    """A task has set its marks; it is due next at `next_due_at`, however many it has missed."""
    connection.execute(
        sa.text(
            "UPDATE ops.schedule SET last_started_at = :now, last_finished_at = :now,"
            " next_due_at = :next, reason = NULL WHERE task = :task"
        ),
        {"task": task, "now": now, "next": next_due_at},
    )


def save_task_fault(
    connection: sa.Connection, task: str, now: dt.datetime, next_due_at: dt.datetime, reason: str
) -> None:
    """A task was started and failed; it is tried again at `next_due_at`."""
    connection.execute(
        sa.text(
            "UPDATE ops.schedule SET last_started_at = :now, next_due_at = :next,"
            " reason = :reason WHERE task = :task"
        ),
        {"task": task, "now": now, "next": next_due_at, "reason": reason},
    )
