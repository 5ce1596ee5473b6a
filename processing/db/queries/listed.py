"""What tablets' lists hold by our doing, row by row, so that only what has changed is sent."""

import hashlib
import json
from collections.abc import Iterable, Mapping

import sqlalchemy as sa


def content_hash(row: Mapping[str, str]) -> str:
    """The same for the same row, in whatever order its properties stand."""
    text = json.dumps(dict(row), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def list_listed(
    connection: sa.Connection, central: str, project: int, name: str, schools: Iterable[str]
) -> dict[str, str]:
    """Code -> hash of what the list holds of these schools."""
    rows = connection.execute(
        sa.text(f"SELECT code, content_hash {OF_LIST} AND school_code = ANY(:schools)"),
        _place(central, project, name) | {"schools": list(schools)},
    )
    return dict(tuple(row) for row in rows)


def replace_listed(
    connection: sa.Connection, central: str, project: int, name: str, key: str, rows: Iterable
) -> None:
    """The list at Central has just been made equal to these rows."""
    connection.execute(sa.text(f"DELETE {OF_LIST}"), _place(central, project, name))
    save_listed(connection, central, project, name, key, rows)


def save_listed(
    connection: sa.Connection, central: str, project: int, name: str, key: str, rows: Iterable
) -> None:
    """Central holds these rows of the list now. key: the property that names a row."""
    given = [
        {"code": row[key], "school_code": row["school_code"], "content_hash": content_hash(row)}
        for row in rows
    ]
    connection.execute(
        sa.text(SAVE_SQL), _place(central, project, name) | {"rows": json.dumps(given)}
    )


def drop_listed(
    connection: sa.Connection, central: str, project: int, name: str, codes: Iterable[str]
) -> None:
    """The list holds them no more."""
    connection.execute(
        sa.text(f"DELETE {OF_LIST} AND code = ANY(:codes)"),
        _place(central, project, name) | {"codes": list(codes)},
    )


def _place(central: str, project: int, name: str) -> dict:
    return {"central": central, "project": project, "name": name}


OF_LIST = """FROM ops.listed_entity
WHERE central = :central AND project = :project AND list_name = :name"""

SAVE_SQL = """
INSERT INTO ops.listed_entity (central, project, list_name, code, school_code, content_hash)
SELECT :central, :project, :name, g.code, g.school_code, g.content_hash
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS g(code text, school_code text, content_hash text)
ON CONFLICT (central, project, list_name, code)
DO UPDATE SET school_code = excluded.school_code, content_hash = excluded.content_hash
"""
