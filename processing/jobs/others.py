"""What others have changed in the tablets' lists at Central: told before we write, and kept for the
page Conflicts when the mirror lands it.

In: the versions of an entity, from the mirror where it has seen the newest, else from Central. Out:
the properties that are not ours to write. Promised: what somebody else has changed last stays until
an officer has chosen; an entity that nobody has written since it was made, or that does not change,
makes no request.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from bridge.client import CentralClient
from bridge.entities import FindLeft
from bridge.entity_lists import find_account, list_entity_versions
from config.entity_lists import EMPTIED, LIST_PROPERTIES
from config.settings import Settings
from processing.db.queries import entity_conflicts
from processing.feedback.conflicts import LABEL, find_changed_by_others


def remember_account(
    connection: sa.Connection, settings: Settings, client: CentralClient, now: dt.datetime
) -> None:
    """The account of this client writes lists from now on: what it changes is ours."""
    place, login = (settings.central_key, settings.central_project), settings.central_manager_email
    entity_conflicts.save_own_account(connection, *place, find_account(client), login, now)


def ensure_account(
    connection: sa.Connection, settings: Settings, client: CentralClient, now: dt.datetime
) -> None:
    """The same, without a request where the login is known."""
    place = (settings.central_key, settings.central_project)
    if not entity_conflicts.is_own_login(connection, *place, settings.central_manager_email):
        remember_account(connection, settings, client, now)


def left_finder(
    connection: sa.Connection, settings: Settings, client: CentralClient, name: str
) -> FindLeft:
    """Tells which properties of an entity somebody else has changed last. The code that names it is
    put back: nobody is asked about it.
    """
    place = (settings.central_key, settings.central_project)

    def find_left(uuid: str, version: int, wanted: Mapping[str, str]) -> set[str]:
        settled, is_awaited = entity_conflicts.find_settled(connection, *place, name, uuid)
        if is_awaited:
            return set(wanted)
        versions = entity_conflicts.find_versions(connection, *place, name, uuid)
        if not versions or versions[-1]["version"] < version:
            found = list_entity_versions(client, name, uuid) or ()
            versions = [vars(each) for each in found if each.version > settled]
        ours = entity_conflicts.find_own_accounts(connection, *place)
        return find_changed_by_others(versions, ours) - {LIST_PROPERTIES[name][0]}

    return find_left


def save_edits(
    connection: sa.Connection,
    settings: Settings,
    name: str,
    list_key: int,
    landed: Mapping[str, Sequence[Mapping]],
    now: dt.datetime,
) -> None:
    """landed: the versions of entities that have just been read, by id, the oldest first."""
    place = (settings.central_key, settings.central_project)
    ours = entity_conflicts.find_own_accounts(connection, *place)
    if name not in LIST_PROPERTIES or not ours or not landed:
        return
    edits = {
        uuid: bool(_changed(connection, place, name, uuid, versions, ours))
        for uuid, versions in landed.items()
    }
    entity_conflicts.save_edits(connection, list_key, edits, now)


def _changed(connection, place, name: str, uuid: str, versions, ours: set[int]) -> set[str]:
    changed = find_changed_by_others(versions, ours)
    emptied = {n for n in EMPTIED.get(name, ()) if versions and not versions[-1]["data"].get(n)}
    changed &= {LABEL, *LIST_PROPERTIES[name][1:]} - emptied
    if not changed:
        return changed
    settled, _ = entity_conflicts.find_settled(connection, *place, name, uuid)
    since = [each for each in versions if each["version"] > settled]
    return changed & find_changed_by_others(since, ours)
