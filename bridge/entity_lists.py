"""Entity lists as Central holds them: probe, every entity, every version.

Comes in: a client, a list. Goes out: plain records, deleted entities too.

The probe is the ETag of `entities.csv`: a hash of the last entry of Central's own log about the
list, so it changes with everything, also with a bulk restore, which no timestamp shows. The body
of the CSV is never read: cut at a line's end it would look whole. Entities come in one answer,
since Central's cursor for entities can skip rows.

| property  | in OData | taken from                                     |
|-----------|----------|------------------------------------------------|
| `sex`     | `sex`    | OData                                          |
| `a.b`     | `a_b`    | OData, by its own name                         |
| `a.b,a-b` | `a_b`    | the entity's versions: OData shows one of them |
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bridge.changes import IncompleteAnswer
from bridge.client import CentralClient
from bridge.rows import read_rows
from bridge.spool import spooled

FIRST, OTHERS = re.compile(r"^([^a-zA-Z_])"), re.compile(r"[^a-zA-Z0-9_]+")
WITH_DELETED = "__system/deletedAt eq null or __system/deletedAt ne null"


@dataclass(frozen=True)
class EntityList:
    """A list and its properties, in Central's order."""

    name: str
    properties: tuple[str, ...]
    is_approval_required: bool


@dataclass(frozen=True)
class Entity:
    """An entity as it is now. data: value by property, as Central names it; "" where unset."""

    uuid: str
    version: int
    label: str = field(repr=False)
    data: dict = field(repr=False)
    created_at: str
    updated_at: str | None
    deleted_at: str | None
    creator_id: int | None
    conflict: str | None


@dataclass(frozen=True)
class EntityVersion:
    """One version. conflict: soft or hard where it was made from an old version."""

    uuid: str
    version: int
    label: str = field(repr=False)
    data: dict = field(repr=False)
    data_received: dict = field(repr=False)
    base_version: int | None
    conflict: str | None
    conflicting_properties: tuple[str, ...]
    creator_id: int | None
    source: dict | None = field(repr=False)
    created_at: str


def list_entity_lists(client: CentralClient) -> tuple[str, ...]:
    """The names of the project's lists."""
    return tuple(item["name"] for item in client.get_json(client.path("datasets")))


def fetch_entity_list(client: CentralClient, name: str) -> EntityList | None:
    """A list with its properties; None where the project has none of this name."""
    held = client.find_json(client.path("datasets", name))
    if held is None:
        return None
    properties = tuple(item["name"] for item in held["properties"])
    return EntityList(name, properties, bool(held["approvalRequired"]))


def probe_entity_list(client: CentralClient, name: str, etag: str | None) -> str | None:
    """The list's ETag now: equal to `etag` where nothing has changed. None: it cannot be told."""
    headers = {"If-None-Match": etag} if etag else {}
    path = client.path("datasets", name, "entities.csv")
    with client.stream(path, headers=headers) as response:
        return etag if response.status_code == 304 else response.headers.get("ETag")


def read_entities(client: CentralClient, held: EntityList, spool_dir: Path) -> Iterator[Entity]:
    """Every entity of a list, deleted ones too; IncompleteAnswer unless the answer was whole.

    Where two properties share a name in OData, `data` of an entity is to be taken from its
    versions: see `has_clashing_names`.
    """
    names = {odata_name(item): item for item in held.properties}
    path = client.path("datasets", f"{held.name}.svc", "Entities")
    params = {"$count": "true", "$filter": WITH_DELETED}
    with client.stream(path, params) as response, spooled(response, spool_dir) as read:
        answer = yield from _entities(read_rows(read), names)
    if answer.members.get("@odata.count") != answer.row_count:
        raise IncompleteAnswer(f"Central did not send the entity list {held.name} whole.")


def has_clashing_names(held: EntityList) -> bool:
    """OData shows only one of two properties such as `a.b` and `a-b`."""
    counts = Counter(odata_name(item) for item in held.properties)
    return any(count > 1 for count in counts.values())


def list_entity_versions(
    client: CentralClient, name: str, uuid: str
) -> tuple[EntityVersion, ...] | None:
    """Every version of an entity, oldest first; None where Central does not serve it."""
    listed = client.find_json(client.path("datasets", name, "entities", uuid, "versions"))
    if listed is None:
        return None
    versions = tuple(_version(uuid, item) for item in listed)
    return tuple(sorted(versions, key=lambda item: item.version))


def written_version(answer: dict) -> EntityVersion:
    """The version that an update has made, from Central's answer to it: as `list_entity_versions`
    would tell of it, since Central names no source of what comes by its API.
    """
    return _version(answer["uuid"], {"source": {}, **answer["currentVersion"]})


def find_maker(client: CentralClient, name: str, uuid: str) -> str | None:
    """The instance id of the submission that has made an entity, also where it is deleted; None:
    no submission has, or the list has no such entity.
    """
    versions = list_entity_versions(client, name, uuid)
    source = (versions[0].source or {}) if versions else {}
    return (source.get("submission") or {}).get("instanceId")


def find_account(client: CentralClient) -> int:
    """The number of the account that this client speaks as."""
    return client.get_json("users/current")["id"]


def odata_name(name: str) -> str:
    """As Central's OData writes the name of a property."""
    return OTHERS.sub("_", FIRST.sub(r"_\1", name))


def _entities(rows, names: dict[str, str]):
    while True:
        try:
            row, _ = next(rows)
        except StopIteration as end:
            return end.value
        yield _entity(row, names)


def _entity(row: dict, names: dict[str, str]) -> Entity:
    system = row["__system"]
    creator = system["creatorId"]
    return Entity(
        uuid=row["__id"],
        version=system["version"],
        label=row["label"],
        data={name: row.get(shown) or "" for shown, name in names.items()},
        created_at=system["createdAt"],
        updated_at=system["updatedAt"],
        deleted_at=system["deletedAt"],
        creator_id=int(creator) if creator and creator.isdigit() else None,
        conflict=system["conflict"],
    )


def _version(uuid: str, item: dict) -> EntityVersion:
    return EntityVersion(
        uuid=uuid,
        version=item["version"],
        label=item["label"],
        data=item["data"],
        data_received=item.get("dataReceived") or {},
        base_version=item.get("baseVersion"),
        conflict=item.get("conflict"),
        conflicting_properties=tuple(item.get("conflictingProperties") or ()),
        creator_id=item.get("creatorId"),
        source=item.get("source"),
        created_at=item["createdAt"],
    )
