"""How the system itself is doing, for the jobs page: due work, runs, timetable.

Out: rows as mappings. Reasons are words for people; nothing here holds an answer of a school.
"""

from datetime import datetime

import sqlalchemy as sa

from processing.db.queries.web_names import list_rows


def list_due(connection: sa.Connection, now: datetime) -> list:
    """Due work by stage: slices, how many can start now, the oldest, attempts, the last fault."""
    return list_rows(
        connection,
        """
        SELECT stage, count(*) AS slice_count,
               count(*) FILTER (WHERE not_before <= :now) AS ready_count,
               count(*) FILTER (WHERE attempts > 0) AS failed_count,
               max(attempts) AS attempts, min(since) AS oldest_at,
               (array_agg(reason ORDER BY not_before DESC) FILTER (WHERE reason IS NOT NULL))[1]
                 AS reason
        FROM ops.due GROUP BY stage ORDER BY stage""",
        {"now": now},
    )


def list_runs(connection: sa.Connection, limit: int = 50) -> list:
    """The newest runs of any stage."""
    return list_rows(
        connection,
        """
        SELECT run_id, stage, subject, state, reason, slice_count, row_count, worker,
               started_at, finished_at,
               extract(epoch FROM finished_at - started_at) AS duration_s
        FROM ops.run ORDER BY started_at DESC, run_id DESC LIMIT :limit""",
        {"limit": limit},
    )


def list_schedule(connection: sa.Connection) -> list:
    return list_rows(
        connection,
        """
        SELECT task, last_started_at, last_finished_at, next_due_at, reason
        FROM ops.schedule ORDER BY task""",
    )
