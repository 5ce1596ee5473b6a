"""Entities in conflict, as the mirror holds them, and what officers chose.

In: a scope. Out: rows of `raw.entity` with their versions; choices. Promised: a choice speaks of
one version, and is sent once. An entity whose conflict is chosen about is not listed until the
mirror has seen it again.

Beside those that Central marks there are schools that somebody else has changed last and that the
registry holds otherwise: which values that somebody changed, processing.feedback.edits tells.
"""

import json
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from processing.db.queries.registry import list_codes
from processing.db.queries.web_scope import Scope

STAGE = "resolve_conflicts"
# The list whose changes at Central without a conflict are looked at as well, and what the registry
# says of its properties.
EDITED_LIST = "schools"
REGISTRY_VALUES = {
    "district": "school.area_code",
    "directorate": "school.directorate_code",
    "ministry": "school.ministry_code",
    "level": "school.level_code",
    "sex": "school.sex_code",
    "lowest_grade": "school.lowest_grade",
    "highest_grade": "school.highest_grade",
    "building_code": "school.building_code",
    "building_role": "school.building_role_code",
    "latitude": "to_char(b.latitude, 'FM990.000000')",
    "longitude": "to_char(b.longitude, 'FM990.000000')",
}


def list_conflicts(connection: sa.Connection, scope: Scope) -> list[sa.RowMapping]:
    """Those of the scope that wait for a person: of its schools, for the nation every one."""
    statement = (
        f"{CONFLICTS_SQL} AND e.conflict IS NOT NULL AND {_holds(scope)}"
        " ORDER BY l.name, e.label, e.uuid"
    )
    return list(connection.execute(sa.text(statement), scope.parameters).mappings())


def list_changed_by_others(connection: sa.Connection, scope: Scope) -> list[sa.RowMapping]:
    """The open schools that Central does not mark, somebody else has changed last, and the registry
    holds otherwise.
    """
    statement = f"{CONFLICTS_SQL} AND {OTHERS_SQL} AND {_holds(scope)} ORDER BY e.label, e.uuid"
    return list(connection.execute(sa.text(statement), scope.parameters).mappings())


def find_own_accounts(connection: sa.Connection, central: str, project: int) -> set[int]:
    """The account of Central that has made most of the schools' list: it is ours."""
    values = {"central": central, "project": project, "name": EDITED_LIST}
    found = connection.execute(
        sa.text(
            f"SELECT ({OWN_SQL}) FROM raw.entity_list l"
            " WHERE l.central = :central AND l.project = :project AND l.name = :name"
        ),
        values,
    ).scalar_one_or_none()
    return set() if found is None else {found}


def find_conflict(
    connection: sa.Connection, scope: Scope, list_key: int, uuid: str
) -> sa.RowMapping | None:
    statement = (
        f"{CONFLICTS_SQL} AND (e.conflict IS NOT NULL OR {OTHERS_SQL}) AND {_holds(scope)}"
        " AND e.list_key = :list_key AND e.uuid = :uuid"
    )
    parameters = {"list_key": list_key, "uuid": uuid} | scope.parameters
    return connection.execute(sa.text(statement), parameters).mappings().one_or_none()


def list_versions(connection: sa.Connection, list_key: int, uuid: str) -> list[sa.RowMapping]:
    """The versions that are here, the oldest first, each with the holder of the tablet it is of."""
    return list(
        connection.execute(sa.text(VERSIONS_SQL), {"list_key": list_key, "uuid": uuid}).mappings()
    )


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


# Versions are here of those entities that have several.
OWN_SQL = """
SELECT mode() WITHIN GROUP (ORDER BY v.creator_id) FROM raw.entity_version v
WHERE v.list_key = l.list_key AND v.version = 1 AND NOT EXISTS (SELECT FROM ops.device d
  WHERE (d.central, d.project, d.actor_id) = (l.central, l.project, v.creator_id))"""

OTHERS_SQL = f"""
(e.conflict IS NULL AND e.version > 1 AND l.name = '{EDITED_LIST}' AND school.is_open
  AND EXISTS (SELECT FROM emis.building b
    WHERE b.building_code = school.building_code
      AND (e.label, {", ".join(f"coalesce(e.data ->> '{name}', '')" for name in REGISTRY_VALUES)})
       <> (school.name_ar,
           {", ".join(f"coalesce({value}::text, '')" for value in REGISTRY_VALUES.values())}))
  AND EXISTS (SELECT FROM raw.entity_version v
    WHERE (v.list_key, v.uuid, v.version) = (e.list_key, e.uuid, e.version)
      AND v.creator_id IS DISTINCT FROM
        (SELECT own.account FROM own WHERE own.list_key = e.list_key)))"""

CONFLICTS_SQL = f"""
WITH own AS MATERIALIZED (
  SELECT l.list_key, ({OWN_SQL}) AS account FROM raw.entity_list l WHERE l.name = '{EDITED_LIST}')
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

VERSIONS_SQL = """
SELECT v.version, v.label, v.data, v.data_received, v.base_version, v.conflict,
  v.conflicting_properties, v.creator_id, v.version_created_at, d.holder_kind, d.holder_code
FROM raw.entity_version v JOIN raw.entity_list l USING (list_key)
LEFT JOIN ops.device d
  ON (d.central, d.project, d.actor_id) = (l.central, l.project, v.creator_id)
WHERE v.list_key = :list_key AND v.uuid = :uuid
  AND v.version > coalesce((SELECT max(c.version) FROM quality.entity_choice c
    WHERE c.list_key = v.list_key AND c.uuid = v.uuid AND c.outcome = 'resolved'), 0)
ORDER BY v.version
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
SELECT c.choice_id, c.list_key, c.uuid, c.version, c.chosen, c.name, l.name AS list_name,
  e.label, e.data, e.conflict
{PENDING_SQL.replace("WHERE", "JOIN raw.entity e USING (list_key, uuid) WHERE")}
ORDER BY c.choice_id LIMIT :limit FOR UPDATE OF c SKIP LOCKED
"""
