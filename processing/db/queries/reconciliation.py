"""The last comparison of each form's mirror with Central."""

import datetime as dt

import sqlalchemy as sa


def save_reconciliation(
    connection: sa.Connection,
    central: str,
    project: int,
    form_id: str,
    *,
    central_count: int,
    mirror_count: int,
    difference_count: int,
    now: dt.datetime,
) -> None:
    """Keep when the newest incarnation of a form was compared, and what came out."""
    connection.execute(
        sa.text(
            "UPDATE ops.sync_state SET reconciled_at = :now, central_count = :central_count,"
            " mirror_count = :mirror_count, difference_count = :difference_count"
            " WHERE form_key = (SELECT form_key FROM raw.form WHERE central = :central"
            "  AND project = :project AND form_id = :form_id"
            "  ORDER BY form_created_at DESC LIMIT 1)"
        ),
        {
            "central": central,
            "project": project,
            "form_id": form_id,
            "central_count": central_count,
            "mirror_count": mirror_count,
            "difference_count": difference_count,
            "now": now,
        },
    )
