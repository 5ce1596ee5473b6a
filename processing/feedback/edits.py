"""Entities that wait for an officer's choice: those in conflict, and those edited at Central.

In: a scope. Out: rows of `processing.db.queries.entity_conflicts`, and the differences of each.
What the registry says of `schools` and `rounds` is read from it; of other lists it is what was
written to Central last, since no page reads the people and facts behind them.
"""

from collections.abc import Container, Mapping, Sequence

import sqlalchemy as sa

from config.entity_lists import EMPTIED, LIST_PROPERTIES
from processing.db.queries import entity_conflicts, entity_homes, entity_rows
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

Rows = dict[str, dict[str, str]]


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
    rows = _registry_rows(connection, entities)
    returned = entity_homes.list_returned(
        connection, [_key(each) for each in entities if each["list_name"] == STAFF]
    )
    return [
        _differences(
            each,
            versions[key],
            rows.get(each["list_name"]),
            ours[each["central"], each["project"]],
            reason_finder(each["list_name"], _key(each) in returned),
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
    rows: Rows | None,
    ours: Container[int],
    find_reason: FindReason,
) -> tuple[Difference, ...]:
    registry = _registry_row(found, versions, rows, ours)
    if found["conflict"]:
        return find_differences(versions, registry, find_reason)
    return find_edits(versions, registry, ours, find_reason)


def _since(differences: Sequence[Difference]):
    sides = (side for each in differences for option in each.options for side in option.sides)
    return min(side.version["version_created_at"] for side in sides if side.kind == CAME)


def _registry_row(
    found: Mapping, versions: Sequence[Mapping], rows: Rows | None, ours: Container[int]
) -> dict[str, str] | None:
    """What we say of the properties that are ours; None where the entity is of somebody else."""
    name = found["list_name"]
    if name not in LIST_PROPERTIES:
        return None
    if rows is not None and _key(found) not in rows:
        return None
    said = find_own_values(versions, ours) | (rows[_key(found)] if rows is not None else {})
    kept = {item: said.get(item, "") for item in (LABEL, *LIST_PROPERTIES[name][1:])}
    return read_emptied(name, kept, found["data"])


def _registry_rows(connection: sa.Connection, entities: Sequence[Mapping]) -> dict[str, Rows]:
    names = {each["list_name"] for each in entities}
    rows: dict[str, Rows] = {}
    if SCHOOLS in names:
        codes = [_key(each) for each in entities if each["list_name"] == SCHOOLS]
        found = entity_rows.list_school_rows(connection, codes)
        rows[SCHOOLS] = {row["school_code"]: row for row in found}
    if ROUNDS in names:
        found = entity_rows.list_round_rows(connection)
        rows[ROUNDS] = {row["round_code"]: row for row in found}
    return rows


def _key(found: Mapping) -> str:
    """The code that names the entity in its list."""
    properties = LIST_PROPERTIES.get(found["list_name"])
    return (properties and found["data"].get(properties[0])) or ""
