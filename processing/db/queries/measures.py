"""Measures of the pulls: each one that changed something, and counters that only grow."""

import datetime as dt

import sqlalchemy as sa

# Upper bounds in seconds; one more bucket holds what is later still.
LAG_BOUNDS_S = (1, 2, 3, 5, 10, 30, 60, 300, 3600, 86400)
ROW_TIME_SQL = "greatest(submission_date, updated_at, deleted_at)"
MAX_LAG = "interval '1 day'"


def save_pull(
    connection: sa.Connection,
    form_key: int,
    started_at: dt.datetime,
    *,
    is_full: bool,
    seen: int,
    added: int,
    changed: int,
    purged: int,
    requests: int,
    byte_count: int,
    seconds: float,
) -> None:
    """Keep the measures of a pull, in its transaction. Its rows bear started_at as landed_at."""
    values = {
        "form_key": form_key,
        "started_at": started_at,
        "is_full": is_full,
        "seen": seen,
        "added": added,
        "changed": changed,
        "purged": purged,
        "requests": requests,
        "bytes": byte_count,
        "seconds": seconds,
        "is_idle": not (added or changed or purged),
        "bounds": list(LAG_BOUNDS_S),
        "zeros": [0] * (len(LAG_BOUNDS_S) + 1),
    }
    if not values["is_idle"] or is_full:
        connection.execute(sa.text(PULL_SQL), values)
    connection.execute(sa.text(TOTAL_SQL), values)
    if not is_full and not values["is_idle"]:
        connection.execute(sa.text(LAG_SQL), values)


PULL_SQL = """
INSERT INTO ops.pull (form_key, started_at, finished_at, is_full, row_count, added, changed, purged,
  request_count, byte_count)
VALUES (:form_key, :started_at, clock_timestamp(), :is_full, :seen, :added, :changed, :purged,
  :requests, :bytes)
"""
TOTAL_SQL = """
INSERT INTO ops.sync_total AS t (form_key, pull_count, idle_count, full_count, row_count,
  request_count, byte_count, seconds, lag_buckets, since)
VALUES (:form_key, 1, CAST(:is_idle AS integer), CAST(:is_full AS integer),
  CAST(:added AS bigint) + :changed + :purged, :requests, :bytes, :seconds, :zeros, :started_at)
ON CONFLICT (form_key) DO UPDATE
SET pull_count = t.pull_count + 1, idle_count = t.idle_count + excluded.idle_count,
    full_count = t.full_count + excluded.full_count, row_count = t.row_count + excluded.row_count,
    request_count = t.request_count + excluded.request_count,
    byte_count = t.byte_count + excluded.byte_count, seconds = t.seconds + excluded.seconds
"""
LAG_SQL = f"""
WITH lag AS (
  SELECT greatest(extract(epoch FROM clock_timestamp() - {ROW_TIME_SQL}), 0) AS seconds
  FROM raw.submission
  WHERE form_key = :form_key AND landed_at = :started_at
    AND {ROW_TIME_SQL} > CAST(:started_at AS timestamptz) - {MAX_LAG}
), bucket AS (
  SELECT place, count(seconds) AS rows FROM generate_series(0, cardinality(CAST(:bounds AS int[])))
    AS place LEFT JOIN lag ON place = width_bucket(
      CAST(seconds AS double precision), CAST(:bounds AS double precision[]))
  GROUP BY place
)
UPDATE ops.sync_total SET
  lag_count = lag_count + (SELECT count(*) FROM lag),
  lag_seconds = lag_seconds + (SELECT coalesce(sum(seconds), 0) FROM lag),
  lag_buckets = (SELECT array_agg(lag_buckets[place + 1] + rows ORDER BY place) FROM bucket)
WHERE form_key = :form_key
"""


def add_traffic(
    connection: sa.Connection, form_key: int, *, requests: int, byte_count: int
) -> None:
    """Add what was asked about a form outside of its pulls; nothing where it was never pulled."""
    connection.execute(
        sa.text(
            "UPDATE ops.sync_total SET request_count = request_count + :requests,"
            " byte_count = byte_count + :bytes WHERE form_key = :form_key"
        ),
        {"form_key": form_key, "requests": requests, "bytes": byte_count},
    )


def prune_pulls(connection: sa.Connection, before: dt.datetime) -> int:
    """Forget pulls that ended before a moment; the counters keep what they were."""
    statement = sa.text("DELETE FROM ops.pull WHERE finished_at < :before")
    return connection.execute(statement, {"before": before}).rowcount
