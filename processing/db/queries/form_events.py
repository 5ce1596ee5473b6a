"""What has changed in forms: ops.form_event, and what is known of a form before it changes."""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa


def list_asked(connection: sa.Connection, form_key: int) -> dict[str, str]:
    """Path → kind of every field of the version that was published last."""
    rows = connection.execute(
        sa.text(
            "SELECT path, CASE WHEN is_select_multiple THEN 'select_multiple' ELSE kind END"
            " FROM raw.form_field WHERE form_key = :form_key AND is_current AND path <> ''"
            " ORDER BY position"
        ),
        {"form_key": form_key},
    )
    return dict(rows.all())


def list_offered(connection: sa.Connection, form_key: int) -> dict[str, set[str]]:
    """Path → codes of the choices that the version published last offers."""
    rows = connection.execute(
        sa.text(
            "SELECT path, array_agg(DISTINCT code) FROM raw.form_choice"
            " WHERE form_key = :form_key AND is_current GROUP BY path"
        ),
        {"form_key": form_key},
    )
    return {path: set(codes) for path, codes in rows}


def save_form_events(
    connection: sa.Connection, form_key: int, events: Iterable[tuple], now: dt.datetime
) -> None:
    """Keep events: (what, path, before, after)."""
    rows = [
        {"form_key": form_key, "at": now, "what": what, "path": path, "before": old, "after": new}
        for what, path, old, new in events
    ]
    if rows:
        connection.execute(sa.text(SAVE_SQL), rows)


SAVE_SQL = """
INSERT INTO ops.form_event (form_key, at, what, path, before, after)
VALUES (:form_key, :at, :what, :path, :before, :after)
"""


def list_newest_events(connection: sa.Connection, limit: int) -> list[sa.Row]:
    """(form_id, at, what, path, before, after), the newest first."""
    return connection.execute(
        sa.text(
            "SELECT form_id, at, what, path, before, after"
            " FROM ops.form_event JOIN raw.form USING (form_key)"
            " ORDER BY at DESC, event_id LIMIT :limit"
        ),
        {"limit": limit},
    ).all()
