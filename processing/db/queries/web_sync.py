"""How the mirror stands, for the sync page and /metrics: a row a form, waiting work, faults.

Out: rows as mappings. Counts, times and reasons; nothing here holds an answer or a name.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from processing.db.queries.measures import MAX_LAG, ROW_TIME_SQL
from processing.db.queries.web_names import list_rows

LAG_OVER = timedelta(days=1)
MIRROR_STAGES = (
    "find_forms", "pull", "verify", "reconcile", "late", "reread", "attachments", "entities",
    "comments", "people", "form_versions",
)  # fmt: skip


def list_form_sync(connection: sa.Connection) -> list:
    """Each form as Central has it, else its newest: rows, sync, last comparison, counters."""
    return list_rows(connection, FORM_SYNC_SQL)


FORM_SYNC_SQL = """
SELECT DISTINCT ON (form.form_id) form.form_key, form.form_id, form.state, form.current_version,
  rows.*, sync.probed_at, sync.changed_at, sync.reconciled_at, sync.central_count,
  sync.mirror_count, sync.difference_count, sync.differences, sync.is_deep,
  sync.unverified_count,
  CAST(sync.state ->> 'cold_every_s' AS double precision) AS old_rows_every_s,
  CAST(sync.state ->> 'hot_every_s' AS double precision) AS new_rows_every_s,
  CAST(sync.state ->> 'cold_proved_at' AS timestamptz) AS old_rows_proved_at,
  total.pull_count, total.idle_count, total.full_count, total.row_count AS changed_row_count,
  total.request_count, total.byte_count, total.seconds, total.lag_count, total.lag_seconds,
  total.lag_buckets, total.since
FROM raw.form
  LEFT JOIN ops.sync_state AS sync USING (form_key)
  LEFT JOIN ops.sync_total AS total USING (form_key)
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE deleted_at IS NULL AND purged_at IS NULL) AS live_count,
      count(*) FILTER (WHERE deleted_at IS NOT NULL AND purged_at IS NULL) AS deleted_count,
      count(*) FILTER (WHERE purged_at IS NOT NULL) AS purged_count,
      count(*) FILTER (WHERE verified_at IS NULL AND deleted_at IS NULL AND purged_at IS NULL)
        AS unverified_count_now
    FROM raw.submission s WHERE s.form_key = form.form_key) AS rows
ORDER BY form.form_id, form.state = 'gone', form.form_created_at DESC
"""


def list_lags(connection: sa.Connection, now: datetime) -> dict[int, tuple]:
    """form_key → (rows, median, 95th percentile) of the lag in seconds over the last day.

    From Central's time of a row to the moment before our commit; rows of whole readings and
    restores, to which Central gives no time, are left out.
    """
    rows = list_rows(connection, LAG_SQL, {"since": now - LAG_OVER})
    return {row["form_key"]: (row["rows"], row["p50"], row["p95"]) for row in rows}


LAG_SQL = f"""
SELECT form_key, count(*) AS rows,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) AS p50,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY lag) AS p95
FROM (
  SELECT p.form_key, greatest(extract(epoch FROM p.finished_at - {ROW_TIME_SQL}), 0) AS lag
  FROM ops.pull p JOIN raw.submission s ON s.form_key = p.form_key AND s.landed_at = p.started_at
  WHERE NOT p.is_full AND p.finished_at >= :since AND {ROW_TIME_SQL} > p.started_at - {MAX_LAG}
) AS landed
GROUP BY form_key
"""


def list_traffic(connection: sa.Connection, now: datetime) -> dict[int, tuple]:
    """form_key → (pulls that changed something, bytes they took) over the last day."""
    rows = list_rows(
        connection,
        "SELECT form_key, count(*) AS pulls, sum(byte_count) AS bytes FROM ops.pull"
        " WHERE finished_at >= :since GROUP BY form_key",
        {"since": now - LAG_OVER},
    )
    return {row["form_key"]: (row["pulls"], row["bytes"]) for row in rows}


def list_waiting(connection: sa.Connection) -> list:
    """By form: late rows, and files that are here, wanted, not at Central yet, or refused."""
    return list_rows(connection, WAITING_SQL)


WAITING_SQL = """
SELECT form.form_key, form.form_id, coalesce(late_count, 0) AS late_count, late_since,
  coalesce(stored_count, 0) AS stored_count, coalesce(stored_bytes, 0) AS stored_bytes,
  coalesce(wanted_count, 0) AS wanted_count, coalesce(absent_count, 0) AS absent_count,
  coalesce(refused_count, 0) AS refused_count
FROM raw.form
  LEFT JOIN (SELECT form_key, count(*) AS late_count, min(since) AS late_since
             FROM ops.late_row GROUP BY form_key) late USING (form_key)
  LEFT JOIN (SELECT form_key, count(sha256) AS stored_count, sum(byte_count) AS stored_bytes,
               count(*) FILTER (WHERE is_present AND sha256 IS NULL AND NOT is_refused)
                 AS wanted_count,
               count(*) FILTER (WHERE NOT is_present AND sha256 IS NULL) AS absent_count,
               count(*) FILTER (WHERE is_refused) AS refused_count
             FROM raw.attachment WHERE is_listed GROUP BY form_key) files USING (form_key)
WHERE late_count IS NOT NULL OR stored_count IS NOT NULL
ORDER BY form_id, form_key
"""


def list_faults(connection: sa.Connection) -> list:
    """What failed and will be tried again, with its reason; files and XML that did not come."""
    return list_rows(connection, FAULTS_SQL, {"stages": list(MIRROR_STAGES)})


FAULTS_SQL = """
SELECT stage, form_id, attempts, since, not_before AS next_at, reason
FROM ops.due WHERE attempts > 0 AND stage = ANY(:stages)
UNION ALL
SELECT 'attachments', form_id, max(attempts), min(checked_at), min(next_at),
  reason || CASE WHEN count(*) > 1 THEN ' (' || count(*) || ')' ELSE '' END
FROM raw.attachment JOIN raw.form USING (form_key) WHERE reason IS NOT NULL AND attempts > 0
GROUP BY form_id, reason
UNION ALL
SELECT 'verify', form_id, max(attempts), min(since), min(next_at),
  reason || CASE WHEN count(*) > 1 THEN ' (' || count(*) || ')' ELSE '' END
FROM ops.xml_trouble JOIN raw.form USING (form_key) WHERE state <> 'gone'
GROUP BY form_id, reason
ORDER BY 1, 2, 4
"""


def list_entity_lists(connection: sa.Connection) -> list:
    """The entity lists that are mirrored."""
    return list_rows(
        connection,
        "SELECT name, is_gone, row_count, probed_at, changed_at FROM raw.entity_list ORDER BY name",
    )


def list_due_counts(connection: sa.Connection, now: datetime) -> list:
    """By stage: slices that can start now, and those that wait after a failure."""
    return list_rows(
        connection,
        "SELECT stage, count(*) FILTER (WHERE not_before <= :now) AS ready_count,"
        " count(*) FILTER (WHERE not_before > :now) AS delayed_count FROM ops.due GROUP BY stage",
        {"now": now},
    )
