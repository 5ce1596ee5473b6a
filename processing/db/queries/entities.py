"""Entity lists of Central in `raw`: lists, entities, versions, conflicts."""

import datetime as dt
from collections.abc import Iterable

import orjson
import sqlalchemy as sa

BATCH_ROWS = 2000


def count_lists(connection: sa.Connection, central: str, project: int) -> int:
    """The lists of a project that are followed."""
    return connection.execute(
        sa.text(
            "SELECT count(*) FROM raw.entity_list WHERE central = :central AND project = :project"
            " AND NOT is_gone"
        ),
        {"central": central, "project": project},
    ).scalar_one()


def find_list(connection: sa.Connection, central: str, project: int, name: str) -> sa.Row | None:
    """(list_key, etag, is_gone, properties) of a list that is mirrored."""
    return connection.execute(
        sa.text(
            "SELECT list_key, etag, is_gone, properties FROM raw.entity_list"
            " WHERE central = :central AND project = :project AND name = :name"
        ),
        {"central": central, "project": project, "name": name},
    ).one_or_none()


def save_list(
    connection: sa.Connection,
    central: str,
    project: int,
    name: str,
    properties: Iterable[str],
    is_approval_required: bool,
    now: dt.datetime,
) -> int:
    """Add or renew a list; returns its list_key."""
    return connection.execute(
        sa.text(LIST_SQL),
        {
            "central": central,
            "project": project,
            "name": name,
            "properties": list(properties),
            "approval": is_approval_required,
            "now": now,
        },
    ).scalar_one()


LIST_SQL = """
INSERT INTO raw.entity_list (central, project, name, properties, is_approval_required,
  first_seen_at)
VALUES (:central, :project, :name, :properties, :approval, :now)
ON CONFLICT (central, project, name) DO UPDATE
SET properties = excluded.properties, is_approval_required = excluded.is_approval_required,
    is_gone = false
RETURNING list_key
"""


def save_probe(connection: sa.Connection, list_key: int, now: dt.datetime) -> None:
    """The list was asked after and has not changed."""
    connection.execute(
        sa.text("UPDATE raw.entity_list SET probed_at = :now WHERE list_key = :list_key"),
        {"list_key": list_key, "now": now},
    )


def save_gone_lists(
    connection: sa.Connection, central: str, project: int, names: Iterable[str]
) -> None:
    """Central has no lists but `names`; what was mirrored of the others stays."""
    connection.execute(
        sa.text(
            "UPDATE raw.entity_list SET is_gone = true, etag = NULL WHERE central = :central"
            " AND project = :project AND name <> ALL(:names)"
        ),
        {"central": central, "project": project, "names": list(names)},
    )


def begin_entities(connection: sa.Connection) -> None:
    """An empty place, in this transaction, for the entities that Central sends."""
    connection.execute(sa.text(ARRIVED_TABLE_SQL))


ARRIVED_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS entity_arrived (
  uuid text PRIMARY KEY, version integer, label text, data jsonb, created_at timestamptz,
  updated_at timestamptz, deleted_at timestamptz, creator_id integer, conflict text
) ON COMMIT DROP;
TRUNCATE entity_arrived
"""


def add_entities(connection: sa.Connection, rows: list[dict]) -> None:
    """Entities as Central sends them: the columns of `entity_arrived`."""
    connection.execute(
        sa.text(
            "INSERT INTO entity_arrived SELECT * FROM"
            " jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (uuid text, version integer,"
            " label text, data jsonb, created_at timestamptz, updated_at timestamptz,"
            " deleted_at timestamptz, creator_id integer, conflict text)"
        ),
        {"rows": orjson.dumps(rows).decode().replace("\\u0000", "\\ufffd")},
    )


def land_entities(
    connection: sa.Connection, list_key: int, etag: str | None, now: dt.datetime
) -> tuple[int, int]:
    """Make the list equal to what has arrived: (how many changed, how many have gone).

    Those that Central lists no more, not even as deleted ones, become tombstones; one that is
    lifted leaves its times in raw.entity_restore.
    """
    values = {"list_key": list_key, "now": now, "etag": etag}
    connection.execute(sa.text(SAVE_RESTORES_SQL), values)
    changed = connection.execute(sa.text(LAND_SQL), values).rowcount
    gone = connection.execute(sa.text(GONE_SQL), values).rowcount
    connection.execute(sa.text(LANDED_LIST_SQL), values)
    return changed, gone


SAVE_RESTORES_SQL = """
INSERT INTO raw.entity_restore (list_key, uuid, deleted_at, gone_at, restored_at)
SELECT e.list_key, e.uuid, e.deleted_at, e.gone_at, :now
FROM entity_arrived a JOIN raw.entity e ON e.list_key = :list_key AND e.uuid = a.uuid
WHERE e.gone_at IS NOT NULL
  OR (e.deleted_at IS NOT NULL AND e.deleted_at IS DISTINCT FROM a.deleted_at)
ON CONFLICT DO NOTHING
"""

LAND_SQL = """
INSERT INTO raw.entity AS e (list_key, uuid, version, label, data, created_at, updated_at,
  deleted_at, creator_id, conflict, landed_at)
SELECT :list_key, uuid, version, label, data, created_at, updated_at, deleted_at, creator_id,
  conflict, :now
FROM entity_arrived
ON CONFLICT (list_key, uuid) DO UPDATE
SET version = excluded.version, label = excluded.label, data = excluded.data,
    created_at = excluded.created_at, updated_at = excluded.updated_at,
    deleted_at = excluded.deleted_at, gone_at = NULL, creator_id = excluded.creator_id,
    conflict = excluded.conflict, landed_at = excluded.landed_at
WHERE e.gone_at IS NOT NULL
  OR (e.version, e.label, e.data, e.created_at, e.updated_at, e.deleted_at, e.creator_id,
      e.conflict)
     IS DISTINCT FROM (excluded.version, excluded.label, excluded.data, excluded.created_at,
      excluded.updated_at, excluded.deleted_at, excluded.creator_id, excluded.conflict)
"""
GONE_SQL = """
UPDATE raw.entity e SET gone_at = :now
WHERE list_key = :list_key AND gone_at IS NULL
  AND NOT EXISTS (SELECT FROM entity_arrived a WHERE a.uuid = e.uuid)
"""
LANDED_LIST_SQL = """
UPDATE raw.entity_list SET etag = :etag, probed_at = :now, changed_at = :now,
  row_count = (SELECT count(*) FROM raw.entity e WHERE e.list_key = :list_key
               AND gone_at IS NULL AND deleted_at IS NULL)
WHERE list_key = :list_key
"""


def list_without_versions(
    connection: sa.Connection, list_key: int, limit: int, *, with_first: bool
) -> list[str]:
    """Live entities with versions, or a new conflict, that are not here yet.

    with_first: also those with one version alone, since OData did not show all their values.
    """
    rows = connection.execute(
        sa.text(VERSIONLESS_SQL),
        {"list_key": list_key, "limit": limit, "least": 1 if with_first else 2},
    )
    return list(rows.scalars())


VERSIONLESS_SQL = """
SELECT e.uuid FROM raw.entity e
WHERE e.list_key = :list_key AND e.gone_at IS NULL AND e.deleted_at IS NULL
  AND e.version >= :least
  AND NOT EXISTS (SELECT FROM raw.entity_version v
                  WHERE (v.list_key, v.uuid, v.version) = (e.list_key, e.uuid, e.version))
ORDER BY e.landed_at, e.uuid LIMIT :limit
"""


def save_versions(
    connection: sa.Connection, list_key: int, rows: list[dict], now: dt.datetime
) -> None:
    """Keep versions of entities; what Central says of a conflict later replaces what it said."""
    if not rows:
        return
    connection.execute(
        sa.text(VERSION_SQL),
        [row | {"list_key": list_key, "now": now} for row in map(_plain, rows)],
    )


def save_next_versions(
    connection: sa.Connection, list_key: int, rows: list[dict], now: dt.datetime
) -> list[str]:
    """Keep versions, as save_versions does, of which the one before is here; the ids of these."""
    kept: list[str] = []
    for start in range(0, len(rows), BATCH_ROWS):
        batch = orjson.dumps(rows[start : start + BATCH_ROWS]).decode()
        values = {"list_key": list_key, "now": now, "rows": batch}
        kept += connection.execute(sa.text(NEXT_VERSIONS_SQL), values).scalars()
    return kept


def _plain(row: dict) -> dict:
    texts = {name: orjson.dumps(row[name]).decode() for name in ("data", "data_received", "source")}
    return row | texts | {"conflicting_properties": list(row["conflicting_properties"])}


VERSION_SQL = """
INSERT INTO raw.entity_version (list_key, uuid, version, label, data, data_received, base_version,
  conflict, conflicting_properties, creator_id, source, version_created_at, fetched_at)
VALUES (:list_key, :uuid, :version, :label, CAST(:data AS jsonb), CAST(:data_received AS jsonb),
  :base_version, :conflict, :conflicting_properties, :creator_id, CAST(:source AS jsonb),
  :created_at, :now)
ON CONFLICT (list_key, uuid, version) DO UPDATE
SET conflict = excluded.conflict, conflicting_properties = excluded.conflicting_properties
"""


NEXT_VERSIONS_SQL = """
INSERT INTO raw.entity_version (list_key, uuid, version, label, data, data_received, base_version,
  conflict, conflicting_properties, creator_id, source, version_created_at, fetched_at)
SELECT :list_key, r.uuid, r.version, r.label, r.data, r.data_received, r.base_version, r.conflict,
  r.conflicting_properties, r.creator_id, r.source, r.created_at, :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (uuid text, version integer, label text,
  data jsonb, data_received jsonb, base_version integer, conflict text,
  conflicting_properties text[], creator_id integer, source jsonb, created_at timestamptz)
WHERE EXISTS (SELECT FROM raw.entity_version v
              WHERE (v.list_key, v.uuid, v.version) = (:list_key, r.uuid, r.version - 1))
ON CONFLICT DO NOTHING
RETURNING uuid
"""


def save_true_data(connection: sa.Connection, list_key: int) -> None:
    """Take values from the versions, where OData shows two properties as one."""
    connection.execute(
        sa.text(
            "UPDATE raw.entity e SET data = v.data FROM raw.entity_version v"
            " WHERE e.list_key = :list_key"
            " AND (v.list_key, v.uuid, v.version) = (e.list_key, e.uuid, e.version)"
        ),
        {"list_key": list_key},
    )


def find_uuids(
    connection: sa.Connection, central: str, project: int, name: str, key: str, codes: list[str]
) -> dict[str, str]:
    """Code -> uuid of the mirrored entities of a list that are there now."""
    rows = connection.execute(
        sa.text(UUIDS_SQL),
        {"central": central, "project": project, "name": name, "key": key, "codes": codes},
    )
    return dict(tuple(row) for row in rows)


UUIDS_SQL = """
SELECT e.data ->> :key, e.uuid
FROM raw.entity e JOIN raw.entity_list l USING (list_key)
WHERE l.central = :central AND l.project = :project AND l.name = :name
  AND e.deleted_at IS NULL AND e.gone_at IS NULL AND e.data ->> :key = ANY(:codes)
"""
