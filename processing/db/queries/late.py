"""Late rows: submissions that wait for files or for their encrypted part.

Central gives no signal when these arrive, so they are read by id: after a minute at first, twice
as long each time nothing has come, after a day at last.
"""

import datetime as dt

import sqlalchemy as sa

FIRST_WAIT_S, LAST_WAIT_S = 60, 24 * 3600
LATE_SQL = (
    "(s.attachments_present < s.attachments_expected OR s.status = 'missingEncryptedFormData')"
    " AND s.deleted_at IS NULL AND s.purged_at IS NULL"
)
FORMS_SQL = (
    "JOIN raw.form f ON f.form_key = s.form_key"
    " AND f.central = :central AND f.project = :project AND f.state <> 'gone'"
)


def renew_late(connection: sa.Connection, central: str, project: int, now: dt.datetime) -> None:
    """Note the rows that wait since the last look, and let go of those that wait no more."""
    values = {"central": central, "project": project, "now": now, "first": FIRST_WAIT_S}
    connection.execute(sa.text(ARRIVED_SQL), values)
    connection.execute(sa.text(WAITING_SQL), values)


ARRIVED_SQL = f"""
DELETE FROM ops.late_row l USING raw.submission s {FORMS_SQL}
WHERE (s.form_key, s.instance_id) = (l.form_key, l.instance_id) AND ({LATE_SQL}) IS NOT TRUE
"""
WAITING_SQL = f"""
INSERT INTO ops.late_row (form_key, instance_id, since, next_at)
SELECT s.form_key, s.instance_id, :now, CAST(:now AS timestamptz) + make_interval(secs => :first)
FROM raw.submission s {FORMS_SQL}
WHERE {LATE_SQL} ON CONFLICT (form_key, instance_id) DO NOTHING
"""


def has_late_work(connection: sa.Connection, central: str, project: int, now: dt.datetime) -> bool:
    """Is a row to be read again now, or one that nobody has noted yet?"""
    return connection.execute(
        sa.text(WORK_SQL), {"central": central, "project": project, "now": now}
    ).scalar_one()


WORK_SQL = f"""
SELECT EXISTS (SELECT FROM ops.late_row s {FORMS_SQL} WHERE next_at <= :now)
  OR EXISTS (SELECT FROM raw.submission s {FORMS_SQL} WHERE {LATE_SQL} AND NOT EXISTS (
    SELECT FROM ops.late_row l
    WHERE (l.form_key, l.instance_id) = (s.form_key, s.instance_id)))
"""


def find_due_form(
    connection: sa.Connection, central: str, project: int, now: dt.datetime
) -> int | None:
    """The form_key of the row that has waited longest, if any is due."""
    return connection.execute(
        sa.text(
            f"SELECT s.form_key FROM ops.late_row s {FORMS_SQL}"
            " WHERE next_at <= :now ORDER BY next_at LIMIT 1"
        ),
        {"central": central, "project": project, "now": now},
    ).scalar_one_or_none()


def list_due_rows(
    connection: sa.Connection, form_key: int, limit: int, now: dt.datetime
) -> list[sa.Row]:
    """(instance_id, submission_date, attachments_present, status) of rows to be read again."""
    return connection.execute(
        sa.text(
            "SELECT instance_id, submission_date, attachments_present, status"
            " FROM ops.late_row JOIN raw.submission USING (form_key, instance_id)"
            " WHERE form_key = :form_key AND next_at <= :now ORDER BY next_at LIMIT :limit"
        ),
        {"form_key": form_key, "limit": limit, "now": now},
    ).all()


def put_off(
    connection: sa.Connection,
    form_key: int,
    instance_ids: list[str],
    moved: list[str],
    now: dt.datetime,
) -> None:
    """These were read again. moved: where something has come, the next look is soon."""
    connection.execute(
        sa.text(PUT_OFF_SQL),
        {
            "form_key": form_key,
            "ids": instance_ids,
            "moved": moved,
            "now": now,
            "first": FIRST_WAIT_S,
            "last": LAST_WAIT_S,
        },
    )


PUT_OFF_SQL = """
UPDATE ops.late_row l SET attempts = n.attempts,
  next_at = CAST(:now AS timestamptz)
    + make_interval(secs => least(:last, :first * power(2, least(n.attempts, 20))))
FROM (SELECT form_key, instance_id,
        CASE WHEN instance_id = ANY(:moved) THEN 0 ELSE attempts + 1 END AS attempts
      FROM ops.late_row WHERE form_key = :form_key AND instance_id = ANY(:ids)) n
WHERE (l.form_key, l.instance_id) = (n.form_key, n.instance_id)
"""


def list_unsignalled(connection: sa.Connection, form_key: int) -> list[sa.Row]:
    """What no ETag covers, of every row that Central has: for the nightly comparison."""
    return connection.execute(
        sa.text(
            "SELECT instance_id, submission_date, attachments_present, attachments_expected,"
            " status, submitter_name FROM raw.submission"
            " WHERE form_key = :form_key AND purged_at IS NULL"
        ),
        {"form_key": form_key},
    ).all()
