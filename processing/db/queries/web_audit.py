"""Entries of the audit trail that pages make: who signed in, looked, took away, changed what."""

import json
from datetime import datetime

import sqlalchemy as sa


def record(
    connection: sa.Connection, now: datetime, actor: str, action: str, subject: str, **detail
) -> None:
    """Append one entry. `detail` holds codes and counts, never an answer or a secret."""
    connection.execute(
        sa.text("""
            INSERT INTO ops.audit_trail (at, actor, action, subject, detail)
            VALUES (:now, :actor, :action, :subject, CAST(:detail AS jsonb))"""),
        {
            "now": now,
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": json.dumps(detail),
        },
    )
