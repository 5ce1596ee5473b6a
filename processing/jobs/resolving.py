"""Resolving: what an officer chose in a conflict of an entity, written to Central and the registry.

In: choices. Out: a new version of the entity without the conflict; where the property has a home
here (`processing.feedback.homes`), it holds what was chosen. Promised: both or neither; a worker
that is killed between the two finds its version at Central and writes the home then; one that
Central refuses holds up no other, and is shown again.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bridge.client import CentralClient, open_client
from bridge.conflicts import OVERTAKEN, RESOLVED, resolve_conflict
from bridge.errors import CentralRefused
from config.entity_lists import LIST_PROPERTIES
from config.errors import OperatorError
from config.settings import Settings
from processing.db.queries import entity_conflicts, entity_homes, school_updates
from processing.db.queries.due import mark_due
from processing.db.queries.emis_visits import action_of
from processing.db.queries.registry import lock_registry, replace_registry
from processing.db.slices import Slice
from processing.feedback.conflicts import (
    EDITED,
    LABEL,
    find_choice_fault,
    find_own_values,
    is_of_version,
    registry_values,
)
from processing.feedback.homes import (
    SCHOOLS,
    STAFF,
    VISITS,
    find_value_fault,
    reason_finder,
    staff_values,
)
from processing.feedback.present import key_of, present_rows
from processing.feedback.updates import NAMES
from processing.jobs.others import ensure_account
from processing.jobs.publishing import LISTS, RENEWED_LISTS
from processing.jobs.updating import mark_followers

log = logging.getLogger(__name__)
CHOICES_A_TURN = 50
# Central does not take these values; any other answer speaks of the account or of Central.
NOT_THESE_VALUES = (400, 409)
IMPOSSIBLE = "impossible"


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
        ensure_account(connection, settings, client, now)
        try:
            for choice in entity_conflicts.take_pending(connection, *place, CHOICES_A_TURN):
                outcome, fault = _resolve(connection, settings, client, choice, now)
                entity_conflicts.save_outcome(connection, choice["choice_id"], outcome, fault, now)
                count += outcome == RESOLVED
        except OperatorError as error:
            # What was sent is sent: it is kept, and the rest is due later.
            return count, error
    return count, None


def _resolve(
    connection, settings: Settings, client: CentralClient, choice: Mapping, now: dt.datetime
) -> tuple[str, str | None]:
    """(outcome, fault)."""
    home = _school_of(connection, choice) or _row_of(connection, choice)
    fault = home and home.find_fault()
    if fault:
        return IMPOSSIBLE, fault
    try:
        outcome = _write_both(connection, client, choice, home, now)
    except CentralRefused as error:
        if error.status not in NOT_THESE_VALUES:
            raise
        log.warning("choice %d is refused: %s", choice["choice_id"], error)
        return IMPOSSIBLE, "central_refused"
    if outcome == RESOLVED and choice["list_name"] in RENEWED_LISTS:
        _renew_soon(connection, settings, choice, home, now)
    return outcome, None


def _write_both(connection, client: CentralClient, choice: Mapping, home, now: dt.datetime) -> str:
    """The outcome. The home is written first, and taken back if Central refuses."""
    values = {name: value for name, value in choice["chosen"].items() if name != LABEL}
    label = choice["chosen"].get(LABEL, choice["label"])
    with connection.begin_nested() as step:
        if home and not home.write(choice["name"], now):
            step.rollback()
            return OVERTAKEN
        outcome = resolve_conflict(
            client, choice["list_name"], choice["uuid"], choice["version"], label, values,
            choice["conflict"] is not None,
        )  # fmt: skip
        if outcome != RESOLVED:
            step.rollback()
    return outcome


def _renew_soon(
    connection, settings: Settings, choice: Mapping, home: "_Row", now: dt.datetime
) -> None:
    """What else follows in the list from what was chosen, and what has changed meanwhile."""
    name, place = choice["list_name"], (settings.central_key, settings.central_project)
    entity_homes.forget_listed(connection, *place, name, home.own.get(LISTS[name].key, ""))
    schools = [Slice("", home.own["school_code"])] if home.own.get("school_code") else []
    mark_due(connection, "tell_schools", schools, now)


def _school_of(connection, choice: Mapping) -> "_School | None":
    """The registry's row of the school that the entity is, where it is one."""
    if choice["list_name"] != SCHOOLS:
        return None
    code = choice["data"].get("school_code", "")
    school = school_updates.find_known(connection, code, None, None)["school"]
    taken = {name: value for name, value in choice["chosen"].items() if name in EDITED}
    return school and _School(connection, taken, school)


def _row_of(connection, choice: Mapping) -> "_Row | None":
    """What is taken over of a row of another list that is ours."""
    name, key = choice["list_name"], (choice["list_key"], choice["uuid"])
    if name not in LIST_PROPERTIES or name == SCHOOLS:
        return None
    ours = entity_conflicts.find_own_accounts(connection, choice["central"], choice["project"])
    versions = entity_conflicts.list_versions(connection, [key])[key]
    # A worker that was killed may have sent the choice: the mirror has seen it as ours.
    seen = [each for each in versions if each["version"] <= choice["version"]]
    own = find_own_values(seen, ours)
    return _Row(connection, name, own, _taken(connection, choice, seen, own))


def _taken(
    connection, choice: Mapping, seen: list[Mapping], own: Mapping[str, str]
) -> dict[str, str]:
    """What was chosen of Central's values. Ours is what we wrote last, what the list says now, and
    what no version says: so the list said when the officer looked.
    """
    sides = seen if any(each["conflict"] for each in seen) else seen[-1:]
    rows = present_rows(connection, [choice]).get(choice["list_name"], {})
    present = rows.get(key_of(choice), {})
    return {
        item: value
        for item, value in choice["chosen"].items()
        if value not in (own.get(item, ""), present.get(item)) and is_of_version(sides, item, value)
    }


@dataclass(frozen=True)
class _School:
    """taken: what the registry is to hold of it, by property."""

    connection: sa.Connection
    taken: Mapping[str, str]
    school: Mapping

    def find_fault(self) -> str | None:
        known = entity_conflicts.find_codes(self.connection) | {"school": self.school}
        return find_choice_fault(self.taken, known)

    def write(self, name: str, now: dt.datetime) -> bool:
        columns, place = registry_values(self.taken, self.school)
        row = dict(self.school) | columns
        building = school_updates.find_known(
            self.connection, row["school_code"], None, row["building_code"]
        )
        replace_registry(
            self.connection,
            buildings=[dict(building["target"]) | place] if place else [],
            schools=[row] if columns else [],
            now=now,
        )
        is_far = bool(columns.keys() - NAMES.keys())
        mark_followers(self.connection, [row["school_code"]], is_far, now)
        return True


@dataclass(frozen=True)
class _Row:
    """A row of a list beside schools. own: as we have written it; taken: what differs from that."""

    connection: sa.Connection
    list_name: str
    own: Mapping[str, str]
    taken: Mapping[str, str]

    def find_fault(self) -> str | None:
        code = self.own.get(LISTS[self.list_name].key, "")
        is_of_return = code in entity_homes.list_returned(self.connection, [code])
        find_reason = reason_finder(self.list_name, is_of_return)
        if any(find_reason(item) for item in self.taken):
            return "not_here"
        return find_value_fault(self.list_name, self.taken)

    def write(self, name: str, now: dt.datetime) -> bool:
        """False where the row is not there any more."""
        if not self.taken:
            return True
        code = self.own.get(LISTS[self.list_name].key, "")
        if self.list_name == STAFF:
            return bool(entity_homes.save_person(self.connection, code, staff_values(self.taken)))
        if self.list_name == VISITS:
            post, school = self.own["supervisor_code"], self.own["school_code"]
            day = self.taken["planned_date"]
            return bool(entity_homes.save_planned_date(self.connection, post, school, day))
        columns = {LABEL: "what", "due_date": "due_date"}
        return all(
            entity_homes.add_action_change(
                self.connection, action_of(code), columns[item], value.strip(), name, now
            )
            for item, value in self.taken.items()
        )
