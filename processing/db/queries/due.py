"""Due work: PostgreSQL remembers it, RQ only wakes who does it.

A mark is a stage and a slice. Whoever takes marks deletes them in the transaction that does the
work: a crash brings them back, and a mark set in the meantime is a mark of its own.
"""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from processing.db.slices import Slice

FIRST_RETRY_S = 10
LAST_RETRY_S = 3600


def mark_due(
    connection: sa.Connection, stage: str, slices: Iterable[Slice], now: dt.datetime
) -> int:
    """Mark slices for a stage; one that is marked already keeps its place in the queue."""
    rows = sorted(set(slices))
    if not rows:
        return 0
    connection.execute(
        sa.text(MARK_SQL),
        {
            "stage": stage,
            "form_ids": [row.form_id for row in rows],
            "school_codes": [row.school_code for row in rows],
            "periods": [row.period for row in rows],
            "now": now,
        },
    )
    return len(rows)


# A mark that has failed before and is marked anew is worth trying at once: its input has changed.
MARK_SQL = """
INSERT INTO ops.due (stage, form_id, school_code, period, since, not_before)
SELECT :stage, form_id, school_code, period, :now, :now
FROM unnest(CAST(:form_ids AS text[]), CAST(:school_codes AS text[]), CAST(:periods AS text[]))
  AS slice (form_id, school_code, period)
ORDER BY form_id, school_code, period
ON CONFLICT (stage, form_id, school_code, period) DO UPDATE
SET not_before = excluded.not_before
"""


def take_due(
    connection: sa.Connection, stage: str, limit: int, now: dt.datetime
) -> list[tuple[Slice, int]]:
    """Take up to `limit` marks that nobody else holds, oldest first: (slice, attempts so far)."""
    rows = connection.execute(sa.text(TAKE_SQL), {"stage": stage, "limit": limit, "now": now})
    return [
        (Slice(form_id, school, period), attempts) for form_id, school, period, attempts in rows
    ]


TAKE_SQL = """
WITH taken AS (
  SELECT stage, form_id, school_code, period FROM ops.due
  WHERE stage = :stage AND not_before <= :now
  ORDER BY not_before, form_id, school_code, period
  LIMIT :limit FOR UPDATE SKIP LOCKED
)
DELETE FROM ops.due USING taken
WHERE due.stage = taken.stage AND due.form_id = taken.form_id
  AND due.school_code = taken.school_code AND due.period = taken.period
RETURNING due.form_id, due.school_code, due.period, due.attempts
"""


def take_named(connection: sa.Connection, stage: str, slices: Iterable[Slice]) -> list[Slice]:
    """Take the marks of these slices, as far as they are still there and nobody holds them."""
    rows = sorted(set(slices))
    taken = connection.execute(
        sa.text(TAKE_NAMED_SQL),
        {
            "stage": stage,
            "form_ids": [row.form_id for row in rows],
            "school_codes": [row.school_code for row in rows],
            "periods": [row.period for row in rows],
        },
    )
    return [Slice(*row) for row in taken]


TAKE_NAMED_SQL = """
WITH taken AS (
  SELECT due.stage, due.form_id, due.school_code, due.period
  FROM unnest(CAST(:form_ids AS text[]), CAST(:school_codes AS text[]), CAST(:periods AS text[]))
    AS slice (form_id, school_code, period)
    JOIN ops.due USING (form_id, school_code, period)
  WHERE stage = :stage FOR UPDATE OF due SKIP LOCKED
)
DELETE FROM ops.due USING taken
WHERE due.stage = taken.stage AND due.form_id = taken.form_id
  AND due.school_code = taken.school_code AND due.period = taken.period
RETURNING due.form_id, due.school_code, due.period
"""


def is_ready(connection: sa.Connection, stage: str, now: dt.datetime) -> bool:
    """Is anything of a stage due now?"""
    return connection.execute(
        sa.text("SELECT EXISTS (SELECT FROM ops.due WHERE stage = :stage AND not_before <= :now)"),
        {"stage": stage, "now": now},
    ).scalar_one()


def is_marked(connection: sa.Connection, stage: str) -> bool:
    """Is anything of a stage due, now or later, or being worked on at this moment?

    Marking what somebody holds waits until they are done: who may not wait asks this first.
    """
    return connection.execute(
        sa.text("SELECT EXISTS (SELECT FROM ops.due WHERE stage = :stage)"), {"stage": stage}
    ).scalar_one()


def list_ready_stages(connection: sa.Connection, now: dt.datetime) -> set[str]:
    """The stages with something due now."""
    rows = connection.execute(
        sa.text("SELECT DISTINCT stage FROM ops.due WHERE not_before <= :now"), {"now": now}
    )
    return set(rows.scalars())


def delay_due(
    connection: sa.Connection,
    stage: str,
    slices: Iterable[Slice],
    reason: str,
    now: dt.datetime,
) -> None:
    """After a failure: the marks stay, later each time, with the reason for people to read."""
    rows = [
        {
            "stage": stage,
            "form_id": row.form_id,
            "school_code": row.school_code,
            "period": row.period,
            "reason": reason[:500],
            "now": now,
            "first": FIRST_RETRY_S,
            "last": LAST_RETRY_S,
        }
        for row in sorted(set(slices))
    ]
    if rows:
        connection.execute(sa.text(DELAY_SQL), rows)


DELAY_SQL = """
UPDATE ops.due
SET attempts = attempts + 1, reason = :reason,
    not_before = CAST(:now AS timestamptz)
      + make_interval(secs => least(:last, :first * power(2, least(attempts, 20))))
WHERE stage = :stage AND form_id = :form_id AND school_code = :school_code AND period = :period
"""


def list_waiting(connection: sa.Connection, now: dt.datetime) -> list[sa.Row]:
    """(stage, ready, delayed, oldest since, last reason) of every stage with marks."""
    return connection.execute(
        sa.text(
            "SELECT stage, count(*) FILTER (WHERE not_before <= :now) AS ready,"
            " count(*) FILTER (WHERE not_before > :now) AS delayed, min(since) AS since,"
            " max(reason) AS reason FROM ops.due GROUP BY stage ORDER BY stage"
        ),
        {"now": now},
    ).all()
