"""Runs of stages: what ran, what became of it, and why.

A run holds a session lock with its number. One that says "running" whose lock is free has lost
its worker: whoever asks can tell without a heartbeat.
"""

import datetime as dt

import sqlalchemy as sa

RUN_LOCK_CLASS = 0x52554E  # "RUN"


def start_run(
    connection: sa.Connection, stage: str, subject: str, worker: str, now: dt.datetime
) -> int:
    """Note the beginning of a run; its lock lasts as long as this connection."""
    run_id = connection.execute(
        sa.text("SELECT nextval(pg_get_serial_sequence('ops.run', 'run_id'))")
    ).scalar_one()
    connection.execute(sa.text(f"SELECT pg_advisory_lock({RUN_LOCK_CLASS}, {run_id})"))
    connection.execute(
        sa.text(
            "INSERT INTO ops.run (run_id, stage, subject, state, worker, started_at)"
            " OVERRIDING SYSTEM VALUE VALUES (:run_id, :stage, :subject, 'running', :worker, :now)"
        ),
        {"run_id": run_id, "stage": stage, "subject": subject, "worker": worker, "now": now},
    )
    return run_id


def finish_run(
    connection: sa.Connection,
    run_id: int,
    state: str,
    now: dt.datetime,
    *,
    reason: str | None = None,
    slice_count: int = 0,
    row_count: int = 0,
) -> None:
    """Note the end of a run (state done or failed) and let its lock go.

    Most runs find nothing to do; of those only the newest of each stage is kept.
    """
    connection.execute(
        sa.text(
            "UPDATE ops.run SET state = :state, reason = :reason, slice_count = :slices,"
            " row_count = :rows, finished_at = :now WHERE run_id = :run_id"
        ),
        {
            "run_id": run_id,
            "state": state,
            "reason": reason and reason[:1000],
            "slices": slice_count,
            "rows": row_count,
            "now": now,
        },
    )
    if state == "done" and row_count == 0:
        connection.execute(sa.text(FORGET_IDLE_SQL), {"run_id": run_id})
    connection.execute(sa.text(f"SELECT pg_advisory_unlock({RUN_LOCK_CLASS}, {run_id})"))


FORGET_IDLE_SQL = """
DELETE FROM ops.run earlier USING ops.run this
WHERE this.run_id = :run_id AND earlier.stage = this.stage AND earlier.run_id < this.run_id
  AND earlier.state = 'done' AND earlier.row_count = 0
"""


def mark_lost_runs(connection: sa.Connection, now: dt.datetime) -> int:
    """Runs whose worker is gone become "lost". Their work is due again by itself."""
    rows = connection.execute(
        sa.text(
            "UPDATE ops.run SET state = 'lost', finished_at = :now,"
            " reason = 'the worker ended before its work did' WHERE state = 'running'"
            f" AND pg_try_advisory_xact_lock({RUN_LOCK_CLASS}, CAST(run_id AS integer))"
            " RETURNING run_id"
        ),
        {"now": now},
    )
    return len(rows.all())


def list_runs(connection: sa.Connection, limit: int, stage: str | None = None) -> list[sa.Row]:
    """The newest runs first."""
    return connection.execute(
        sa.text(
            "SELECT run_id, stage, subject, state, reason, slice_count, row_count, worker,"
            " started_at, finished_at FROM ops.run"
            " WHERE CAST(:stage AS text) IS NULL OR stage = :stage"
            " ORDER BY started_at DESC, run_id DESC LIMIT :limit"
        ),
        {"limit": limit, "stage": stage},
    ).all()


def prune_runs(connection: sa.Connection, before: dt.datetime) -> int:
    """Forget finished runs that began before a moment."""
    statement = sa.text("DELETE FROM ops.run WHERE state <> 'running' AND started_at < :before")
    return connection.execute(statement, {"before": before}).rowcount
