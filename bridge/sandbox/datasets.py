"""Endpoints of entity lists: list, create, properties, access filter, CSV, integrity."""

from sqlite3 import Row
from uuid import uuid4

import orjson
from flask import Blueprint, Response, request

from bridge.sandbox.datasetstore import (
    ENTITIES,
    NEWEST_FIRST,
    disposition,
    filter_rules,
    find_dataset,
    last_update,
    list_hash,
    log_change,
    properties_of,
    write_rows,
)
from bridge.sandbox.problems import problem
from bridge.sandbox.projects import place, require_project
from bridge.sandbox.store import iso, now_ms
from bridge.sandbox.web import (
    answer,
    body_json,
    conditional,
    is_extended,
    is_true,
    require,
    store,
    stream,
    success,
)
from bridge.sandbox.xforms import is_dataset_name, is_property_name, odata_name

datasets = Blueprint("datasets", __name__)
DATASETS = "/projects/<int:project_id>/datasets"
DATASET = f"{DATASETS}/<name>"


def require_dataset(project_id: int, name: str, verb: str) -> Row:
    row = find_dataset(project_id, name)
    require(verb, place(project_id))
    return row


def for_api(row: Row, extended: bool = False) -> dict:
    shown = {
        "name": row["name"],
        "createdAt": iso(row["created_at"]),
        "projectId": row["project_id"],
        "approvalRequired": bool(row["approval_required"]),
        "ownerOnly": bool(row["owner_only"]),
        "deletedAt": iso(row["deleted_at"]),
    }
    return shown | (_extended(row) if extended else {})


def _extended(row: Row) -> dict:
    counts = store().one(
        "SELECT count(*), max(created_at), sum(conflict IS NOT NULL) FROM entity "
        "WHERE dataset_id = ? AND deleted_at IS NULL",
        row["id"],
    )
    return {"entities": counts[0], "lastEntity": iso(counts[1]), "conflicts": counts[2] or 0}


def metadata(row: Row) -> dict:
    """The list with its properties, the forms that read and write it, and its filter."""
    linked = _linked_forms(row)
    source = _source_forms(row)
    shown = for_api(row, is_extended()) | {
        "lastUpdate": last_update(row["id"]),
        "linkedForms": [form for draft, form in linked if not draft],
        "sourceForms": [form for draft, form in source if not draft],
        "draftLinkedForms": [form for draft, form in linked if draft],
        "draftSourceForms": [form for draft, form in source if draft],
        "properties": [
            {
                "name": item["name"],
                "publishedAt": iso(item["published_at"]),
                "odataName": odata_name(item["name"]),
                "forms": [],
            }
            for item in properties_of(row["id"])
        ],
    }
    rules = filter_rules(row["id"])
    if row["owner_only"]:
        return shown | {"accessFilter": {"type": "ownerOnly"}}
    if rules:
        listed = [
            {"datasetProperty": r["dataset_property"], "actorProperty": r["actor_property"]}
            for r in rules
        ]
        return shown | {"accessFilter": {"type": "property", "rules": listed}}
    return shown


def _linked_forms(row: Row) -> list[tuple[bool, dict]]:
    rows = store().all(
        "SELECT DISTINCT f.xml_form_id, d.name, d.id = f.draft_def AS draft "
        "FROM form_attachment a JOIN form_def d ON d.id = a.def_id "
        "JOIN form f ON d.id IN (f.current_def, f.draft_def) "
        "WHERE a.dataset_id = ? AND f.deleted_at IS NULL",
        row["id"],
    )
    return [_form_entry(form) for form in rows]


def _source_forms(row: Row) -> list[tuple[bool, dict]]:
    rows = store().all(
        "SELECT DISTINCT f.xml_form_id, d.name, d.id = f.draft_def AS draft, d.datasets "
        "FROM form f JOIN form_def d ON d.id IN (f.current_def, f.draft_def) "
        "WHERE f.project_id = ? AND f.deleted_at IS NULL AND d.datasets <> '[]'",
        row["project_id"],
    )
    return [
        _form_entry(form)
        for form in rows
        if any(item["name"] == row["name"] for item in orjson.loads(form["datasets"]))
    ]


def _form_entry(form: Row) -> tuple[bool, dict]:
    name = form["name"] or form["xml_form_id"]
    return bool(form["draft"]), {"name": name, "xmlFormId": form["xml_form_id"]}


@datasets.get(DATASETS)
def list_datasets(project_id: int):
    require_project(project_id, "dataset.list")
    gone = "NOT" if is_true(request.args.get("deleted")) else ""
    rows = store().all(
        f"SELECT * FROM dataset WHERE project_id = ? AND deleted_at IS {gone} NULL "
        "AND published_at IS NOT NULL ORDER BY name",
        project_id,
    )
    return answer([for_api(row, is_extended()) for row in rows])


@datasets.post(DATASETS)
def post_dataset(project_id: int):
    require_project(project_id, "dataset.create")
    body = body_json()
    name = body.get("name")
    if not is_dataset_name(name):
        raise problem(400.8, field="name", value=name, reason="it is not allowed.")
    now = now_ms()
    with store().write() as db:
        known = db.execute(
            "SELECT * FROM dataset WHERE project_id = ? AND lower(name) = lower(?) "
            "AND deleted_at IS NULL ORDER BY name = ? DESC",
            (project_id, name, name),
        ).fetchone()
        if known and known["published_at"] and known["name"] != name:
            raise problem(409.16, current=known["name"], provided=name)
        if known and known["published_at"]:
            values = [name, project_id]
            raise problem(409.3, table="datasets", fields=["name", "projectId"], values=values)
        dataset_id = known["id"] if known and known["name"] == name else None
        if dataset_id is None:
            dataset_id = db.execute(
                "INSERT INTO dataset (project_id, name, approval_required, owner_only, actee, "
                "created_at) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    project_id,
                    name,
                    bool(body.get("approvalRequired")),
                    bool(body.get("ownerOnly")),
                    str(uuid4()),
                    now,
                ),
            ).lastrowid
        db.execute("UPDATE dataset SET published_at = ? WHERE id = ?", (now, dataset_id))
        log_change(db, dataset_id, "dataset.create")
    return answer(metadata(find_dataset(project_id, name)))


@datasets.get(DATASET)
def get_dataset(project_id: int, name: str):
    return answer(metadata(require_dataset(project_id, name, "dataset.read")))


@datasets.delete(DATASET)
def delete_dataset(project_id: int, name: str):
    row = require_dataset(project_id, name, "dataset.delete")
    shown = metadata(row)
    users = {
        key: shown[key]
        for key in ("sourceForms", "linkedForms", "draftSourceForms", "draftLinkedForms")
    }
    if any(users.values()):
        raise problem(409.21, **users)
    with store().write() as db:
        db.execute("UPDATE dataset SET deleted_at = ? WHERE id = ?", (now_ms(), row["id"]))
        log_change(db, row["id"], "dataset.delete")
    return success()


@datasets.patch(DATASET)
def patch_dataset(project_id: int, name: str):
    row = require_dataset(project_id, name, "dataset.update")
    body = body_json()
    changes = {}
    if isinstance(body.get("approvalRequired"), bool):
        changes["approval_required"] = body["approvalRequired"]
    rules = None
    if "accessFilter" in body:
        changes["owner_only"], rules = _read_filter(body["accessFilter"])
    elif isinstance(body.get("ownerOnly"), bool):
        changes["owner_only"] = body["ownerOnly"]
        rules = [] if body["ownerOnly"] else None
    with store().write() as db:
        if rules is not None:
            _save_rules(db, row, rules)
        for column, value in changes.items():
            db.execute(f"UPDATE dataset SET {column} = ? WHERE id = ?", (int(value), row["id"]))
        if changes:
            log_change(db, row["id"], "dataset.update")
    return answer(metadata(find_dataset(project_id, name)))


def _read_filter(given) -> tuple[bool, list[dict]]:
    """(owner only?, rules) of an accessFilter."""
    if given is None:
        return False, []
    kind = given.get("type") if isinstance(given, dict) else None
    if kind == "ownerOnly":
        return True, []
    if kind != "property":
        reason = "it is neither ownerOnly nor property."
        raise problem(400.8, field="accessFilter.type", value=kind, reason=reason)
    rules = given.get("rules")
    if not isinstance(rules, list) or not rules:
        raise problem(400.8, field="accessFilter.rules", value=rules, reason="rules are missing.")
    for rule in rules:
        if not rule.get("datasetProperty") or not rule.get("actorProperty"):
            reason = "a rule needs datasetProperty and actorProperty."
            raise problem(400.8, field="accessFilter.rules", value=rule, reason=reason)
    return False, rules


def _save_rules(db, row: Row, rules: list[dict]) -> None:
    """Replaces the rules; one that names an unknown property is dropped without a word."""
    db.execute("DELETE FROM dataset_filter WHERE dataset_id = ?", (row["id"],))
    for rule in rules:
        db.execute(
            "INSERT OR IGNORE INTO dataset_filter SELECT ?, p.id, a.id "
            "FROM dataset_property p, actor_property a WHERE p.dataset_id = ? AND p.name = ? "
            "AND p.published_at IS NOT NULL AND p.deleted_at IS NULL "
            "AND a.project_id = ? AND a.name = ?",
            (
                row["id"],
                row["id"],
                rule["datasetProperty"],
                row["project_id"],
                rule["actorProperty"],
            ),
        )


@datasets.post(f"{DATASET}/properties")
def post_property(project_id: int, name: str):
    row = require_dataset(project_id, name, "dataset.update")
    wanted = body_json().get("name")
    if not is_property_name(wanted):
        raise problem(400.8, field="name", value=wanted, reason="it is not allowed.")
    with store().write() as db:
        known = db.execute(
            "SELECT * FROM dataset_property WHERE dataset_id = ? AND lower(name) = lower(?) "
            "AND published_at IS NOT NULL AND deleted_at IS NULL",
            (row["id"], wanted),
        ).fetchone()
        if known:
            fields, values = ["name", "datasetId"], [known["name"], row["id"]]
            raise problem(409.3, table="ds_properties", fields=fields, values=values)
        db.execute(
            "INSERT INTO dataset_property (dataset_id, name, published_at) VALUES (?, ?, ?) "
            "ON CONFLICT (dataset_id, name) WHERE deleted_at IS NULL "
            "DO UPDATE SET published_at = excluded.published_at",
            (row["id"], wanted, now_ms()),
        )
        log_change(db, row["id"], "dataset.update")
    return success()


@datasets.get(f"{DATASET}/entities.csv")
def get_csv(project_id: int, name: str):
    require_project(project_id, "entity.list")
    row = find_dataset(project_id, name)
    return conditional(list_hash(row, None), lambda: _csv(row), weak=False)


def _csv(row: Row) -> Response:
    names = [item["name"] for item in properties_of(row["id"])]
    header = ["__id", "label", *names]
    header += ["__createdAt", "__creatorId", "__creatorName", "__updates", "__updatedAt"]
    creators = {r["id"]: r["display_name"] for r in store().all("SELECT * FROM actor")}

    def lines():
        for item in store().reader.execute(f"{ENTITIES} {NEWEST_FIRST}", (row["id"],)):
            data = orjson.loads(item["data"])
            yield [item["uuid"], item["label"], *(data.get(n) for n in names)] + [
                iso(item["created_at"]),
                item["creator_id"],
                creators.get(item["creator_id"]),
                item["version"] - 1,
                iso(item["updated_at"]),
                item["version"],
            ]

    response = stream(write_rows([*header, "__version"], lines()), "text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = disposition(f"{row['name']}.csv")
    return response
