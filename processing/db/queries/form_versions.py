"""Published versions of forms, with their definitions: raw.form_version."""

import datetime as dt

import orjson
import sqlalchemy as sa


def list_whole_versions(connection: sa.Connection, form_key: int) -> dict[str, str | None]:
    """Version → hash of those whose whole definition is here."""
    rows = connection.execute(
        sa.text(
            "SELECT version, hash FROM raw.form_version"
            " WHERE form_key = :form_key AND fetched_at IS NOT NULL"
        ),
        {"form_key": form_key},
    )
    return dict(rows.all())


def save_whole_version(
    connection: sa.Connection,
    form_key: int,
    *,
    version: str,
    version_hash: str,
    published_at: str | None,
    xform: str,
    fields: list[dict],
    now: dt.datetime,
) -> None:
    """Keep a version with its XForm and its fields."""
    connection.execute(
        sa.text(SAVE_SQL),
        {
            "form_key": form_key,
            "version": version,
            "hash": version_hash,
            "published_at": published_at,
            "xform": xform,
            "fields": orjson.dumps(fields).decode(),
            "now": now,
        },
    )


SAVE_SQL = """
INSERT INTO raw.form_version (form_key, version, hash, published_at, xform, fields, fetched_at)
VALUES (:form_key, :version, :hash, :published_at, :xform, CAST(:fields AS jsonb), :now)
ON CONFLICT (form_key, version) DO UPDATE
SET hash = excluded.hash, published_at = excluded.published_at, xform = excluded.xform,
    fields = excluded.fields, fetched_at = excluded.fetched_at
"""
