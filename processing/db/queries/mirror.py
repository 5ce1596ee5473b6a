"""What a pull asks of the mirror: which submissions it holds on either side of a watermark.

Purged submissions are not held. A watermark is a moment as Central writes it.
"""

from collections.abc import Iterable
from itertools import islice

import sqlalchemy as sa

from processing.db.queries.copying import copy_lines

CHUNK_LINES = 5000
INDEX_COLUMNS = (
    "instance_id",
    "submission_date",
    "updated_at",
    "deleted_at",
    "review_state",
    "version_id",
)
# The expression of the index submission_latest; GREATEST passes over nulls.
LATEST = "greatest(submission_date, updated_at, deleted_at)"
CENTRALS_TIME = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def list_since(connection: sa.Connection, form_key: int, watermark: str) -> dict[str, str]:
    """Submissions with any time at the watermark or after it: id to submission date."""
    rows = connection.execute(
        sa.text(
            f"SELECT instance_id, {CENTRALS_TIME.format('submission_date')} FROM raw.submission"
            f" WHERE form_key = :form_key AND {LATEST} >= CAST(:watermark AS timestamptz)"
            " AND purged_at IS NULL"
        ),
        {"form_key": form_key, "watermark": watermark},
    )
    return dict(rows.all())


def count_before(connection: sa.Connection, form_key: int, watermark: str) -> int:
    """Submissions whose times are all before the watermark."""
    return connection.execute(
        sa.text(
            "SELECT count(*) FROM raw.submission WHERE form_key = :form_key"
            f" AND {LATEST} < CAST(:watermark AS timestamptz) AND purged_at IS NULL"
        ),
        {"form_key": form_key, "watermark": watermark},
    ).scalar_one()


def fill_index(connection: sa.Connection, lines: Iterable[str]) -> int:
    """COPY Central's list into a table of this transaction; the lines follow INDEX_COLUMNS."""
    connection.execute(sa.text(INDEX_TABLE_SQL))
    lines, count = iter(lines), 0
    while chunk := list(islice(lines, CHUNK_LINES)):
        count += copy_lines(connection, "central_index", INDEX_COLUMNS, chunk)
    connection.execute(sa.text("ANALYZE central_index"))
    return count


def list_stale(
    connection: sa.Connection, form_key: int, watermark: str
) -> list[tuple[str, str, bool]]:
    """(id, submission date, is it known) of what Central lists before the watermark otherwise."""
    rows = connection.execute(sa.text(STALE_SQL), {"form_key": form_key, "watermark": watermark})
    return [tuple(row) for row in rows]


def list_unlisted(connection: sa.Connection, form_key: int, watermark: str) -> dict[str, str]:
    """Submissions before the watermark that Central does not list: id to submission date."""
    rows = connection.execute(sa.text(UNLISTED_SQL), {"form_key": form_key, "watermark": watermark})
    return dict(rows.all())


INDEX_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS central_index (
  instance_id text, submission_date timestamptz, updated_at timestamptz, deleted_at timestamptz,
  review_state text, version_id text
) ON COMMIT DROP;
TRUNCATE central_index
"""

STALE_SQL = f"""
SELECT e.instance_id, {CENTRALS_TIME.format("e.submission_date")}, s.instance_id IS NOT NULL
FROM central_index e LEFT JOIN raw.submission s
  ON s.form_key = :form_key AND s.instance_id = e.instance_id AND s.purged_at IS NULL
WHERE greatest(e.submission_date, e.updated_at, e.deleted_at) < CAST(:watermark AS timestamptz)
  AND (s.instance_id IS NULL
    OR (s.submission_date, s.updated_at, s.deleted_at, s.review_state, s.current_version_id)
    IS DISTINCT FROM
      (e.submission_date, e.updated_at, e.deleted_at, e.review_state, e.version_id))
"""

UNLISTED_SQL = f"""
SELECT s.instance_id, {CENTRALS_TIME.format("s.submission_date")}
FROM raw.submission s
WHERE s.form_key = :form_key AND s.purged_at IS NULL
  AND greatest(s.submission_date, s.updated_at, s.deleted_at) < CAST(:watermark AS timestamptz)
  AND NOT EXISTS (SELECT FROM central_index e WHERE e.instance_id = s.instance_id)
"""
