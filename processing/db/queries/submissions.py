"""Submissions in `raw`: the feed's latest rendering, the XML of every version, tombstones."""

import datetime as dt

import sqlalchemy as sa

from config.forms import load_catalogue
from processing.db.queries.copying import copy_lines
from processing.db.queries.due import mark_due
from processing.db.queries.survey import quoted
from processing.db.slices import UNASSIGNED, Slice

# Of the code of a round; nothing that is longer is one.
PERIOD_LENGTH = 64
SUBMISSION_COLUMNS = (
    "form_key",
    "instance_id",
    "odata_sha256",
    "submission_date",
    "updated_at",
    "deleted_at",
    "review_state",
    "submitter_id",
    "submitter_name",
    "device_id",
    "edits",
    "form_version",
    "status",
    "current_version_id",
    "attachments_present",
    "attachments_expected",
    "school_code",
    "period",
    "landed_at",
    "odata",
)


def list_landed(
    connection: sa.Connection, form_key: int, instance_ids: list[str] | None = None
) -> dict[str, bytes]:
    """SHA-256 of the rendering of each mirrored submission, by id; empty for a purged one.

    instance_ids: of these alone.
    """
    rows = connection.execute(
        sa.text(
            "SELECT instance_id, CASE WHEN purged_at IS NULL THEN odata_sha256 ELSE '' END"
            " FROM raw.submission WHERE form_key = :form_key"
            + (" AND instance_id = ANY(:ids)" if instance_ids is not None else "")
        ),
        {"form_key": form_key, "ids": instance_ids},
    )
    return {instance_id: bytes(digest) for instance_id, digest in rows}


def has_submissions(connection: sa.Connection, form_key: int) -> bool:
    """Is anything of the form mirrored, purged rows included?"""
    return connection.execute(
        sa.text("SELECT EXISTS (SELECT FROM raw.submission WHERE form_key = :form_key)"),
        {"form_key": form_key},
    ).scalar_one()


def begin_seen(connection: sa.Connection) -> None:
    """An empty list, in this transaction, of the submissions that Central has sent."""
    connection.execute(
        sa.text(
            "CREATE TEMPORARY TABLE IF NOT EXISTS submission_seen (instance_id text)"
            " ON COMMIT DROP; TRUNCATE submission_seen"
        )
    )


def note_seen(connection: sa.Connection, lines: list[str]) -> None:
    """Add submissions to that list; a line is an id in COPY's format."""
    copy_lines(connection, "submission_seen", ("instance_id",), lines)


def list_unseen(connection: sa.Connection, form_key: int) -> list[str]:
    """Mirrored submissions, not purged, that Central has not sent since `begin_seen`."""
    rows = connection.execute(
        sa.text(
            "SELECT instance_id FROM raw.submission s WHERE form_key = :form_key"
            " AND purged_at IS NULL AND NOT EXISTS"
            " (SELECT FROM submission_seen e WHERE e.instance_id = s.instance_id)"
        ),
        {"form_key": form_key},
    )
    return list(rows.scalars())


def add_submissions(connection: sa.Connection, lines: list[bytes]) -> int:
    """COPY new submissions; the lines follow SUBMISSION_COLUMNS."""
    return copy_lines(connection, "raw.submission", SUBMISSION_COLUMNS, lines)


def renew_submissions(connection: sa.Connection, lines: list[bytes]) -> int:
    """Replace the rendering of submissions that are known, or come back after a purge.

    A tombstone that is lifted leaves its times in raw.submission_restore.
    """
    connection.execute(sa.text(CHANGED_TABLE_SQL))
    copy_lines(connection, "submission_changed", SUBMISSION_COLUMNS, lines)
    connection.execute(sa.text(SAVE_RESTORES_SQL))
    connection.execute(sa.text(RENEW_SQL))
    return len(lines)


CHANGED_TABLE_SQL = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS submission_changed ON COMMIT DROP AS
SELECT {", ".join(SUBMISSION_COLUMNS)} FROM raw.submission WITH NO DATA;
TRUNCATE submission_changed
"""
# One that was deleted at another time than we knew had been restored in between.
SAVE_RESTORES_SQL = """
INSERT INTO raw.submission_restore (form_key, instance_id, deleted_at, purged_at, restored_at)
SELECT s.form_key, s.instance_id, s.deleted_at, s.purged_at, c.landed_at
FROM submission_changed c JOIN raw.submission s USING (form_key, instance_id)
WHERE s.purged_at IS NOT NULL
  OR (s.deleted_at IS NOT NULL AND s.deleted_at IS DISTINCT FROM c.deleted_at)
ON CONFLICT DO NOTHING
"""
_KEY = ("form_key", "instance_id")
_SET = ", ".join(f"{name} = excluded.{name}" for name in SUBMISSION_COLUMNS if name not in _KEY)
RENEW_SQL = f"""
INSERT INTO raw.submission ({", ".join(SUBMISSION_COLUMNS)}) SELECT * FROM submission_changed
ON CONFLICT (form_key, instance_id) DO UPDATE SET {_SET}, purged_at = NULL, verified_at = NULL
"""


def save_purges(
    connection: sa.Connection, form_key: int, instance_ids: list[str], now: dt.datetime
) -> int:
    """Turn submissions that Central no longer holds into tombstones; returns how many were not."""
    found = connection.execute(
        sa.text(
            "UPDATE raw.submission SET purged_at = :now"
            " WHERE form_key = :form_key AND instance_id = ANY(:ids) AND purged_at IS NULL"
        ),
        {"form_key": form_key, "ids": instance_ids, "now": now},
    )
    return found.rowcount


def list_slices_of(
    connection: sa.Connection, form_key: int, instance_ids: list[str]
) -> set[tuple[str, str]]:
    """(school_code or '', period) of these submissions as they are mirrored now."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT coalesce(school_code, ''), period FROM raw.submission"
            " WHERE form_key = :form_key AND instance_id = ANY(:ids)"
        ),
        {"form_key": form_key, "ids": instance_ids},
    )
    return {(school, period) for school, period in rows}


def list_known_schools(connection: sa.Connection, school_codes: list[str]) -> set[str]:
    """Those of the school codes that the registry has ever held."""
    rows = connection.execute(
        sa.text("SELECT school_code FROM emis.school_history WHERE school_code = ANY(:codes)"),
        {"codes": school_codes},
    )
    return set(rows.scalars())


def list_without_xml(
    connection: sa.Connection, form_key: int, limit: int, now: dt.datetime
) -> list[sa.Row]:
    """(instance_id, edits, attempts) of submissions whose current XML is to be fetched now.

    Oldest first; one that did not come waits for its time. attempts: how often it did not come.
    """
    return connection.execute(
        sa.text(WITHOUT_XML_SQL), {"form_key": form_key, "limit": limit, "now": now}
    ).all()


WITHOUT_XML_SQL = """
SELECT instance_id, edits, coalesce(t.attempts, 0) AS attempts
FROM raw.submission s LEFT JOIN ops.xml_trouble t USING (form_key, instance_id)
WHERE form_key = :form_key AND verified_at IS NULL AND purged_at IS NULL AND deleted_at IS NULL
  AND (t.next_at IS NULL OR t.next_at <= :now)
  AND NOT EXISTS (SELECT FROM raw.submission_version v
    WHERE v.form_key = s.form_key AND v.instance_id = s.instance_id
      AND v.version_id = s.current_version_id)
ORDER BY submission_date LIMIT :limit
"""


def save_versions(connection: sa.Connection, rows: list[dict]) -> None:
    """Keep the XML of versions; one that is there already is never changed but for is_current."""
    if rows:
        connection.execute(sa.text(SAVE_VERSION_SQL), rows)


SAVE_VERSION_SQL = """
INSERT INTO raw.submission_version (form_key, instance_id, version_id, version_number, is_current,
  form_version, xml, xml_sha256, version_created_at, fetched_at)
VALUES (:form_key, :instance_id, :version_id, :version_number, :is_current, :form_version,
  :xml, sha256(:xml), :created_at, :now)
ON CONFLICT (form_key, instance_id, version_id) DO UPDATE SET is_current = excluded.is_current
"""


def list_unverified(
    connection: sa.Connection, form_key: int, limit: int, instance_ids: list[str] | None = None
) -> list[sa.Row]:
    """Rows whose current XML is here and was not yet compared: rendering, XML, system fields."""
    return connection.execute(
        sa.text(
            "SELECT instance_id, odata, xml, school_code, period, submission_date, updated_at,"
            " deleted_at, review_state, s.form_version"
            " FROM raw.submission s JOIN raw.submission_version v USING (form_key, instance_id)"
            " WHERE form_key = :form_key AND verified_at IS NULL AND purged_at IS NULL"
            " AND version_id = current_version_id"
            " AND (CAST(:ids AS text[]) IS NULL OR instance_id = ANY(:ids))"
            " LIMIT :limit"
        ),
        {"form_key": form_key, "limit": limit, "ids": instance_ids},
    ).all()


def save_verified(
    connection: sa.Connection, form_key: int, instance_ids: list[str], now: dt.datetime
) -> None:
    """The typed rows of these submissions agree with their XML."""
    connection.execute(
        sa.text(
            "UPDATE raw.submission SET verified_at = :now"
            " WHERE form_key = :form_key AND instance_id = ANY(:ids)"
        ),
        {"form_key": form_key, "ids": instance_ids, "now": now},
    )


def reassign_slices(connection: sa.Connection, now: dt.datetime, form_id: str | None = None) -> int:
    """Give unassigned submissions the school that the registry has learned of since.

    form_id: of this form alone. Returns how many; they are due to be validated in the slice that
    they leave and the new one.
    """
    count = 0
    for form_key, found_id, table, column in _list_columns(connection, "school_path", form_id):
        statement = sa.text(REASSIGN_SQL.format(table=quoted(table), column=quoted(column)))
        rows = connection.execute(statement, {"form_key": form_key}).all()
        periods = {(row.school_code, row.period) for row in rows}
        slices = {Slice(found_id, school, period) for school, period in periods}
        slices |= {Slice(found_id, UNASSIGNED, period) for _, period in periods}
        mark_due(connection, "validate", slices, now)
        count += len(rows)
    return count


REASSIGN_SQL = """
WITH found AS (
  SELECT t.instance_id, btrim(t.{column}) AS school_code
  FROM survey.{table} t
  WHERE t.form_key = :form_key AND t._school_code IS NULL AND btrim(t.{column})
    IN (SELECT school_code FROM emis.school_history)
), typed AS (
  UPDATE survey.{table} t SET _school_code = found.school_code FROM found
  WHERE t.form_key = :form_key AND t.instance_id = found.instance_id
)
UPDATE raw.submission s SET school_code = found.school_code FROM found
WHERE s.form_key = :form_key AND s.instance_id = found.instance_id
RETURNING s.school_code, s.period
"""


def fill_periods(connection: sa.Connection, form_id: str) -> set[Slice]:
    """Give submissions without a round the one that they answered; the slices that have them now.

    They arrived before the catalogue said which question of the form names it.
    """
    slices = set()
    for form_key, _, table, column in _list_columns(connection, "period_path", form_id):
        statement = FILL_PERIODS_SQL.format(table=quoted(table), column=quoted(column))
        values = {"form_key": form_key, "longest": PERIOD_LENGTH}
        rows = connection.execute(sa.text(statement), values)
        slices |= {Slice(form_id, row.school_code or UNASSIGNED, row.period) for row in rows}
    return slices


FILL_PERIODS_SQL = """
WITH found AS (
  SELECT t.instance_id, left(btrim(CAST(t.{column} AS text)), :longest) AS period
  FROM survey.{table} t
  WHERE t.form_key = :form_key AND t._period = '' AND btrim(CAST(t.{column} AS text)) <> ''
), typed AS (
  UPDATE survey.{table} t SET _period = found.period FROM found
  WHERE t.form_key = :form_key AND t.instance_id = found.instance_id
)
UPDATE raw.submission s SET period = found.period FROM found
WHERE s.form_key = :form_key AND s.instance_id = found.instance_id
RETURNING s.school_code, s.period
"""


def _list_columns(
    connection: sa.Connection, question: str, form_id: str | None = None
) -> list[tuple[int, str, str, str]]:
    """(form_key, form_id, table, column) of a question that the catalogue names by its path."""
    rows = connection.execute(
        sa.text(
            "SELECT form_key, form_id, path, table_name, column_names[1] AS column_name"
            " FROM raw.form_field JOIN raw.form USING (form_key) WHERE column_names <> '{}'"
        )
    )
    paths = {form_id: getattr(entry, question) for form_id, entry in load_catalogue().items()}
    return [
        (row.form_key, row.form_id, row.table_name, row.column_name)
        for row in rows
        if paths.get(row.form_id) == row.path and form_id in (None, row.form_id)
    ]


def count_submissions(connection: sa.Connection, form_key: int) -> sa.Row:
    """(live, deleted, purged, verified, without_xml) of a form."""
    return connection.execute(
        sa.text(
            "SELECT count(*) FILTER (WHERE deleted_at IS NULL AND purged_at IS NULL) AS live,"
            " count(*) FILTER (WHERE deleted_at IS NOT NULL AND purged_at IS NULL) AS deleted,"
            " count(*) FILTER (WHERE purged_at IS NOT NULL) AS purged,"
            " count(*) FILTER (WHERE verified_at IS NOT NULL) AS verified"
            " FROM raw.submission WHERE form_key = :form_key"
        ),
        {"form_key": form_key},
    ).one()


def list_renderings(connection: sa.Connection, form_key: int, after: str, limit: int):
    """(instance_id, odata, xml or None, … system fields) in the order of ids, for a rebuild."""
    return connection.execute(
        sa.text(
            "SELECT s.*, v.xml FROM raw.submission s LEFT JOIN raw.submission_version v"
            "  ON v.form_key = s.form_key AND v.instance_id = s.instance_id"
            "  AND v.version_id = s.current_version_id"
            " WHERE s.form_key = :form_key AND s.instance_id > :after"
            " ORDER BY s.instance_id LIMIT :limit"
        ),
        {"form_key": form_key, "after": after, "limit": limit},
    ).all()
