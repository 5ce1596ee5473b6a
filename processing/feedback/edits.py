"""Entities that wait for an officer's choice: those in conflict, and those edited at Central.

In: a scope. Out: rows of `processing.db.queries.entity_conflicts`, and the differences of each.
What the registry says is what the list would say now (processing.feedback.present); of a property
of which no page can tell that, what was written to Central last.
"""

from collections.abc import Container, Mapping, Sequence

import sqlalchemy as sa

from config.entity_lists import EMPTIED, LIST_PROPERTIES
from processing.db.queries import entity_conflicts, entity_homes
from processing.db.queries.web_scope import Scope
from processing.feedback.conflicts import (
    CAME,
    LABEL,
    Difference,
    find_differences,
    find_edits,
    find_own_values,
)
from processing.feedback.homes import ROUNDS, SCHOOLS, STAFF, FindReason, reason_finder
from processing.feedback.present import key_of, present_rows

# Of these lists an entity without a row is somebody else's.
OWN_ONLY = (SCHOOLS, ROUNDS)


def list_waiting(connection: sa.Connection, scope: Scope) -> list[Mapping]:
    """An edit waits since the first of its properties was changed."""
    edited = entity_conflicts.list_edited(connection, scope)
    told = differences_of(connection, edited)
    conflicts = entity_conflicts.list_conflicts(connection, scope)
    return [
        *conflicts,
        *(
            {**each, "since": _since(found)}
            for each, found in zip(edited, told, strict=True)
            if found
        ),
    ]


def find_waiting(
    connection: sa.Connection, scope: Scope, list_key: int, uuid: str
) -> tuple[Mapping, tuple[Difference, ...]] | None:
    """(the entity, its differences); None where nobody waits for a choice."""
    found = entity_conflicts.find_conflict(connection, scope, list_key, uuid)
    if found is None:
        return None
    (differences,) = differences_of(connection, [found])
    return (found, differences) if found["conflict"] or differences else None


def differences_of(
    connection: sa.Connection, entities: Sequence[Mapping]
) -> list[tuple[Difference, ...]]:
    """Of each entity, in their order."""
    keys = [(each["list_key"], each["uuid"]) for each in entities]
    versions = entity_conflicts.list_versions(connection, keys)
    places = {(each["central"], each["project"]) for each in entities}
    ours = {place: entity_conflicts.find_own_accounts(connection, *place) for place in places}
    rows = present_rows(connection, entities)
    returned = entity_homes.list_returned(
        connection, [key_of(each) for each in entities if each["list_name"] == STAFF]
    )
    return [
        _differences(
            each,
            versions[key],
            rows.get(each["list_name"], {}).get(key_of(each)),
            ours[each["central"], each["project"]],
            reason_finder(each["list_name"], key_of(each) in returned),
        )
        for each, key in zip(entities, keys, strict=True)
    ]


def read_emptied(list_name: str, registry: Mapping[str, str], data: Mapping) -> dict[str, str]:
    """The row with what a tablet's answer has emptied: that is no change of somebody else."""
    emptied = [name for name in EMPTIED.get(list_name, ()) if not data.get(name)]
    return {**registry, **{name: "" for name in emptied if name in registry}}


def _differences(
    found: Mapping,
    versions: Sequence[Mapping],
    row: Mapping[str, str] | None,
    ours: Container[int],
    find_reason: FindReason,
) -> tuple[Difference, ...]:
    registry = _registry_row(found, versions, row, ours)
    if found["conflict"]:
        return find_differences(versions, registry, find_reason)
    return find_edits(versions, registry, ours, find_reason)


def _since(differences: Sequence[Difference]):
    sides = (side for each in differences for option in each.options for side in option.sides)
    return min(side.version["version_created_at"] for side in sides if side.kind == CAME)


def _registry_row(
    found: Mapping,
    versions: Sequence[Mapping],
    row: Mapping[str, str] | None,
    ours: Container[int],
) -> dict[str, str] | None:
    """What we say of the properties that are ours; None where the entity is of somebody else."""
    name = found["list_name"]
    if name not in LIST_PROPERTIES or (row is None and name in OWN_ONLY):
        return None
    said = find_own_values(versions, ours) | (row or {})
    kept = {item: said.get(item, "") for item in (LABEL, *LIST_PROPERTIES[name][1:])}
    return read_emptied(name, kept, found["data"])
