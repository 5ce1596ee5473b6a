"""The log of each filling, a row an event: raw.client_audit."""

import orjson
import sqlalchemy as sa


def clear_client_audit(
    connection: sa.Connection, form_key: int, instance_id: str, version_id: str
) -> None:
    """Make way for the log of one version of a submission."""
    connection.execute(
        sa.text(
            "DELETE FROM raw.client_audit WHERE form_key = :form_key"
            " AND instance_id = :instance_id AND version_id = :version_id"
        ),
        {"form_key": form_key, "instance_id": instance_id, "version_id": version_id},
    )


def add_client_audit(
    connection: sa.Connection, form_key: int, instance_id: str, version_id: str, rows: list[dict]
) -> int:
    """Append events. rows: columns of raw.client_audit but for its key's first three."""
    connection.execute(
        sa.text(ADD_SQL),
        {
            "form_key": form_key,
            "instance_id": instance_id,
            "version_id": version_id,
            "rows": orjson.dumps(rows).decode(),
        },
    )
    return len(rows)


ADD_SQL = """
INSERT INTO raw.client_audit (form_key, instance_id, version_id, position, event, node, field_path,
  start_at, end_at, latitude, longitude, accuracy_m, old_value, new_value, user_name,
  change_reason, remainder)
SELECT :form_key, :instance_id, :version_id, position, event, node, field_path, start_at, end_at,
  latitude, longitude, accuracy_m, old_value, new_value, user_name, change_reason,
  nullif(remainder, '{}')
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (position integer, event text, node text,
  field_path text, start_at timestamptz, end_at timestamptz, latitude double precision,
  longitude double precision, accuracy_m double precision, old_value text, new_value text,
  user_name text, change_reason text, remainder jsonb)
"""
