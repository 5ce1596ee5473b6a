"""Single entities of a list, without reading all of it: add, take away, change.

Comes in: a manager's client, the list's name, the code of each entity. Goes out: what was changed.
Promised: sent twice is the same as once. Ids are derived from the codes, so a request that was
answered without our hearing it changes nothing when it is made again. An entity in conflict is not
changed: a person chooses first (bridge.conflicts); nor is a property that is left to its changer.
An entity that somebody changes between our look at it and our writing is looked at again.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from bridge.client import CentralClient
from bridge.entities import (
    BATCH_ROWS,
    EXISTS,
    LABEL,
    OTHER_VERSION,
    SOURCE,
    UUID_OF_DELETED,
    Entity,
    FindLeft,
    NoteWritten,
    create_batch,
    derived_id,
    ensure_list,
    entity_body,
    leave_none,
    note_nothing,
    read_wanted,
    write_changes,
)
from bridge.errors import CentralRefused

LIVES_MAX = 20
# An entity that comes back gets the next id in its row of ids; nothing comes back as often.
LOOKS_MAX = 5
# From a look to the writing it is one round trip; nobody changes an entity in so many in a row.


def add_entities(
    client: CentralClient, name: str, properties: Iterable[str], rows: Iterable[dict], key: str
) -> int:
    """Create what is not there, all in one request; how many. A code is never used again: an entity
    that was there and is deleted stays so.
    """
    properties = list(dict.fromkeys([key, *properties]))
    ensure_list(client, name, properties)
    wanted = read_wanted(name, properties, rows, key)
    missing = {derived_id(client, name, code): entity for code, entity in wanted.items()}
    while missing:
        listed = [entity_body(uuid, entity) for uuid, entity in missing.items()]
        body = {"source": SOURCE, "entities": listed}
        try:
            client.request("POST", client.path("datasets", name, "entities"), json=body)
            return len(missing)
        except CentralRefused as error:
            known = _known(client, name, missing, error)
            if not known:
                raise
        missing = {uuid: entity for uuid, entity in missing.items() if uuid not in known}
    return 0


def delete_entities(client: CentralClient, name: str, codes: Iterable[str]) -> int:
    """How many were there to be deleted."""
    paths = (client.path("datasets", name, "entities", derived_id(client, name, c)) for c in codes)
    return sum(client.find("DELETE", path) is not None for path in paths)


def set_values(
    client: CentralClient,
    name: str,
    uuid: str,
    values: Mapping[str, str],
    find_left: FindLeft = leave_none,
    note_written: NoteWritten = note_nothing,
) -> bool:
    """Set some properties of an entity, where they are others; the rest of it stays as it is.

    False where nothing was to be done, or the list has no such entity.
    """
    path = client.path("datasets", name, "entities", uuid)
    return bool(_bring(client, path, client.find_json(path), values, find_left, note_written))


def set_entity(
    client: CentralClient,
    name: str,
    uuid: str,
    label: str,
    values: Mapping[str, str],
    find_left: FindLeft = leave_none,
    note_written: NoteWritten = note_nothing,
) -> bool | None:
    """Set label and properties of an entity, where they are others; None: there is no such one."""
    path = client.path("datasets", name, "entities", uuid)
    wanted = {**values, LABEL: label}
    return _bring(client, path, client.find_json(path), wanted, find_left, note_written)


def delete_entity(client: CentralClient, name: str, uuid: str) -> bool:
    """Was it there to be deleted?"""
    return client.find("DELETE", client.path("datasets", name, "entities", uuid)) is not None


def _known(client: CentralClient, name: str, missing: Iterable[str], error: CentralRefused) -> set:
    """Which of the ids Central has or had, where that is why it refused."""
    if error.problem == UUID_OF_DELETED:
        return set(error.details.get("entityUuids", ()))
    if error.problem != EXISTS:
        return set()
    paths = {uuid: client.path("datasets", name, "entities", uuid) for uuid in missing}
    return {uuid for uuid, path in paths.items() if client.find_json(path) is not None}


def find_properties(client: CentralClient, name: str) -> set[str]:
    """The properties that Central's list has; none where there is no such list."""
    held = client.find_json(client.path("datasets", name)) or {"properties": ()}
    return {item["name"] for item in held["properties"]}


def put_rows(
    client: CentralClient,
    name: str,
    properties: Iterable[str],
    rows: Iterable[dict],
    key: str,
    known: Collection[str] = (),
    find_left: FindLeft = leave_none,
    note_written: NoteWritten = note_nothing,
) -> None:
    """Bring rows into a list that has the properties. known: codes that it is thought to hold.

    What it holds already just so is left alone; what was deleted comes back as a new entity.
    """
    wanted = read_wanted(name, list(dict.fromkeys([key, *properties])), rows, key)
    missing = {
        code: entity
        for code, entity in wanted.items()
        if code not in known or not _change(client, name, code, entity, find_left, note_written)
    }
    codes = iter(missing)
    while batch := {code: missing[code] for code in islice(codes, BATCH_ROWS)}:
        try:
            create_batch(client, name, batch)
        except CentralRefused as error:
            if error.problem != EXISTS:
                raise
            # A turn that was broken off has made some of them.
            for code, entity in batch.items():
                if not _change(client, name, code, entity, find_left, note_written):
                    create_batch(client, name, {code: entity})


def drop_rows(client: CentralClient, name: str, codes: Iterable[str]) -> None:
    """Take rows away that `put_rows` or `keep_list_equal` have brought."""
    for code in codes:
        if found := _find_living(client, name, code):
            client.find("DELETE", found[0])


def _change(
    client: CentralClient,
    name: str,
    code: str,
    wanted: Entity,
    find_left: FindLeft,
    note_written: NoteWritten,
) -> bool:
    """Make the entity of this code as it should be; False where there is none."""
    found = _find_living(client, name, code)
    if found is None:
        return False
    path, held = found
    return _bring(client, path, held, wanted.labelled_values, find_left, note_written) is not None


def _bring(
    client: CentralClient,
    path: str,
    held: Mapping | None,
    wanted: Mapping[str, str],
    find_left: FindLeft,
    note_written: NoteWritten,
) -> bool | None:
    """Write what differs, and no more: a tablet may have changed the rest since it was read.

    held: the entity, as Central gave it. False where nothing was to be done, None where there is no
    such entity (any more).
    """
    looks = 1
    while held is not None:
        changes = _find_changes(held, wanted, find_left)
        if not changes:
            return False
        version = held["currentVersion"]["version"]
        try:
            note_written(write_changes(client, path, version, changes))
        except CentralRefused as error:
            is_changed = error.status == 404 or error.problem == OTHER_VERSION
            if not is_changed or looks == LOOKS_MAX:
                raise
        else:
            return True
        held, looks = client.find_json(path), looks + 1
    return None


def _find_changes(held: Mapping, wanted: Mapping[str, str], find_left: FindLeft) -> dict[str, str]:
    """What differs and is ours to write: of an entity in conflict nothing."""
    current = held["currentVersion"]
    was = {**current["data"], LABEL: current["label"]}
    changes = {name: value for name, value in wanted.items() if (was.get(name) or "") != value}
    if held["conflict"]:
        return {}
    if not changes or current["version"] == 1:
        return changes
    left = find_left(held["uuid"], current["version"], dict(wanted))
    return {name: value for name, value in changes.items() if name not in left}


def _find_living(client: CentralClient, name: str, code: str) -> tuple[str, dict] | None:
    """(path, entity) of the one that lives with one of the ids of this code."""
    for life in range(LIVES_MAX):
        path = client.path("datasets", name, "entities", derived_id(client, name, code, life))
        held = client.find_json(path)
        if held is not None:
            return path, held
    return None
