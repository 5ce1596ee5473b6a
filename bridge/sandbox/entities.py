"""Endpoints of entities: create (one or many), read, update by version, delete, restore."""

import re
from sqlite3 import Row
from uuid import uuid4

import orjson
from flask import Blueprint, request

from bridge.sandbox.accounts import find_actor
from bridge.sandbox.datasets import DATASET, require_dataset
from bridge.sandbox.datasetstore import NEWEST_FIRST, log_change, properties_of
from bridge.sandbox.problems import problem
from bridge.sandbox.store import iso, now_ms
from bridge.sandbox.web import (
    BULK_BODY_LIMIT,
    actor,
    answer,
    body_json,
    is_extended,
    is_true,
    store,
    success,
)

entities = Blueprint("entities", __name__)
ENTITY = f"{DATASET}/entities/<uuid>"
UUID4 = re.compile(
    r"(?:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})", re.I
)
KEYS = ["label", "uuid", "data"]
LOOKUP_BATCH = 500


def normalise_uuid(text: str) -> str:
    if not text or not text.strip():
        raise problem(400.2, field="uuid")
    match = UUID4.fullmatch(text)
    if not match:
        raise problem(400.11, field="uuid", expected="valid version 4 UUID")
    return match[1].lower()


def read_entity(body: dict, names: set[str], before: Row | None = None) -> dict:
    """uuid, label, data and what was received, checked; over the current version if there is."""
    if set(body) - set(KEYS):
        raise problem(400.31, expected=KEYS, actual=list(body))
    uuid = body.get("uuid")
    if uuid and not isinstance(uuid, str):
        raise problem(400.11, field="uuid", expected="string")
    label, data = body.get("label"), body.get("data")
    if label is not None and not isinstance(label, str):
        raise problem(400.11, field="label", expected="string")
    if label is not None and not label.strip():
        raise problem(400.8, field="label", value="(empty string)", reason="it is blank.")
    if label is None and before is None:
        raise problem(400.2, field="label")
    if label is None and data is None:
        raise problem(400.28, reason="there is neither a label nor data.")
    for name, value in (data or {}).items():
        if not isinstance(value, str):
            raise problem(400.11, field=name, expected="string")
        if name not in names:
            raise problem(400.28, reason=f"the list has no property [{name}].")
    return {
        "uuid": before["uuid"] if before else normalise_uuid(uuid) if uuid else str(uuid4()),
        "label": label if label is not None else before["label"],
        "data": (orjson.loads(before["data"]) if before else {}) | (data or {}),
        "received": (data or {}) | ({"label": label} if label is not None else {}),
    }


def find_entity(dataset: Row, uuid: str, deleted: bool = False) -> Row:
    row = store().one(
        "SELECT * FROM entity WHERE dataset_id = ? AND uuid = ? "
        f"AND deleted_at IS {'NOT' if deleted else ''} NULL",
        dataset["id"],
        normalise_uuid(uuid),
    )
    if row is None:
        raise problem(404.1)
    return row


def save_new(db, dataset_id: int, item: dict, now: int, source: dict | None, creator) -> None:
    agent = request.headers.get("User-Agent")
    entity_id = db.execute(
        "INSERT INTO entity (dataset_id, uuid, creator_id, label, data, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (dataset_id, item["uuid"], creator, item["label"], _text(item["data"]), now),
    ).lastrowid
    db.execute(
        "INSERT INTO entity_def (entity_id, version, label, data, data_received, creator_id, "
        "user_agent, source, created_at) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)",
        (
            entity_id,
            item["label"],
            _text(item["data"]),
            _text(item["received"]),
            creator,
            agent,
            source and _text(source),
            now,
        ),
    )


def _text(value) -> str:
    return orjson.dumps(value).decode()


def _check_uuids(db, uuids: list[str]) -> None:
    """409.19 for ids of deleted entities, 409.3 for ids in use, also twice in one request."""
    known = {}
    for start in range(0, len(uuids), LOOKUP_BATCH):
        part = uuids[start : start + LOOKUP_BATCH]
        marks = ",".join("?" * len(part))
        rows = db.execute(f"SELECT uuid, deleted_at FROM entity WHERE uuid IN ({marks})", part)
        known |= {row["uuid"]: row["deleted_at"] for row in rows}
    gone = [uuid for uuid in uuids if known.get(uuid)]
    if gone:
        raise problem(409.19, entityUuids=gone)
    seen = set(known)
    for uuid in uuids:
        if uuid in seen:
            raise problem(409.3, fields=["uuid"], values=[uuid], table="entities")
        seen.add(uuid)


@entities.post(f"{DATASET}/entities")
def post_entities(project_id: int, name: str):
    dataset = require_dataset(project_id, name, "entity.create")
    body = body_json(BULK_BODY_LIMIT)
    names = {item["name"] for item in properties_of(dataset["id"])}
    is_bulk = bool(body.get("entities")) or isinstance(body.get("entities"), list)
    items = [read_entity(e, names) for e in _bulk(body)] if is_bulk else [read_entity(body, names)]
    source = _read_source(body.get("source"), len(items)) if is_bulk else None
    now = now_ms()
    with store().write() as db:
        _check_uuids(db, [item["uuid"] for item in items])
        for item in items:
            save_new(db, dataset["id"], item, now, source, actor().id)
        action = "entity.bulk.create" if is_bulk else "entity.create"
        log_change(db, dataset["id"], action, {"count": len(items)})
    return success() if is_bulk else answer(_with_version(find_entity(dataset, items[0]["uuid"])))


def _bulk(body: dict) -> list[dict]:
    given = body["entities"]
    if not isinstance(given, list):
        raise problem(400.31, expected=["entities: [...]"], actual=["not an array"])
    if not given:
        raise problem(400.31, expected=["entities: [...]"], actual=["empty array"])
    return given


def _read_source(source, count: int) -> dict:
    if not source:
        raise problem(400.2, field="source")
    if not source.get("name"):
        raise problem(400.2, field="source.name")
    if not isinstance(source["name"], str):
        raise problem(400.11, field="name", expected="string")
    size = source.get("size")
    if size is not None and not isinstance(size, int | float):
        raise problem(400.11, field="size", expected="number")
    agent = request.headers.get("User-Agent")
    return {"name": source["name"], "size": size, "count": count, "userAgent": agent}


def for_api(row: Row) -> dict:
    return {
        "uuid": row["uuid"],
        "creatorId": row["creator_id"],
        "conflict": row["conflict"],
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "deletedAt": iso(row["deleted_at"]),
    }


def _version(row: Row, current: bool, with_data: bool) -> dict:
    shown = {
        "current": current,
        "label": row["label"],
        "creatorId": row["creator_id"],
        "userAgent": row["user_agent"],
        "version": row["version"],
        "baseVersion": row["base_version"],
        "conflictingProperties": row["conflicting"] and orjson.loads(row["conflicting"]),
        "createdAt": iso(row["created_at"]),
        "branchId": None,
        "trunkVersion": None,
        "branchBaseVersion": None,
    }
    if with_data:
        shown["data"] = orjson.loads(row["data"])
        shown["dataReceived"] = orjson.loads(row["data_received"])
    return shown


def _versions(entity: Row) -> list[Row]:
    return store().all(
        "SELECT * FROM entity_def WHERE entity_id = ? ORDER BY version", entity["id"]
    )


def _with_version(row: Row, with_data: bool = True) -> dict:
    current = _versions(row)[-1]
    shown = for_api(row) | {"currentVersion": _version(current, True, with_data)}
    if is_extended():
        shown["creator"] = find_actor(row["creator_id"])
    return shown


@entities.get(f"{DATASET}/entities")
def list_entities(project_id: int, name: str):
    dataset = require_dataset(project_id, name, "entity.list")
    gone = "NOT" if is_true(request.args.get("deleted")) else ""
    rows = store().all(
        f"SELECT * FROM entity WHERE dataset_id = ? AND deleted_at IS {gone} NULL {NEWEST_FIRST}",
        dataset["id"],
    )
    return answer([_with_version(row, with_data=False) for row in rows])


@entities.get(ENTITY)
def get_entity(project_id: int, name: str, uuid: str):
    dataset = require_dataset(project_id, name, "entity.read")
    return answer(_with_version(find_entity(dataset, uuid)))


@entities.get(f"{ENTITY}/versions")
def list_versions(project_id: int, name: str, uuid: str):
    rows = _versions(find_entity(require_dataset(project_id, name, "entity.read"), uuid))
    return answer(
        [
            _version(row, row is rows[-1], True)
            | {"conflict": _clash_of(row), "source": orjson.loads(row["source"] or "{}")}
            for row in rows
        ]
    )


def _clash_of(row: Row) -> str | None:
    """What a version clashed with when it came: told of a version for ever, resolved or not."""
    if row["version"] == 1 or row["base_version"] == row["version"] - 1:
        return None
    return "hard" if row["conflicting"] and orjson.loads(row["conflicting"]) else "soft"


@entities.patch(ENTITY)
def patch_entity(project_id: int, name: str, uuid: str):
    dataset = require_dataset(project_id, name, "entity.update")
    # The version is looked at under the lock under which the next one is written.
    with store().write() as db:
        _patch(db, dataset, find_entity(dataset, uuid))
    return answer(_with_version(find_entity(dataset, uuid)))


def _patch(db, dataset: Row, row: Row) -> None:
    given, current = request.args.get("baseVersion"), str(row["version"])
    is_resolve = is_true(request.args.get("resolve"))
    if is_resolve and row["conflict"] is None:
        raise problem(400.32)
    if given != current and not is_true(request.args.get("force")):
        raise problem(409.15, current=current, provided=given)
    body = body_json()
    if not (is_resolve and not body):
        names = {item["name"] for item in properties_of(dataset["id"])}
        item = read_entity(body, names, before=row)
        save_update(db, dataset, row, item, row["version"], row["conflict"], None)
    if is_resolve:
        db.execute(
            "UPDATE entity SET conflict = NULL, updated_at = ? WHERE id = ?",
            (now_ms(), row["id"]),
        )
        log_change(db, dataset["id"], "entity.update.resolve")


def save_update(db, dataset, row, item, base_version, conflict, conflicting) -> None:
    """Writes the next version of an entity."""
    now, version = now_ms(), row["version"] + 1
    db.execute(
        "UPDATE entity SET version = ?, label = ?, data = ?, conflict = ?, updated_at = ? "
        "WHERE id = ?",
        (version, item["label"], _text(item["data"]), conflict, now, row["id"]),
    )
    db.execute(
        "INSERT INTO entity_def (entity_id, version, base_version, label, data, data_received, "
        "conflicting, creator_id, user_agent, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row["id"],
            version,
            base_version,
            item["label"],
            _text(item["data"]),
            _text(item["received"]),
            None if conflicting is None else _text(conflicting),
            actor().id if actor() else None,
            request.headers.get("User-Agent"),
            now,
        ),
    )
    log_change(db, dataset["id"], "entity.update.version")


@entities.delete(ENTITY)
def delete_entity(project_id: int, name: str, uuid: str):
    dataset = require_dataset(project_id, name, "entity.delete")
    row = find_entity(dataset, uuid)
    _mark(dataset, [row["uuid"]], deleted=True)
    return success()


@entities.post(f"{ENTITY}/restore")
def restore_entity(project_id: int, name: str, uuid: str):
    dataset = require_dataset(project_id, name, "entity.restore")
    row = find_entity(dataset, uuid, deleted=True)
    with store().write() as db:
        db.execute("UPDATE entity SET updated_at = ? WHERE id = ?", (now_ms(), row["id"]))
    _mark(dataset, [row["uuid"]], deleted=False)
    return success()


@entities.post(f"{DATASET}/entities/bulk-delete")
def bulk_delete(project_id: int, name: str):
    dataset = require_dataset(project_id, name, "entity.delete")
    return answer({"count": _mark(dataset, body_json().get("ids") or [], deleted=True)})


@entities.post(f"{DATASET}/entities/bulk-restore")
def bulk_restore(project_id: int, name: str):
    dataset = require_dataset(project_id, name, "entity.restore")
    return answer({"count": _mark(dataset, body_json().get("ids") or [], deleted=False)})


def _mark(dataset: Row, uuids: list[str], deleted: bool) -> int:
    """Deletes or restores; the number of entities changed. updatedAt stays as it is."""
    count = 0
    with store().write() as db:
        for uuid in uuids:
            count += db.execute(
                "UPDATE entity SET deleted_at = ? WHERE dataset_id = ? AND uuid = ? "
                f"AND deleted_at IS {'' if deleted else 'NOT'} NULL",
                (now_ms() if deleted else None, dataset["id"], uuid.lower()),
            ).rowcount
        if count:
            log_change(db, dataset["id"], "entity.delete" if deleted else "entity.restore")
    return count
