"""Entities that wait for an officer's choice: those in conflict, and schools edited at Central.

In: a scope. Out: rows of `processing.db.queries.entity_conflicts`, and the differences of one.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from processing.db.queries import entity_conflicts, entity_rows
from processing.db.queries.web_scope import Scope
from processing.feedback.conflicts import Difference, find_differences, find_edits

SCHOOLS, ROUNDS = entity_conflicts.EDITED_LIST, "rounds"


def list_waiting(connection: sa.Connection, scope: Scope) -> list[Mapping]:
    others = entity_conflicts.list_changed_by_others(connection, scope)
    edited = [each for each in others if differences_of(connection, each)]
    return [*entity_conflicts.list_conflicts(connection, scope), *edited]


def find_waiting(
    connection: sa.Connection, scope: Scope, list_key: int, uuid: str
) -> tuple[Mapping, tuple[Difference, ...]] | None:
    """(the entity, its differences); None where nobody waits for a choice."""
    found = entity_conflicts.find_conflict(connection, scope, list_key, uuid)
    if found is None:
        return None
    differences = differences_of(connection, found)
    return (found, differences) if found["conflict"] or differences else None


def differences_of(connection: sa.Connection, found: Mapping) -> tuple[Difference, ...]:
    versions = entity_conflicts.list_versions(connection, found["list_key"], found["uuid"])
    registry = _registry_row(connection, found)
    if found["conflict"]:
        return find_differences(versions, registry)
    ours = entity_conflicts.find_own_accounts(connection, found["central"], found["project"])
    return find_edits(versions, registry, ours)


def _registry_row(connection: sa.Connection, found: Mapping) -> dict[str, str] | None:
    """The row of the list as the registry would make it; None where it is of somebody else."""
    if found["list_name"] == SCHOOLS:
        rows = entity_rows.list_school_rows(connection, [found["school_code"] or ""])
    elif found["list_name"] == ROUNDS:
        code = found["data"].get("round_code")
        rows = [r for r in entity_rows.list_round_rows(connection) if r["round_code"] == code]
    else:
        rows = []
    return rows[0] if rows else None
