"""Submissions whose XML Central did not serve: why, and when each is asked for again.

The first time may be anybody's fault, so the second comes at once; then after a minute, twice as
long each time, a day at last.
"""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from processing.db.queries.late import FIRST_WAIT_S, FORMS_SQL, LAST_WAIT_S


def save_trouble(
    connection: sa.Connection, form_key: int, failures: Mapping[str, str], now: dt.datetime
) -> None:
    """Note failures (instance id → reason); each waits longer than the time before."""
    rows = [
        {
            "form_key": form_key,
            "instance_id": instance_id,
            "reason": reason[:500],
            "now": now,
            "second": FIRST_WAIT_S,
            "last": LAST_WAIT_S,
        }
        for instance_id, reason in sorted(failures.items())
    ]
    if rows:
        connection.execute(sa.text(SAVE_SQL), rows)


SAVE_SQL = """
INSERT INTO ops.xml_trouble AS t (form_key, instance_id, since, next_at, reason)
VALUES (:form_key, :instance_id, :now, :now, :reason)
ON CONFLICT (form_key, instance_id) DO UPDATE SET attempts = t.attempts + 1,
  reason = excluded.reason, next_at = CAST(:now AS timestamptz)
    + make_interval(secs => least(:last, :second * power(2, least(t.attempts, 20) - 1)))
"""


def hurry_trouble(connection: sa.Connection, central: str, project: int, now: dt.datetime) -> None:
    """Each is to be asked for again now, however lately that was done."""
    connection.execute(
        sa.text(
            f"UPDATE ops.xml_trouble t SET next_at = :now FROM ops.xml_trouble s {FORMS_SQL}"
            " WHERE (t.form_key, t.instance_id) = (s.form_key, s.instance_id) AND t.next_at > :now"
        ),
        {"central": central, "project": project, "now": now},
    )


def clear_trouble(connection: sa.Connection, form_key: int, instance_ids: list[str]) -> None:
    """These have come, or Central has deleted them: nothing waits any more."""
    connection.execute(
        sa.text(
            "DELETE FROM ops.xml_trouble WHERE form_key = :form_key AND instance_id = ANY(:ids)"
        ),
        {"form_key": form_key, "ids": instance_ids},
    )


def list_due_forms(
    connection: sa.Connection, central: str, project: int, now: dt.datetime
) -> list[str]:
    """The ids of forms with an XML to be asked for again now."""
    rows = connection.execute(
        sa.text(
            f"SELECT DISTINCT f.form_id FROM ops.xml_trouble s {FORMS_SQL} WHERE next_at <= :now"
        ),
        {"central": central, "project": project, "now": now},
    )
    return sorted(rows.scalars())


def list_trouble(connection: sa.Connection, limit: int = 20) -> list[sa.Row]:
    """(form_id, instance_id, attempts, next_at, reason): what has been tried most, first."""
    return connection.execute(
        sa.text(
            "SELECT form_id, instance_id, attempts, next_at, reason FROM ops.xml_trouble"
            " JOIN raw.form USING (form_key)"
            " ORDER BY attempts DESC, form_id, instance_id LIMIT :limit"
        ),
        {"limit": limit},
    ).all()
