"""An entity list at Central, kept equal to rows of ours.

Comes in: a manager's client, the list's name, its properties, and rows with a label and a key.
Goes out: how many entities were created, updated, deleted and left alone.

Promised: run again, it does nothing; broken off, it goes on where it stood, since each run
compares with what Central holds. Properties of the list that are not ours are left alone, and so
is an entity in conflict: a person chooses first (bridge.conflicts). So are those properties of an
entity of which `find_left` says that somebody else has changed them.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from bridge.changes import IncompleteAnswer
from bridge.client import CentralClient
from bridge.entity_lists import EntityVersion, written_version
from bridge.errors import CentralRefused
from bridge.rows import Answer, read_rows
from config.errors import OperatorError

log = logging.getLogger(__name__)
# 1,000 entities take Central about 0.1 s and 0.5 MB; the progress bar moves.
BATCH_ROWS = 1000
BLOCK_BYTES = 65536
SOURCE = {"name": "EMIS registry"}
EXISTS, OTHER_VERSION, UUID_OF_DELETED = 409.3, 409.15, 409.19
# Names that read the same in Central's CSV, in its OData and in a form.
PROPERTY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
RESERVED = {"name", "label"}


FindAwaited = Callable[[list[str]], Container[str]]
# (id, newest version, label and values as they should be) -> properties that are not ours to write.
FindLeft = Callable[[str, int, dict[str, str]], Container[str]]
# Told of each version that is written over another one.
NoteWritten = Callable[[EntityVersion], None]
LABEL = "label"


def no_entity(uuids: list[str]) -> Container[str]:
    return ()


def leave_none(uuid: str, version: int, wanted: dict[str, str]) -> Container[str]:
    return ()


def note_nothing(version: EntityVersion) -> None:
    return


@dataclass(frozen=True)
class ListReport:
    created: int
    updated: int
    deleted: int
    unchanged: int

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in vars(self).items())


@dataclass(frozen=True)
class Entity:
    """uuid: nothing where it is one that should be, and is not looked for yet."""

    uuid: str
    label: str
    values: dict[str, str]
    is_in_conflict: bool = False
    version: int = 1

    @property
    def labelled_values(self) -> dict[str, str]:
        return self.values | {LABEL: self.label}


def keep_list_equal(
    client: CentralClient,
    name: str,
    properties: Iterable[str],
    rows: Iterable[dict],
    key: str = "school_code",
    progress: Callable[[int, int], None] | None = None,
    *,
    may_be_empty: bool = False,
    spare: Container[str] = (),
    find_awaited: FindAwaited = no_entity,
    emptied: Iterable[str] = (),
    find_left: FindLeft = leave_none,
    note_written: NoteWritten = note_nothing,
) -> ListReport:
    """rows: dicts with `label`, `key` and the properties; what is None or missing is "".

    spare: codes that somebody else is about to settle: they are neither made nor taken away.
    find_awaited: of the ids that are about to be deleted, those that are to stay.
    emptied: properties that a form empties on the tablet; one that is empty at Central stays so.
    find_left: asked of each entity that is about to be updated and has been before.
    progress: called with (changes made, changes to make) after each batch and change.
    may_be_empty: no rows means that every entity is to go, not that the rows are lost.
    Raises OperatorError: list-rows-invalid, and those of bridge.errors.
    """
    properties = list(dict.fromkeys([key, *properties]))
    wanted = read_wanted(name, properties, rows, key)
    ensure_list(client, name, properties)
    held, extra = _held(client, name, properties, key, wanted)
    wanted = _as_emptied(held, wanted, tuple(emptied))
    if held and not wanted and not may_be_empty:
        raise _would_be_emptied(name, len(held))
    created, updated = _new_and_changed(held, wanted)
    created = [code for code in created if code not in spare]
    deleted = _to_delete(held, extra, wanted, spare, find_awaited)
    steps = _Steps(len(created) + len(updated) + len(deleted), progress)
    _create(client, name, {code: wanted[code] for code in created}, steps)
    count = 0
    for code in updated:
        changes = _find_changes(held[code], wanted[code], find_left)
        count += bool(changes) and _update(client, name, held[code], changes, note_written)
        steps.done(1)
    for uuid in deleted:
        client.find("DELETE", client.path("datasets", name, "entities", uuid))
        steps.done(1)
    unchanged = len(wanted.keys() & held.keys()) - count
    report = ListReport(len(created), count, len(deleted), unchanged)
    log.info("entity list %s: %s", name, report)
    return report


def plan_list(
    client: CentralClient,
    name: str,
    properties: Iterable[str],
    rows: Iterable[dict],
    key: str = "school_code",
    spare: Container[str] = (),
    find_awaited: FindAwaited = no_entity,
    emptied: Iterable[str] = (),
    find_left: FindLeft = leave_none,
) -> ListReport:
    """What `keep_list_equal` would do, without doing it; a reader's client is enough."""
    properties = list(dict.fromkeys([key, *properties]))
    wanted = read_wanted(name, properties, rows, key)
    if client.find_json(client.path("datasets", name)) is None:
        return ListReport(len(wanted), 0, 0, 0)
    held, extra = _held(client, name, properties, key, wanted)
    wanted = _as_emptied(held, wanted, tuple(emptied))
    created, updated = _new_and_changed(held, wanted)
    created = [code for code in created if code not in spare]
    updated = [code for code in updated if _find_changes(held[code], wanted[code], find_left)]
    deleted = _to_delete(held, extra, wanted, spare, find_awaited)
    unchanged = len(wanted.keys() & held.keys()) - len(updated)
    return ListReport(len(created), len(updated), len(deleted), unchanged)


def _to_delete(held: dict, extra: list[str], wanted: dict, spare, find_awaited) -> list[str]:
    gone = [held[code].uuid for code in held if code not in wanted and code not in spare]
    awaited = find_awaited(extra + gone)
    return [uuid for uuid in extra + gone if uuid not in awaited]


def _as_emptied(held: dict, wanted: dict, emptied: tuple[str, ...]) -> dict:
    return {
        code: replace(entity, values=entity.values | {
            item: "" for item in emptied if code in held and not held[code].values[item]
        })
        for code, entity in wanted.items()
    }  # fmt: skip


def _new_and_changed(held: dict, wanted: dict) -> tuple[list[str], list[str]]:
    created = [code for code in wanted if code not in held]
    settled = [code for code in wanted if code in held and not held[code].is_in_conflict]
    updated = [code for code in settled if not _is_same(held[code], wanted[code])]
    return created, updated


class _Steps:
    def __init__(self, total: int, progress: Callable[[int, int], None] | None):
        self._made, self._total, self._progress = 0, total, progress

    def done(self, count: int) -> None:
        self._made += count
        if self._progress:
            self._progress(self._made, self._total)


def read_wanted(name: str, properties: list[str], rows: Iterable[dict], key: str) -> dict:
    """key -> the entity as it should be, with a derived id."""
    bad = [item for item in properties if not PROPERTY.fullmatch(item) or item in RESERVED]
    if bad:
        raise _invalid(name, f"{bad[0]} cannot be the name of a property")
    wanted: dict[str, Entity] = {}
    for row in rows:
        values = {item: _as_text(row.get(item)) for item in properties}
        code, label = values[key], _as_text(row.get("label")).strip()
        if not code or not label:
            raise _invalid(name, f"a row has no {key} or no label")
        if code in wanted:
            raise _invalid(name, f"{key} {code} stands there twice")
        wanted[code] = Entity("", label, values)
    return wanted


def _would_be_emptied(name: str, count: int) -> OperatorError:
    return OperatorError(
        "list-would-be-emptied",
        f"The registry has nothing for the entity list {name}; entities at Central: {count:,}.",
        "Load the registry first (`emis registry load`); nothing was deleted. To empty the list "
        "on purpose, delete its entities in Central.",
    )


def _invalid(name: str, reason: str) -> OperatorError:
    return OperatorError(
        "list-rows-invalid",
        f"The entity list {name} cannot be kept: {reason}.",
        "Correct the registry; nothing was sent.",
    )


def _as_text(value) -> str:
    """Central keeps text only; a form reads `true`, not `True`."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def ensure_list(client: CentralClient, name: str, properties: Iterable[str]) -> None:
    """The list and its properties are there afterwards; whatever else it has is left alone."""
    held = client.find_json(client.path("datasets", name))
    if held is None:
        held = client.request("POST", client.path("datasets"), json={"name": name}).json()
    known = {item["name"] for item in held["properties"]}
    for item in properties:
        if item not in known:
            _add_property(client, name, item)


def require_approval(client: CentralClient, name: str) -> None:
    """An entity that a submission makes waits until the submission is approved.

    It holds for new entities alone: Central applies an update when the submission arrives.
    """
    if not client.get_json(client.path("datasets", name))["approvalRequired"]:
        client.request("PATCH", client.path("datasets", name), json={"approvalRequired": True})


def _add_property(client: CentralClient, name: str, item: str) -> None:
    try:
        client.request("POST", client.path("datasets", name, "properties"), json={"name": item})
    except CentralRefused as error:
        # A run beside this one has just added it.
        if error.problem != EXISTS:
            raise


def _held(
    client: CentralClient, name: str, properties: list[str], key: str, wanted: Iterable[str]
) -> tuple[dict[str, Entity], list[str]]:
    """(key -> entity, ids of entities whose key another one has already, or that have none).

    An entity of ours whose key somebody has changed counts as the one that it was made for.
    """
    rows = [_entity(row, properties) for row in _stream_entities(client, name)]
    codes, by_id = {entity.values[key] for entity in rows}, {each.uuid: each for each in rows}
    ids = {code: derived_id(client, name, code) for code in wanted if code not in codes}
    held = {code: by_id[uuid] for code, uuid in ids.items() if uuid in by_id}
    renamed = {entity.uuid for entity in held.values()}
    extra: list[str] = []
    for entity in rows:
        code = entity.values[key]
        if entity.uuid in renamed:
            continue
        if not code or code in held:
            extra.append(entity.uuid)
        else:
            held[code] = entity
    return held, extra


def _entity(row: dict, properties: list[str]) -> Entity:
    values, system = {item: row.get(item) or "" for item in properties}, row["__system"]
    is_in_conflict = system["conflict"] is not None
    return Entity(row["__id"], row["label"], values, is_in_conflict, system["version"])


def _stream_entities(client: CentralClient, name: str) -> Iterator[dict]:
    """All entities in one answer: Central's cursor for entities can skip rows."""
    path = client.path("datasets", f"{name}.svc", "Entities")
    with client.stream(path, {"$count": "true"}) as response:
        blocks = response.iter_content(BLOCK_BYTES)
        answer: Answer = yield from _only_rows(read_rows(lambda: next(blocks, b"")))
    if answer.members.get("@odata.count") != answer.row_count:
        raise IncompleteAnswer(f"Central did not send the entity list {name} whole.")


def _only_rows(rows):
    while True:
        try:
            row, _ = next(rows)
        except StopIteration as end:
            return end.value
        yield row


def _is_same(held: Entity, wanted: Entity) -> bool:
    return held.label == wanted.label and held.values == wanted.values


def _find_changes(held: Entity, wanted: Entity, find_left: FindLeft) -> dict[str, str]:
    """Label and properties that differ and are ours to write: a tablet may have changed the rest
    since it was read.
    """
    was = held.labelled_values
    changes = {n: value for n, value in wanted.labelled_values.items() if was[n] != value}
    if held.version == 1 or not changes:
        return changes
    left = find_left(held.uuid, held.version, wanted.labelled_values)
    return {name: value for name, value in changes.items() if name not in left}


def _create(client: CentralClient, name: str, wanted: dict[str, Entity], steps: _Steps) -> None:
    codes = list(wanted)
    for start in range(0, len(codes), BATCH_ROWS):
        batch = {code: wanted[code] for code in codes[start : start + BATCH_ROWS]}
        create_batch(client, name, batch)
        steps.done(len(batch))


def create_batch(client: CentralClient, name: str, batch: dict[str, Entity]) -> None:
    """One request, all or nothing. An id that a deleted entity holds is never free again, so a
    school that comes back gets the next id in its row of ids.
    """
    lives = dict.fromkeys(batch, 0)
    while True:
        ids = {derived_id(client, name, code, lives[code]): code for code in batch}
        body = {"source": SOURCE, "entities": [entity_body(uuid, batch[ids[uuid]]) for uuid in ids]}
        try:
            client.request("POST", client.path("datasets", name, "entities"), json=body)
            return
        except CentralRefused as error:
            used = [ids[uuid] for uuid in error.details.get("entityUuids", ()) if uuid in ids]
            if error.problem != UUID_OF_DELETED or not used:
                raise
        for code in used:
            lives[code] += 1


def entity_body(uuid: str, entity: Entity) -> dict:
    return {"uuid": uuid, "label": entity.label, "data": entity.values}


def _update(
    client: CentralClient,
    name: str,
    held: Entity,
    changes: dict[str, str],
    note_written: NoteWritten,
) -> bool:
    """False where somebody has changed or deleted the entity since it was read: the next run looks
    at it again.
    """
    path = client.path("datasets", name, "entities", held.uuid)
    try:
        note_written(write_changes(client, path, held.version, changes))
    except CentralRefused as error:
        if error.status != 404 and error.problem != OTHER_VERSION:
            raise
        return False
    return True


def write_changes(
    client: CentralClient, path: str, version: int, changes: Mapping[str, str]
) -> EntityVersion:
    """Write over this version of an entity, and over no other; the version that it makes."""
    params = {"baseVersion": version}
    answer = client.request("PATCH", path, params=params, json=_body_of_changes(changes))
    return written_version(client.parsed(answer))


def _body_of_changes(changes: Mapping[str, str]) -> dict:
    """What Central is sent of an entity: the label and the properties, where they change."""
    data = {name: value for name, value in changes.items() if name != LABEL}
    return ({"data": data} if data else {}) | ({LABEL: changes[LABEL]} if LABEL in changes else {})


def derived_id(client: CentralClient, name: str, code: str, life: int = 0) -> str:
    """The same entity gets the same id, so that a request sent twice cannot make two of it.

    Shaped as a random UUID, version 4: Central takes no other.
    """
    seed = f"{client.name}|{client.project}|{name}|{code}|{life}".encode()
    return str(UUID(bytes=hashlib.sha256(seed).digest()[:16], version=4))
