"""Where the mirror of each form stands, and the lock that makes one writer a form."""

import datetime as dt

import orjson
import sqlalchemy as sa


def wait_for_form(connection: sa.Connection, central: str, project: int, form_id: str) -> None:
    """Become the one writer of a form until the transaction ends, after any other has ended.

    The lock is taken inside the transaction that writes: a killed worker's child may live on.
    """
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"form/{central}/{project}/{form_id}"},
    )


def find_state(connection: sa.Connection, central: str, project: int, form_id: str) -> dict:
    """The state that the bridge goes on from, of the newest incarnation; {} before the first."""
    found = connection.execute(
        sa.text(
            "SELECT sync_state.state FROM ops.sync_state JOIN raw.form USING (form_key)"
            " WHERE central = :central AND project = :project AND form_id = :form_id"
            " ORDER BY form_created_at DESC LIMIT 1"
        ),
        {"central": central, "project": project, "form_id": form_id},
    ).scalar_one_or_none()
    return found or {}


def save_state(
    connection: sa.Connection, form_key: int, state: dict, row_count: int, now: dt.datetime
) -> None:
    """Keep the bridge's state, in the transaction of the rows that it speaks of."""
    connection.execute(
        sa.text(
            "INSERT INTO ops.sync_state (form_key, state, probed_at, changed_at, row_count)"
            " VALUES (:form_key, CAST(:state AS jsonb), :now, :now, :row_count)"
            " ON CONFLICT (form_key) DO UPDATE SET state = excluded.state, probed_at = :now,"
            " changed_at = :now, row_count = excluded.row_count"
        ),
        {
            "form_key": form_key,
            "state": orjson.dumps(state).decode(),
            "row_count": row_count,
            "now": now,
        },
    )


def save_probe(connection: sa.Connection, form_key: int, state: dict, now: dt.datetime) -> None:
    """Nothing was new: only the time of the look changes."""
    connection.execute(
        sa.text(
            "UPDATE ops.sync_state SET probed_at = :now, state = CAST(:state AS jsonb)"
            " WHERE form_key = :form_key"
        ),
        {"form_key": form_key, "state": orjson.dumps(state).decode(), "now": now},
    )


def forget_states(connection: sa.Connection, form_id: str | None = None) -> None:
    """Let the next pull read everything anew."""
    connection.execute(
        sa.text(
            "UPDATE ops.sync_state SET state = '{}' FROM raw.form"
            " WHERE form.form_key = sync_state.form_key"
            " AND (CAST(:form_id AS text) IS NULL OR form_id = :form_id)"
        ),
        {"form_id": form_id},
    )
