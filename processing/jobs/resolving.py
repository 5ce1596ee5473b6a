"""Resolving: what an officer chose in a conflict of an entity, written to Central and the registry.

In: choices. Out: a new version of the entity without the conflict; where the registry holds the
property, the school or its building with its history. Promised: both or neither; a worker that is
killed between the two finds its version at Central and writes the registry then; one that Central
refuses holds up no other, and is shown again.
"""

import datetime as dt
import logging
from collections.abc import Mapping

import sqlalchemy as sa

from bridge.client import CentralClient, open_client
from bridge.conflicts import RESOLVED, resolve_conflict
from bridge.errors import CentralRefused
from config.errors import OperatorError
from config.settings import Settings
from processing.db.queries import entity_conflicts, school_updates
from processing.db.queries.registry import lock_registry, replace_registry
from processing.feedback.conflicts import LABEL, find_choice_fault, registry_values
from processing.jobs.updating import mark_followers

log = logging.getLogger(__name__)
CHOICES_A_TURN = 50
# Central does not take these values; any other answer speaks of the account or of Central.
NOT_THESE_VALUES = (400, 409)
# The list whose properties the registry holds.
REGISTRY_LIST = "schools"


def has_work(connection: sa.Connection, settings: Settings) -> bool:
    return entity_conflicts.has_pending(connection, settings.central_key, settings.central_project)


def resolve_some(
    connection: sa.Connection, settings: Settings, now: dt.datetime
) -> tuple[int, OperatorError | None]:
    """A turn: (conflicts resolved, what has stopped it early). Raises central-no-manager."""
    if not has_work(connection, settings):
        return 0, None
    place = (settings.central_key, settings.central_project)
    lock_registry(connection)
    count = 0
    with open_client(settings, "manager") as client:
        try:
            for choice in entity_conflicts.take_pending(connection, *place, CHOICES_A_TURN):
                outcome, fault = _resolve(connection, client, choice, now)
                entity_conflicts.save_outcome(connection, choice["choice_id"], outcome, fault, now)
                count += outcome == RESOLVED
        except OperatorError as error:
            # What was sent is sent: it is kept, and the rest is due later.
            return count, error
    return count, None


def _resolve(
    connection, client: CentralClient, choice: Mapping, now: dt.datetime
) -> tuple[str, str | None]:
    """(outcome, fault)."""
    school = _school_of(connection, choice)
    fault = school and _find_fault(connection, choice["chosen"], school)
    if fault:
        return "impossible", fault
    try:
        return _write_both(connection, client, choice, school, now), None
    except CentralRefused as error:
        if error.status not in NOT_THESE_VALUES:
            raise
        log.warning("choice %d is refused: %s", choice["choice_id"], error)
        return "impossible", "central_refused"


def _write_both(
    connection, client: CentralClient, choice: Mapping, school: Mapping | None, now: dt.datetime
) -> str:
    """The outcome. The registry is written first, and taken back if Central refuses."""
    values = {name: value for name, value in choice["chosen"].items() if name != LABEL}
    label = choice["chosen"].get(LABEL, choice["label"])
    with connection.begin_nested() as step:
        if school:
            _write(connection, choice["chosen"], school, now)
        outcome = resolve_conflict(
            client, choice["list_name"], choice["uuid"], choice["version"], label, values,
            choice["conflict"] is not None,
        )  # fmt: skip
        if outcome != RESOLVED:
            step.rollback()
    return outcome


def _school_of(connection, choice: Mapping) -> dict | None:
    """The registry's row of the school that the entity is, where it is one."""
    if choice["list_name"] != REGISTRY_LIST:
        return None
    code = choice["data"].get("school_code", "")
    return school_updates.find_known(connection, code, None, None)["school"]


def _find_fault(connection, chosen: Mapping, school: Mapping) -> str | None:
    return find_choice_fault(chosen, entity_conflicts.find_codes(connection) | {"school": school})


def _write(connection, chosen: Mapping, school: Mapping, now: dt.datetime) -> None:
    columns, place = registry_values(chosen)
    row = dict(school) | columns
    building = school_updates.find_known(connection, row["school_code"], None, row["building_code"])
    replace_registry(
        connection,
        buildings=[dict(building["target"]) | place] if place else [],
        schools=[row] if columns else [],
        now=now,
    )
    mark_followers(connection, [row["school_code"]], bool(columns.keys() - {"name_ar"}), now)
