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


def try_form(connection: sa.Connection, central: str, project: int, form_id: str) -> bool:
    """As wait_for_form, but False where there is another writer."""
    return connection.execute(
        sa.text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"form/{central}/{project}/{form_id}"},
    ).scalar_one()


def take_stream_place(connection: sa.Connection, central: str, place: int) -> None:
    """Wait for one of the places for streams of a Central; held until the session ends."""
    connection.execute(
        sa.text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"),
        {"name": f"stream/{central}/{place}"},
    )


def try_stream_place(connection: sa.Connection, central: str, place: int) -> bool:
    """As take_stream_place, but False where it is taken."""
    return connection.execute(
        sa.text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"),
        {"name": f"stream/{central}/{place}"},
    ).scalar_one()


def find_state(connection: sa.Connection, central: str, project: int, form_id: str) -> dict:
    """The state that the bridge goes on from; {} before the first.

    Of several incarnations that of the one which Central has, else of the newest.
    """
    found = connection.execute(
        sa.text(
            "SELECT sync_state.state FROM ops.sync_state JOIN raw.form USING (form_key)"
            " WHERE central = :central AND project = :project AND form_id = :form_id"
            " ORDER BY form.state = 'gone', form_created_at DESC LIMIT 1"
        ),
        {"central": central, "project": project, "form_id": form_id},
    ).scalar_one_or_none()
    return found or {}


def save_state(connection: sa.Connection, form_key: int, state: dict, now: dt.datetime) -> None:
    """Keep the bridge's state, in the transaction of the rows that it speaks of."""
    connection.execute(
        sa.text(
            "INSERT INTO ops.sync_state (form_key, state, probed_at, changed_at)"
            " VALUES (:form_key, CAST(:state AS jsonb), :now, :now)"
            " ON CONFLICT (form_key) DO UPDATE SET state = excluded.state, probed_at = :now,"
            " changed_at = :now"
        ),
        {"form_key": form_key, "state": orjson.dumps(state).decode(), "now": now},
    )


def save_row_count(connection: sa.Connection, form_key: int, row_count: int) -> None:
    """How many submissions Central holds of the form, deleted ones too, by a full pull."""
    connection.execute(
        sa.text("UPDATE ops.sync_state SET row_count = :row_count WHERE form_key = :form_key"),
        {"form_key": form_key, "row_count": row_count},
    )


def add_to_row_count(connection: sa.Connection, form_key: int, growth: int) -> None:
    """The same, by what a pull has added and taken away."""
    connection.execute(
        sa.text(
            "UPDATE ops.sync_state SET row_count = row_count + :growth WHERE form_key = :form_key"
        ),
        {"form_key": form_key, "growth": growth},
    )


def count_forms(connection: sa.Connection, central: str, project: int) -> int:
    """The forms of a project that are followed."""
    return connection.execute(
        sa.text(
            "SELECT count(*) FROM raw.form WHERE central = :central AND project = :project"
            " AND state <> 'gone'"
        ),
        {"central": central, "project": project},
    ).scalar_one()


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
