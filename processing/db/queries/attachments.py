"""Files of submissions: which are named, which are here, what is to be fetched or asked next.

A form is one of a Central's project; those that are gone from Central are left alone, and so are
submissions that are deleted there: Central serves no file of either.
"""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

FIRST_WAIT_S, LAST_WAIT_S = 60, 24 * 3600
TRIES_BEFORE_REFUSAL = 3


def has_work(connection: sa.Connection, central: str, project: int, now: dt.datetime) -> bool:
    """Is there a list to be read, or a file to be fetched or asked after?"""
    return bool(
        list_unlisted(connection, central, project, 1)
        or list_wanted(connection, central, project, 1, now)
    )


def list_unlisted(
    connection: sa.Connection, central: str, project: int, limit: int
) -> list[sa.Row]:
    """Submissions whose list of files is to be read, those that have waited longest first."""
    return connection.execute(
        sa.text(UNLISTED_SQL), {"central": central, "project": project, "limit": limit}
    ).all()


SERVED_SQL = """
  JOIN raw.form f ON f.form_key = s.form_key
WHERE f.central = :central AND f.project = :project AND f.state <> 'gone'
  AND s.deleted_at IS NULL AND s.purged_at IS NULL
"""
UNLISTED_SQL = f"""
SELECT s.form_key, s.instance_id, s.current_version_id AS version_id, s.edits,
       s.attachments_present AS present, s.attachments_expected AS expected
FROM raw.submission s LEFT JOIN ops.attachment_list l USING (form_key, instance_id)
{SERVED_SQL}
  AND (s.attachments_expected > 0 OR s.attachments_present > 0 OR s.edits > 0)
  AND (l.instance_id IS NULL OR l.is_due
       OR (l.version_id, l.present, l.expected)
          IS DISTINCT FROM (s.current_version_id, s.attachments_present, s.attachments_expected))
ORDER BY l.listed_at NULLS FIRST, s.submission_date LIMIT :limit
"""


def save_list(
    connection: sa.Connection,
    submission: sa.Row,
    files: Iterable[tuple[str, str, bool]],
    now: dt.datetime,
    reason: str | None = None,
) -> None:
    """Keep what the versions of a submission name. files: (version_id, name, is_present).

    A file that has arrived or been cleared since is looked at; one that was refused is tried
    again, since something about the submission has changed. reason: why there is no list.
    """
    values = {**submission._asdict(), "now": now, "reason": reason}
    connection.execute(sa.text(LIST_READ_SQL), values)
    if reason is not None:
        return
    rows = list(files)
    names = {"versions": [row[0] for row in rows], "names": [row[1] for row in rows]}
    connection.execute(sa.text(UNNAMED_SQL), values | names)
    connection.execute(sa.text(NAMED_SQL), values | names | {"present": [row[2] for row in rows]})


LIST_READ_SQL = """
INSERT INTO ops.attachment_list (form_key, instance_id, version_id, present, expected, listed_at,
                                 reason)
VALUES (:form_key, :instance_id, :version_id, :present, :expected, :now, :reason)
ON CONFLICT (form_key, instance_id) DO UPDATE
SET version_id = excluded.version_id, present = excluded.present, expected = excluded.expected,
    listed_at = excluded.listed_at, is_due = false, reason = excluded.reason
"""
UNNAMED_SQL = """
UPDATE raw.attachment SET is_listed = false, next_at = NULL
WHERE form_key = :form_key AND instance_id = :instance_id AND is_listed
  AND (version_id, name) NOT IN (
    SELECT * FROM unnest(CAST(:versions AS text[]), CAST(:names AS text[])))
"""
NAMED_SQL = """
INSERT INTO raw.attachment (form_key, instance_id, version_id, name, is_present, next_at)
SELECT :form_key, :instance_id, version_id, name, is_present,
       CASE WHEN is_present THEN CAST(:now AS timestamptz) END
FROM unnest(CAST(:versions AS text[]), CAST(:names AS text[]), CAST(:present AS boolean[]))
  AS found (version_id, name, is_present)
ON CONFLICT (form_key, instance_id, version_id, name) DO UPDATE
SET is_present = excluded.is_present, is_listed = true, next_at = excluded.next_at,
    attempts = 0, is_refused = false, reason = NULL
"""


def list_wanted(
    connection: sa.Connection, central: str, project: int, limit: int, now: dt.datetime
) -> list[sa.Row]:
    """Files to be fetched or asked after now: those that never failed first."""
    return connection.execute(
        sa.text(WANTED_SQL), {"central": central, "project": project, "limit": limit, "now": now}
    ).all()


WANTED_SQL = f"""
SELECT a.form_key, a.instance_id, a.version_id, a.name, a.md5, a.sha256, a.attempts,
       a.version_id = s.current_version_id AS is_current, s.odata
FROM raw.attachment a JOIN raw.submission s USING (form_key, instance_id)
{SERVED_SQL}
  AND a.next_at <= :now AND NOT a.is_refused
ORDER BY a.attempts, a.next_at LIMIT :limit
"""


def save_content(
    connection: sa.Connection,
    wanted: sa.Row,
    *,
    md5: str,
    sha256: str,
    byte_count: int,
    media_type: str | None,
    now: dt.datetime,
) -> None:
    """A file is in the store. What it was before, if it has been replaced, is remembered."""
    values = {
        **_key(wanted),
        "md5": md5,
        "sha256": sha256,
        "bytes": byte_count,
        "type": media_type,
        "now": now,
    }
    connection.execute(sa.text(PAST_SQL), values)
    connection.execute(sa.text(CONTENT_SQL), values)


KEY_SQL = (
    "form_key = :form_key AND instance_id = :instance_id"
    " AND version_id = :version_id AND name = :name"
)
PAST_SQL = f"""
INSERT INTO raw.attachment_past (form_key, instance_id, version_id, name, sha256, md5, byte_count,
                                 fetched_at, replaced_at)
SELECT form_key, instance_id, version_id, name, sha256, md5, byte_count, fetched_at, :now
FROM raw.attachment WHERE {KEY_SQL} AND sha256 <> :sha256
ON CONFLICT DO NOTHING
"""
CONTENT_SQL = f"""
UPDATE raw.attachment
SET is_present = true, md5 = :md5, sha256 = :sha256, byte_count = :bytes, media_type = :type,
    fetched_at = :now, checked_at = :now, next_at = NULL, attempts = 0, is_refused = false,
    reason = NULL
WHERE {KEY_SQL}
"""


def save_unchanged(connection: sa.Connection, wanted: sa.Row, now: dt.datetime) -> None:
    """Central still has the same bytes."""
    connection.execute(
        sa.text(
            "UPDATE raw.attachment SET checked_at = :now, next_at = NULL, attempts = 0,"
            f" reason = NULL WHERE {KEY_SQL}"
        ),
        {**_key(wanted), "now": now},
    )


def save_absent(connection: sa.Connection, wanted: sa.Row, now: dt.datetime) -> None:
    """Central has the file no longer; what is in the store stays there."""
    connection.execute(
        sa.text(
            "UPDATE raw.attachment SET is_present = false, checked_at = :now, next_at = NULL"
            f" WHERE {KEY_SQL}"
        ),
        {**_key(wanted), "now": now},
    )


def save_failure(
    connection: sa.Connection,
    wanted: sa.Row,
    reason: str,
    now: dt.datetime,
    *,
    is_servers: bool,
    is_final: bool = False,
) -> None:
    """A file did not come: later each time, from a minute to a day.

    is_servers: Central broke down over it; after the third time it is not asked again, since
    each time can end a process of Central that others are using. is_final: never again.
    """
    connection.execute(
        sa.text(FAILURE_SQL),
        {
            **_key(wanted),
            "reason": reason[:500],
            "now": now,
            "first": FIRST_WAIT_S,
            "last": LAST_WAIT_S,
            "is_last": is_final or (is_servers and wanted.attempts + 1 >= TRIES_BEFORE_REFUSAL),
        },
    )


FAILURE_SQL = f"""
UPDATE raw.attachment
SET attempts = attempts + 1, reason = :reason, checked_at = :now, is_refused = :is_last,
    next_at = CASE WHEN NOT :is_last THEN CAST(:now AS timestamptz)
      + make_interval(secs => least(:last, :first * power(2, least(attempts, 20)))) END
WHERE {KEY_SQL}
"""


def order_check(connection: sa.Connection, central: str, project: int) -> int:
    """Have every list and every file asked after: a file that was replaced shows in nothing else.

    Returns how many submissions.
    """
    return connection.execute(
        sa.text(
            "UPDATE ops.attachment_list l SET is_due = true FROM raw.submission s"
            f"{SERVED_SQL} AND (l.form_key, l.instance_id) = (s.form_key, s.instance_id)"
        ),
        {"central": central, "project": project},
    ).rowcount


def order_again(connection: sa.Connection, central: str, project: int, now: dt.datetime) -> int:
    """Try again what was refused or waits after failures; returns how many files."""
    return connection.execute(
        sa.text(
            "UPDATE raw.attachment a SET next_at = :now, is_refused = false, attempts = 0"
            f" FROM raw.submission s {SERVED_SQL} AND a.is_listed AND a.is_present"
            " AND (a.form_key, a.instance_id) = (s.form_key, s.instance_id)"
            " AND (a.is_refused OR a.attempts > 0)"
        ),
        {"central": central, "project": project, "now": now},
    ).rowcount


def order_anew(
    connection: sa.Connection, form_key: int, sha256: Iterable[str], now: dt.datetime
) -> int:
    """Fetch these contents again, as after the store has lost them; returns how many files."""
    return connection.execute(
        sa.text(
            "UPDATE raw.attachment SET md5 = NULL, next_at = :now, is_refused = false"
            " WHERE form_key = :form_key AND sha256 = ANY(:hashes) AND is_present AND is_listed"
        ),
        {"form_key": form_key, "hashes": list(sha256), "now": now},
    ).rowcount


def list_stored(connection: sa.Connection, central: str, project: int) -> list[sa.Row]:
    """(form_key, sha256) of everything that the store should hold."""
    return connection.execute(
        sa.text(
            "SELECT DISTINCT a.form_key, a.sha256 FROM raw.attachment a JOIN raw.form USING"
            " (form_key) WHERE central = :central AND project = :project AND sha256 IS NOT NULL"
        ),
        {"central": central, "project": project},
    ).all()


def list_troubled(connection: sa.Connection, central: str, project: int) -> list[sa.Row]:
    """Files and lists that did not come, with their reasons: refused ones first."""
    return connection.execute(sa.text(TROUBLED_SQL), {"central": central, "project": project}).all()


TROUBLED_SQL = """
SELECT form_id, a.instance_id, a.name, a.is_refused, a.attempts, a.next_at, a.reason
FROM raw.attachment a JOIN raw.form USING (form_key)
WHERE central = :central AND project = :project AND a.attempts > 0
UNION ALL
SELECT form_id, l.instance_id, NULL, true, 0, NULL, l.reason
FROM ops.attachment_list l JOIN raw.form USING (form_key)
WHERE central = :central AND project = :project AND l.reason IS NOT NULL
ORDER BY 4 DESC, 1, 2, 3
"""


def _key(row: sa.Row) -> dict:
    return {name: getattr(row, name) for name in ("form_key", "instance_id", "version_id", "name")}
