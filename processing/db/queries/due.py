"""Due work: PostgreSQL remembers it, RQ only wakes who does it.

A mark is a stage and a slice. That work on it begins is committed first; then whoever takes it
holds its row until the work is committed, and deletes it in the same transaction: a crash lets go
of it, and is counted. What has ended its worker is taken again with fewer others each time, at
last alone, and later each time.

Nobody waits for anybody here. Marking a slice that is being worked on adds a second mark, which can
be taken when the first is gone; so no change is lost that came after the work had begun, and no
slice is worked on twice at once. A mark that nobody holds serves whoever marks the slice anew: its
row is locked until their change is committed, and whoever takes it then sees the change.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from processing.db.slices import Slice

FIRST_RETRY_S = 10
LAST_RETRY_S = 3600
WHOLE = Slice("")
WORKER_ENDED = "[worker-ended] The worker ended over this, more than once; see its log."


def mark_due(
    connection: sa.Connection,
    stage: str,
    slices: Iterable[Slice],
    now: dt.datetime,
    *,
    is_changed: bool = True,
) -> int:
    """Mark slices for a stage; one that is marked already keeps its place in the queue.

    is_changed: its input has changed, so one that has failed is worth trying at once. The
    timetable, which knows of no change, leaves it to its time.
    """
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
            "is_changed": is_changed,
        },
    )
    return len(rows)


MARK_SQL = """
WITH slice AS (
  SELECT * FROM unnest(CAST(:form_ids AS text[]), CAST(:school_codes AS text[]),
    CAST(:periods AS text[])) AS slice (form_id, school_code, period)
), waiting AS (
  SELECT mark_id, form_id, school_code, period FROM ops.due JOIN slice
    USING (form_id, school_code, period)
  WHERE stage = :stage AND NOT is_held FOR UPDATE OF due SKIP LOCKED
), hurried AS (
  UPDATE ops.due SET not_before = :now FROM waiting
  WHERE :is_changed AND due.mark_id = waiting.mark_id AND due.not_before > :now
)
INSERT INTO ops.due (stage, form_id, school_code, period, since, not_before)
SELECT :stage, form_id, school_code, period, :now, :now FROM slice
WHERE NOT EXISTS (SELECT FROM waiting w WHERE (w.form_id, w.school_code, w.period)
                    = (slice.form_id, slice.school_code, slice.period))
ORDER BY form_id, school_code, period
"""


def add_mark(connection: sa.Connection, stage: str, now: dt.datetime, row: Slice = WHOLE) -> None:
    """One more mark, of a page, which may only add some. A second one does no harm.

    Where the slice has failed and waits, see `hurry_marked`.
    """
    values = {"stage": stage, "form_id": row.form_id, "school_code": row.school_code}
    connection.execute(sa.text(ADD_SQL), values | {"period": row.period, "now": now})


ADD_SQL = """
INSERT INTO ops.due (stage, form_id, school_code, period, since, not_before)
VALUES (:stage, :form_id, :school_code, :period, :now, :now)
"""


def hurry_marked(connection: sa.Connection, now: dt.datetime) -> None:
    """What has failed is worth trying at once where its slice was marked anew since.

    If it fails again both marks have failed, so it is tried once. What ended its worker stays late.
    """
    connection.execute(sa.text(HURRY_SQL), {"now": now})


HURRY_SQL = """
UPDATE ops.due SET not_before = :now FROM (
  SELECT mark_id FROM ops.due late
  WHERE not_before > :now AND begun = 0 AND NOT is_held AND EXISTS (
    SELECT FROM ops.due newer
    WHERE (newer.stage, newer.form_id, newer.school_code, newer.period)
        = (late.stage, late.form_id, late.school_code, late.period)
      AND newer.mark_id > late.mark_id AND newer.attempts = 0 AND newer.not_before <= :now)
  FOR UPDATE OF late SKIP LOCKED
) AS late
WHERE due.mark_id = late.mark_id
"""


@dataclass(frozen=True)
class Taken:
    """Marks that this transaction holds: their ids and their slices."""

    mark_ids: list[int]
    slices: list[Slice]


def begin_due(connection: sa.Connection, stage: str, limit: int, now: dt.datetime) -> list[int]:
    """Note that work begins on up to `limit` marks that nobody holds, the longest waiting first.

    To be committed before they are taken: it tells later that a worker has ended over them.
    Returns their ids, of marks that have begun equally often. Of those over which a worker has
    ended it is a tenth at a time: three times, and one of a thousand stands alone.
    """
    values = {"stage": stage, "limit": limit, "now": now, "first": FIRST_RETRY_S}
    values |= {"last": LAST_RETRY_S, "reason": WORKER_ENDED}
    return list(connection.execute(sa.text(BEGIN_SQL), values).scalars())


FREE = """
  stage = :stage AND not_before <= :now AND NOT is_held AND NOT EXISTS (
    SELECT FROM ops.due older
    WHERE (older.stage, older.form_id, older.school_code, older.period)
        = (due.stage, due.form_id, due.school_code, due.period) AND older.mark_id < due.mark_id)
"""
BEGIN_SQL = f"""
WITH oldest AS (
  SELECT begun FROM ops.due WHERE {FREE}
  ORDER BY not_before, form_id, school_code, period LIMIT 1 FOR UPDATE OF due SKIP LOCKED
), chosen AS (
  SELECT mark_id FROM ops.due WHERE {FREE} AND begun = (SELECT begun FROM oldest)
  ORDER BY not_before, form_id, school_code, period
  LIMIT (SELECT CASE WHEN begun = 0 THEN :limit ELSE least(:limit, greatest(1, (
    SELECT count(*) / 10 FROM ops.due WHERE stage = :stage AND begun = oldest.begun))) END
    FROM oldest)
  FOR UPDATE OF due SKIP LOCKED
)
UPDATE ops.due SET begun = least(begun + 1, 20),
  reason = CASE WHEN begun = 0 THEN reason ELSE :reason END,
  not_before = CASE WHEN begun = 0 THEN not_before ELSE CAST(:now AS timestamptz)
    + make_interval(secs => least(:last, :first * power(2, begun - 1))) END
FROM chosen WHERE due.mark_id = chosen.mark_id
RETURNING due.mark_id
"""


def take_begun(connection: sa.Connection, mark_ids: list[int]) -> Taken:
    """Hold these marks, as far as they are still there and nobody holds them."""
    return _taken(connection, TAKE_BEGUN_SQL, {"mark_ids": mark_ids})


TAKE_BEGUN_SQL = """
WITH free AS (
  SELECT mark_id FROM ops.due WHERE mark_id = ANY(:mark_ids) AND NOT is_held
  FOR UPDATE OF due SKIP LOCKED
)
UPDATE ops.due SET is_held = true FROM free WHERE due.mark_id = free.mark_id
RETURNING due.mark_id, due.form_id, due.school_code, due.period
"""


def take_named(connection: sa.Connection, stage: str, slices: Iterable[Slice]) -> Taken:
    """Hold the marks of these slices, as far as they are still there and nobody holds them."""
    rows = sorted(set(slices))
    parameters = {
        "stage": stage,
        "form_ids": [row.form_id for row in rows],
        "school_codes": [row.school_code for row in rows],
        "periods": [row.period for row in rows],
    }
    return _taken(connection, TAKE_NAMED_SQL, parameters)


TAKE_NAMED_SQL = """
WITH free AS (
  SELECT mark_id
  FROM unnest(CAST(:form_ids AS text[]), CAST(:school_codes AS text[]), CAST(:periods AS text[]))
    AS slice (form_id, school_code, period)
    JOIN ops.due USING (form_id, school_code, period)
  WHERE stage = :stage AND NOT is_held AND NOT EXISTS (
    SELECT FROM ops.due older
    WHERE (older.stage, older.form_id, older.school_code, older.period)
        = (due.stage, due.form_id, due.school_code, due.period) AND older.mark_id < due.mark_id)
  FOR UPDATE OF due SKIP LOCKED
)
UPDATE ops.due SET is_held = true FROM free WHERE due.mark_id = free.mark_id
RETURNING due.mark_id, due.form_id, due.school_code, due.period
"""


def clear_due(connection: sa.Connection, taken: Taken) -> None:
    """The work is done: its marks go with the transaction that did it."""
    connection.execute(
        sa.text("DELETE FROM ops.due WHERE mark_id = ANY(:mark_ids)"), {"mark_ids": taken.mark_ids}
    )


def _taken(connection: sa.Connection, statement: str, parameters: dict) -> Taken:
    rows = connection.execute(sa.text(statement), parameters).all()
    return Taken([row[0] for row in rows], [Slice(*row[1:]) for row in rows])


def is_ready(connection: sa.Connection, stage: str, now: dt.datetime) -> bool:
    """Is anything of a stage due now that nobody is working on?"""
    found = connection.execute(
        sa.text(
            "SELECT FROM ops.due WHERE stage = :stage AND not_before <= :now AND NOT EXISTS ("
            " SELECT FROM ops.due older"
            " WHERE (older.stage, older.form_id, older.school_code, older.period)"
            "  = (due.stage, due.form_id, due.school_code, due.period)"
            "  AND older.mark_id < due.mark_id) LIMIT 1 FOR UPDATE OF due SKIP LOCKED"
        ),
        {"stage": stage, "now": now},
    )
    return found.first() is not None


def is_marked(connection: sa.Connection, stage: str) -> bool:
    """Is anything of a stage due, now or later, or being worked on at this moment?"""
    return connection.execute(
        sa.text("SELECT EXISTS (SELECT FROM ops.due WHERE stage = :stage)"), {"stage": stage}
    ).scalar_one()


def is_without_manager(connection: sa.Connection, stage: str) -> bool:
    """Does a stage wait because no account may write to Central?"""
    return connection.execute(
        sa.text(
            "SELECT EXISTS (SELECT FROM ops.due WHERE stage = :stage"
            " AND reason LIKE '[central-no-manager]%')"
        ),
        {"stage": stage},
    ).scalar_one()


def list_ready_stages(connection: sa.Connection, now: dt.datetime) -> set[str]:
    """The stages with something due now that nobody is working on."""
    rows = connection.execute(
        sa.text("SELECT DISTINCT stage FROM ops.due WHERE not_before <= :now"), {"now": now}
    )
    return {stage for stage in rows.scalars() if is_ready(connection, stage, now)}


def delay_due(
    connection: sa.Connection,
    stage: str,
    slices: Iterable[Slice],
    reason: str,
    now: dt.datetime,
) -> None:
    """After a failure: the marks stay, later each time, with the reason for people to read.

    The worker that has failed over them is alive: nothing has begun, and nobody holds them.
    """
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
SET attempts = attempts + 1, begun = 0, is_held = false, reason = :reason,
    not_before = CAST(:now AS timestamptz)
      + make_interval(secs => least(:last, :first * power(2, least(attempts, 20))))
WHERE stage = :stage AND form_id = :form_id AND school_code = :school_code AND period = :period
"""


def list_waiting(connection: sa.Connection, now: dt.datetime) -> list[sa.Row]:
    """(stage, ready, delayed, oldest since, most attempts, reason) of every stage with marks."""
    return connection.execute(
        sa.text(
            "SELECT stage, count(*) FILTER (WHERE not_before <= :now) AS ready,"
            " count(*) FILTER (WHERE not_before > :now) AS delayed, min(since) AS since,"
            " max(attempts) AS attempts, max(reason) AS reason"
            " FROM ops.due GROUP BY stage ORDER BY stage"
        ),
        {"now": now},
    ).all()
