"""Entities in conflict, as the mirror holds them, and what officers chose.

In: a scope. Out: rows of `raw.entity` with their versions; choices. Promised: a choice speaks of
one version, and is sent once. An entity whose conflict is chosen about is not listed until the
mirror has seen it again.

Beside those that Central marks there are those of which somebody else than EMIS has changed a
property last: what lands their versions keeps them in quality.entity_edit. Whether it still differs
from the registry, processing.feedback.edits tells.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from processing.db.queries.registry import list_codes
from processing.db.queries.web_scope import Scope

STAGE = "resolve_conflicts"


def list_conflicts(connection: sa.Connection, scope: Scope) -> list[sa.RowMapping]:
    """Those of the scope that wait for a person: of its schools, for the nation every one."""
    return _list(connection, scope, "e.conflict IS NOT NULL")


def list_edited(connection: sa.Connection, scope: Scope) -> list[sa.RowMapping]:
    """Those of the scope that Central does not mark and somebody else has changed last."""
    return _list(connection, scope, IS_EDITED)


def _list(connection: sa.Connection, scope: Scope, which: str) -> list[sa.RowMapping]:
    statement = f"{CONFLICTS_SQL} AND {which} AND {_holds(scope)} ORDER BY l.name, e.label, e.uuid"
    return list(connection.execute(sa.text(statement), scope.parameters).mappings())


def find_own_accounts(connection: sa.Connection, central: str, project: int) -> set[int]:
    """The accounts of Central with which we have written lists."""
    found = connection.execute(
        sa.text(
            "SELECT actor_id FROM ops.own_account WHERE central = :central AND project = :project"
        ),
        {"central": central, "project": project},
    )
    return set(found.scalars())


def is_own_login(connection: sa.Connection, central: str, project: int, login: str) -> bool:
    """Is the account of this login known?"""
    return connection.execute(
        sa.text(
            "SELECT EXISTS (SELECT FROM ops.own_account"
            " WHERE (central, project, login) = (:central, :project, :login))"
        ),
        {"central": central, "project": project, "login": login},
    ).scalar_one()


def save_own_account(
    connection: sa.Connection,
    central: str,
    project: int,
    actor_id: int,
    login: str,
    now: datetime,
) -> None:
    values = {"central": central, "project": project, "actor_id": actor_id, "login": login}
    connection.execute(sa.text(SAVE_OWN_SQL), values | {"now": now})


def find_settled(
    connection: sa.Connection, central: str, project: int, name: str, uuid: str
) -> tuple[int, bool]:
    """(the newest version that was chosen about and sent, is there a choice to be sent)."""
    values = {"central": central, "project": project, "name": name, "uuid": uuid}
    return tuple(connection.execute(sa.text(SETTLED_SQL), values).one())


def save_edits(
    connection: sa.Connection, list_key: int, edits: Mapping[str, bool], now: datetime
) -> None:
    """edits: of entities whose versions have landed, has somebody else changed one last?"""
    values = {"list_key": list_key, "now": now}
    edited = {"uuids": [uuid for uuid, is_edited in edits.items() if is_edited]}
    settled = {"uuids": [uuid for uuid, is_edited in edits.items() if not is_edited]}
    connection.execute(sa.text(SAVE_EDITS_SQL), values | edited)
    connection.execute(sa.text(DROP_EDITS_SQL), values | settled)


def find_conflict(
    connection: sa.Connection, scope: Scope, list_key: int, uuid: str
) -> sa.RowMapping | None:
    statement = (
        f"{CONFLICTS_SQL} AND (e.conflict IS NOT NULL OR {IS_EDITED}) AND {_holds(scope)}"
        " AND e.list_key = :list_key AND e.uuid = :uuid"
    )
    parameters = {"list_key": list_key, "uuid": uuid} | scope.parameters
    return connection.execute(sa.text(statement), parameters).mappings().one_or_none()


def list_versions(
    connection: sa.Connection, entities: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], list[sa.RowMapping]]:
    """(list_key, uuid) -> the versions that are here since the last choice that was sent, the
    oldest first, each with the holder of the tablet it is of.
    """
    wanted = list(dict.fromkeys(entities))
    keys, uuids = [key for key, _ in wanted], [uuid for _, uuid in wanted]
    found: dict[tuple[int, str], list[sa.RowMapping]] = {each: [] for each in wanted}
    rows = connection.execute(sa.text(VERSIONS_SQL), {"keys": keys, "uuids": uuids})
    for row in rows.mappings():
        found[row["list_key"], row["uuid"]].append(row)
    return found


def find_versions(
    connection: sa.Connection, central: str, project: int, name: str, uuid: str
) -> list[sa.RowMapping]:
    """The same of an entity of a list, named as Central names it."""
    key = connection.execute(
        sa.text(
            "SELECT list_key FROM raw.entity_list"
            " WHERE (central, project, name) = (:central, :project, :name)"
        ),
        {"central": central, "project": project, "name": name},
    ).scalar_one_or_none()
    return [] if key is None else list_versions(connection, [(key, uuid)])[key, uuid]


def add_choice(
    connection: sa.Connection,
    conflict: Mapping,
    chosen: Mapping[str, str],
    name: str,
    now: datetime,
) -> bool:
    """False where somebody has chosen about this version already."""
    return bool(
        connection.execute(
            sa.text(ADD_SQL),
            {
                "list_key": conflict["list_key"], "uuid": conflict["uuid"],
                "version": conflict["version"], "chosen": json.dumps(dict(chosen)),
                "name": name, "now": now,
            },
        ).rowcount
    )  # fmt: skip


def has_pending(connection: sa.Connection, central: str, project: int) -> bool:
    return connection.execute(
        sa.text(f"SELECT EXISTS (SELECT {PENDING_SQL})"), {"central": central, "project": project}
    ).scalar_one()


def take_pending(
    connection: sa.Connection, central: str, project: int, limit: int
) -> list[sa.RowMapping]:
    """Choices to be sent, held until the end of the transaction; the oldest first."""
    values = {"central": central, "project": project, "limit": limit}
    return list(connection.execute(sa.text(TAKE_SQL), values).mappings())


def save_outcome(
    connection: sa.Connection, choice_id: int, outcome: str, fault: str | None, now: datetime
) -> None:
    connection.execute(
        sa.text(
            "UPDATE quality.entity_choice SET outcome = :outcome, fault = :fault, ended_at = :now"
            " WHERE choice_id = :choice_id"
        ),
        {"choice_id": choice_id, "outcome": outcome, "fault": fault, "now": now},
    )


def find_codes(connection: sa.Connection) -> dict[str, set[str]]:
    """The codes that a school's entity may name: areas (districts), directorates, buildings."""
    districts = "SELECT area_code FROM emis.area WHERE area_level = 'district'"
    return {
        "areas": set(connection.execute(sa.text(districts)).scalars()),
        "directorates": list_codes(connection, "directorate"),
        "buildings": list_codes(connection, "building"),
    }


def _holds(scope: Scope) -> str:
    return "true" if scope.level == "nation" else f"({scope.holds('school')})"


IS_EDITED = """e.conflict IS NULL AND (e.list_key, e.uuid) IN (
    SELECT x.list_key, x.uuid FROM quality.entity_edit x)"""

CONFLICTS_SQL = """
SELECT e.list_key, l.central, l.project, l.name AS list_name, e.uuid, e.version, e.label, e.data,
  e.conflict,
  e.data ->> 'school_code' AS school_code, last.fault,
  (SELECT max(v.version_created_at) FROM raw.entity_version v
    WHERE v.list_key = e.list_key AND v.uuid = e.uuid
      AND (v.conflict IS NOT NULL OR e.conflict IS NULL)) AS since
FROM raw.entity e
JOIN raw.entity_list l USING (list_key)
LEFT JOIN emis.school ON school.school_code = e.data ->> 'school_code'
LEFT JOIN LATERAL (SELECT c.outcome, c.fault FROM quality.entity_choice c
  WHERE (c.list_key, c.uuid, c.version) = (e.list_key, e.uuid, e.version)
  ORDER BY c.choice_id DESC LIMIT 1) last ON true
WHERE e.deleted_at IS NULL AND e.gone_at IS NULL AND NOT l.is_gone
  AND NOT EXISTS (SELECT FROM quality.entity_choice c
    WHERE (c.list_key, c.uuid, c.version) = (e.list_key, e.uuid, e.version)
      AND (c.outcome IS NULL OR c.outcome = 'resolved'
        OR (c.outcome = 'overtaken' AND e.conflict IS NOT NULL)))"""

SAVE_OWN_SQL = """
INSERT INTO ops.own_account (central, project, actor_id, login, seen_at)
VALUES (:central, :project, :actor_id, :login, :now)
ON CONFLICT (central, project, actor_id) DO UPDATE SET login = excluded.login
WHERE own_account.login IS DISTINCT FROM excluded.login
"""

SETTLED_SQL = """
SELECT coalesce(max(c.version) FILTER (WHERE c.outcome = 'resolved'), 0),
  count(*) FILTER (WHERE c.outcome IS NULL) > 0
FROM quality.entity_choice c JOIN raw.entity_list l USING (list_key)
WHERE (l.central, l.project, l.name, c.uuid) = (:central, :project, :name, :uuid)
"""

SAVE_EDITS_SQL = """
INSERT INTO quality.entity_edit (list_key, uuid, found_at)
SELECT :list_key, uuid, :now FROM unnest(CAST(:uuids AS text[])) AS edited (uuid)
ON CONFLICT DO NOTHING
"""

DROP_EDITS_SQL = """
DELETE FROM quality.entity_edit WHERE list_key = :list_key AND uuid = ANY(:uuids)
"""

VERSIONS_SQL = """
SELECT v.list_key, v.uuid, v.version, v.label, v.data, v.data_received, v.base_version, v.conflict,
  v.conflicting_properties, v.creator_id, v.version_created_at, d.holder_kind, d.holder_code
FROM unnest(CAST(:keys AS integer[]), CAST(:uuids AS text[])) AS wanted (list_key, uuid)
JOIN raw.entity_version v USING (list_key, uuid) JOIN raw.entity_list l USING (list_key)
LEFT JOIN ops.device d
  ON (d.central, d.project, d.actor_id) = (l.central, l.project, v.creator_id)
WHERE v.version > coalesce((SELECT max(c.version) FROM quality.entity_choice c
    WHERE c.list_key = v.list_key AND c.uuid = v.uuid AND c.outcome = 'resolved'), 0)
ORDER BY v.list_key, v.uuid, v.version
"""

ADD_SQL = """
INSERT INTO quality.entity_choice (list_key, uuid, version, chosen, name, chosen_at)
VALUES (:list_key, :uuid, :version, CAST(:chosen AS jsonb), :name, :now)
ON CONFLICT DO NOTHING
"""

PENDING_SQL = """
FROM quality.entity_choice c JOIN raw.entity_list l USING (list_key)
WHERE c.outcome IS NULL AND l.central = :central AND l.project = :project
"""

TAKE_SQL = f"""
SELECT c.choice_id, c.list_key, c.uuid, c.version, c.chosen, c.name, l.central, l.project,
  l.name AS list_name,
  e.label, e.data, e.conflict
{PENDING_SQL.replace("WHERE", "JOIN raw.entity e USING (list_key, uuid) WHERE")}
ORDER BY c.choice_id LIMIT :limit FOR UPDATE OF c SKIP LOCKED
"""
