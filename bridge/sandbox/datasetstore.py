"""Entity lists below the API: finding them, whose rows an app user sees, their CSV and tag.

The access filter behaves as Central's: several rules are ORed, a rule naming an unknown property
is dropped in silence, and an actor without a value for the property sees nothing.
"""

import csv
import io
from collections.abc import Iterator
from hashlib import md5
from sqlite3 import Connection, Row
from urllib.parse import quote

import orjson
from flask import Response

from bridge.sandbox.problems import problem
from bridge.sandbox.projects import place
from bridge.sandbox.store import iso, now_ms
from bridge.sandbox.web import actor, conditional, store, verbs

ENTITIES = "SELECT * FROM entity WHERE dataset_id = ? AND deleted_at IS NULL"
NEWEST_FIRST = "ORDER BY created_at DESC, id DESC"


def find_dataset(project_id: int, name: str) -> Row:
    """The published entity list of this name, or 404.1."""
    row = store().one(
        "SELECT * FROM dataset WHERE project_id = ? AND name = ? AND published_at IS NOT NULL "
        "AND deleted_at IS NULL",
        project_id,
        name,
    )
    if row is None:
        raise problem(404.1)
    return row


def properties_of(dataset_id: int) -> list[Row]:
    return store().all(
        "SELECT * FROM dataset_property WHERE dataset_id = ? AND published_at IS NOT NULL "
        "AND deleted_at IS NULL ORDER BY published_at, id",
        dataset_id,
    )


def filter_rules(dataset_id: int) -> list[Row]:
    return store().all(
        "SELECT p.name dataset_property, a.name actor_property, a.id actor_property_id "
        "FROM dataset_filter f JOIN dataset_property p ON p.id = f.dataset_property_id "
        "JOIN actor_property a ON a.id = f.actor_property_id WHERE f.dataset_id = ? "
        "ORDER BY p.name, a.name",
        dataset_id,
    )


def limited_actor(project_id: int) -> int | None:
    """The caller's id where access filters apply to it; None for whoever may list entities."""
    return None if "entity.list" in verbs(place(project_id)) else actor().id


def _own_values(dataset: Row, actor_id: int) -> list[tuple[str, str]]:
    rows = store().all(
        "SELECT p.name, v.value FROM dataset_filter f "
        "JOIN dataset_property p ON p.id = f.dataset_property_id "
        "JOIN actor_property_value v ON v.property_id = f.actor_property_id "
        "WHERE f.dataset_id = ? AND v.actor_id = ?",
        dataset["id"],
        actor_id,
    )
    return [(row["name"], row["value"]) for row in rows]


def is_visible(dataset: Row, actor_id: int | None):
    """A test of an entity's row: may this actor's tablet receive it?"""
    if actor_id is None:
        return lambda row, data: True
    has_rules = bool(filter_rules(dataset["id"]))
    own = _own_values(dataset, actor_id)

    def test(row: Row, data: dict) -> bool:
        if dataset["owner_only"] and row["creator_id"] != actor_id:
            return False
        return not has_rules or any(data.get(name) == value for name, value in own)

    return test


def list_hash(dataset: Row, actor_id: int | None) -> str:
    """The md5 that stands for the content of the list as this actor sees it."""
    last_change = store().one(
        "SELECT max(logged_at), max(id) FROM audit WHERE actee = ?", f"dataset:{dataset['id']}"
    )
    parts: list = [dataset["id"], *last_change]
    if actor_id is not None and (dataset["owner_only"] or filter_rules(dataset["id"])):
        parts += [actor_id, dataset["owner_only"], _own_values(dataset, actor_id)]
        if dataset["owner_only"]:
            parts += store().one(
                "SELECT count(*), max(created_at), max(updated_at) FROM entity "
                "WHERE dataset_id = ? AND creator_id = ? AND deleted_at IS NULL",
                dataset["id"],
                actor_id,
            )
    return md5(orjson.dumps(parts), usedforsecurity=False).hexdigest()


def write_rows(header: list[str], rows) -> Iterator[str]:
    """CSV in pieces of some kilobytes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if out.tell() > 32768:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def media_csv(dataset: Row, actor_id: int | None):
    """The list as tablets get it: name, label, __version, properties."""
    names = [row["name"] for row in properties_of(dataset["id"])]
    test = is_visible(dataset, actor_id)

    def rows():
        for row in store().reader.execute(f"{ENTITIES} {NEWEST_FIRST}", (dataset["id"],)):
            data = orjson.loads(row["data"])
            if test(row, data):
                values = [data.get(name) for name in names]
                yield [row["uuid"], row["label"], row["version"], *values]

    return write_rows(["name", "label", "__version", *names], rows())


def stream_media(project_id: int, media: Row, limited: bool = True) -> Response:
    """A form's media file: its bytes, or the linked entity list as CSV."""
    name = media["name"]
    if media["blob_id"] is not None:
        blob = store().one("SELECT * FROM blob WHERE id = ?", media["blob_id"])
        return conditional(blob["md5"], lambda: attached(name, blob), weak=False)
    if media["dataset_id"] is None:
        raise problem(404.1)
    dataset = store().one("SELECT * FROM dataset WHERE id = ?", media["dataset_id"])
    actor_id = limited_actor(project_id) if limited else None
    tag = list_hash(dataset, actor_id)

    def make() -> Response:
        response = Response("".join(media_csv(dataset, actor_id)), content_type="text/csv")
        response.headers["Content-Disposition"] = disposition(name)
        return response

    return conditional(tag, make, weak=False)


def attached(name: str, blob: Row, inline_images: bool = False) -> Response:
    response = Response(blob["content"])
    # Set as it came: the framework would add a charset.
    response.headers["Content-Type"] = blob["content_type"] or "application/octet-stream"
    is_image = blob["content_type"] in ("image/jpeg", "image/png", "image/gif")
    kind = "inline" if inline_images and is_image else "attachment"
    response.headers["Content-Disposition"] = disposition(name, kind)
    return response


def disposition(name: str, kind: str = "attachment") -> str:
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "-" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"


def save_form_datasets(db: Connection, project_id: int, def_id: int, datasets: list[dict]) -> None:
    """The lists that a form definition writes exist from its draft on, unpublished."""
    for item in datasets:
        near = db.execute(
            "SELECT name FROM dataset WHERE project_id = ? AND lower(name) = lower(?) "
            "AND name <> ? AND published_at IS NOT NULL AND deleted_at IS NULL",
            (project_id, item["name"], item["name"]),
        ).fetchone()
        if near:
            raise problem(409.16, current=near["name"], provided=item["name"])
        dataset_id = _ensure_dataset(db, project_id, item["name"])
        for name in item["properties"].values():
            db.execute(
                "INSERT INTO dataset_property (dataset_id, name) VALUES (?, ?) "
                "ON CONFLICT DO NOTHING",
                (dataset_id, name),
            )


def _ensure_dataset(db: Connection, project_id: int, name: str) -> int:
    row = db.execute(
        "SELECT id FROM dataset WHERE project_id = ? AND name = ? AND deleted_at IS NULL",
        (project_id, name),
    ).fetchone()
    if row:
        return row["id"]
    return db.execute(
        "INSERT INTO dataset (project_id, name, actee, created_at) VALUES (?, ?, '', ?)",
        (project_id, name, now_ms()),
    ).lastrowid


def publish_datasets(db: Connection, project_id: int, def_id: int, now: int) -> list[tuple]:
    """Publishes what the definition writes; (id, name) of the lists that are new."""
    (written,) = db.execute("SELECT datasets FROM form_def WHERE id = ?", (def_id,)).fetchone()
    created = []
    for item in orjson.loads(written):
        row = db.execute(
            "SELECT * FROM dataset WHERE project_id = ? AND name = ? AND deleted_at IS NULL",
            (project_id, item["name"]),
        ).fetchone()
        if row["published_at"] is None:
            db.execute("UPDATE dataset SET published_at = ? WHERE id = ?", (now, row["id"]))
            created.append((row["id"], item["name"]))
        for name in item["properties"].values():
            db.execute(
                "UPDATE dataset_property SET published_at = ? WHERE dataset_id = ? AND name = ? "
                "AND published_at IS NULL AND deleted_at IS NULL",
                (now, row["id"], name),
            )
        log_change(
            db, row["id"], "dataset.create" if row["published_at"] is None else "dataset.update"
        )
    return created


def link_new_dataset(db: Connection, def_id: int, dataset_id: int, name: str) -> None:
    db.execute(
        "UPDATE form_attachment SET dataset_id = ? WHERE def_id = ? AND name = ? "
        "AND type = 'file' AND blob_id IS NULL AND dataset_id IS NULL",
        (dataset_id, def_id, f"{name}.csv"),
    )


def log_change(db: Connection, dataset_id: int, action: str, details: dict | None = None) -> None:
    """Every change of a list or its entities is an audit entry: the list's tag rests on it."""
    db.execute(
        "INSERT INTO audit (actor_id, action, actee, details, logged_at) VALUES (?, ?, ?, ?, ?)",
        (
            actor().id if actor() else None,
            action,
            f"dataset:{dataset_id}",
            details and orjson.dumps(details).decode(),
            now_ms(),
        ),
    )


def dataset_diff(project_id: int, form_def: Row) -> list[dict]:
    """What publishing this draft would add to the entity lists it writes."""
    shown = []
    for item in orjson.loads(form_def["datasets"]):
        row = store().one(
            "SELECT * FROM dataset WHERE project_id = ? AND name = ? AND deleted_at IS NULL",
            project_id,
            item["name"],
        )
        published = {p["name"] for p in properties_of(row["id"])}
        own = list(item["properties"].values())
        properties = [
            {"name": name, "isNew": False, "inForm": False} for name in sorted(published - set(own))
        ] + [{"name": name, "isNew": name not in published, "inForm": True} for name in own]
        is_new = row["published_at"] is None
        shown.append({"name": item["name"], "isNew": is_new, "properties": properties})
    return shown


def last_update(dataset_id: int) -> str | None:
    row = store().one("SELECT max(logged_at) FROM audit WHERE actee = ?", f"dataset:{dataset_id}")
    return iso(row[0])
