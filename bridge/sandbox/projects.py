"""Projects, and the audit log of the whole server."""

from sqlite3 import Row
from uuid import uuid4

import orjson
from flask import Blueprint, request

from bridge.sandbox.problems import problem
from bridge.sandbox.rights import verbs_on
from bridge.sandbox.store import Store, iso, now_ms
from bridge.sandbox.web import (
    actor,
    answer,
    body_json,
    is_extended,
    js_int,
    require,
    store,
    success,
    verbs,
)

projects = Blueprint("projects", __name__)
WRITABLE = {"name": "name", "description": "description", "archived": "archived"}


def create_project(store: Store, name: str, description: str | None = None) -> int:
    with store.write() as db:
        return db.execute(
            "INSERT INTO project (name, description, actee, created_at) VALUES (?, ?, ?, ?)",
            (name, description, str(uuid4()), now_ms()),
        ).lastrowid


def find_project(project_id: int) -> Row:
    """The project, or 404.1."""
    row = store().one("SELECT * FROM project WHERE id = ? AND deleted_at IS NULL", project_id)
    if row is None:
        raise problem(404.1)
    return row


def require_project(project_id: int, verb: str) -> Row:
    """The project, if the caller has the verb on it: 404.1 comes before 403.1, as in Central."""
    row = find_project(project_id)
    require(verb, place(project_id))
    return row


def place(project_id: int) -> str:
    """The name under which roles on a project are kept."""
    return f"project:{project_id}"


def for_api(row: Row, with_actee: bool = False) -> dict:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "archived": None if row["archived"] is None else bool(row["archived"]),
        "keyId": None,
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "deletedAt": iso(row["deleted_at"]),
    } | ({"acteeId": row["actee"]} if with_actee else {})


def _extended(row: Row) -> dict:
    counts = store().one(
        "SELECT (SELECT count(*) FROM form WHERE project_id = p.id AND deleted_at IS NULL) forms, "
        "(SELECT count(*) FROM actor WHERE project_id = p.id AND type = 'field_key' "
        " AND deleted_at IS NULL) app_users, "
        "(SELECT count(*) FROM dataset WHERE project_id = p.id AND deleted_at IS NULL "
        " AND published_at IS NOT NULL) datasets, "
        "(SELECT max(s.created_at) FROM submission s JOIN form f ON f.id = s.form_id "
        " WHERE f.project_id = p.id AND f.deleted_at IS NULL AND s.draft = 0 "
        " AND s.deleted_at IS NULL) last_submission, "
        "(SELECT max(e.created_at) FROM entity e JOIN dataset d ON d.id = e.dataset_id "
        " WHERE d.project_id = p.id AND e.deleted_at IS NULL) last_entity "
        "FROM project p WHERE p.id = ?",
        row["id"],
    )
    return {
        "forms": counts["forms"],
        "appUsers": counts["app_users"],
        "datasets": counts["datasets"],
        "lastSubmission": iso(counts["last_submission"]),
        "lastEntity": iso(counts["last_entity"]),
    }


@projects.get("/projects")
def list_projects():
    rows = store().all(
        "SELECT * FROM project WHERE deleted_at IS NULL ORDER BY coalesce(archived, 0), name"
    )
    listed = []
    for row in rows:
        own = verbs(place(row["id"]))
        if "project.read" in own and own & {"form.list", "open_form.list"}:
            extended = _extended(row) if is_extended() else {}
            listed.append(for_api(row) | {"verbs": sorted(own)} | extended)
    return answer(listed)


@projects.post("/projects")
def post_project():
    require("project.create")
    body = body_json()
    if not body.get("name"):
        raise problem(400.2, field="name")
    project_id = create_project(store(), body["name"], body.get("description"))
    return answer(for_api(find_project(project_id), with_actee=True))


@projects.get("/projects/<int:project_id>")
def get_project(project_id: int):
    row = require_project(project_id, "project.read")
    if not is_extended():
        return answer(for_api(row))
    own = sorted(verbs_on(store(), actor().id, place(project_id)))
    return answer({"verbs": own} | for_api(row) | _extended(row))


@projects.patch("/projects/<int:project_id>")
def patch_project(project_id: int):
    require_project(project_id, "project.update")
    body = {WRITABLE[key]: value for key, value in body_json().items() if key in WRITABLE}
    with store().write() as db:
        for column, value in body.items():
            db.execute(f"UPDATE project SET {column} = ? WHERE id = ?", (value, project_id))
        if body:
            db.execute("UPDATE project SET updated_at = ? WHERE id = ?", (now_ms(), project_id))
    return answer(for_api(find_project(project_id)))


@projects.delete("/projects/<int:project_id>")
def delete_project(project_id: int):
    require_project(project_id, "project.delete")
    with store().write() as db:
        db.execute("UPDATE project SET deleted_at = ? WHERE id = ?", (now_ms(), project_id))
    return success()


def log_audit(db, action: str, actee: str | None, details: dict | None = None, notes=None) -> None:
    """An entry of the audit log: ids and counts, never an answer."""
    who = actor().id if actor() else None
    db.execute(
        "INSERT INTO audit (actor_id, action, actee, details, notes, logged_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (who, action, actee, details and orjson.dumps(details).decode(), notes, store().moment),
    )


def audit_for_api(row: Row) -> dict:
    return {
        "actorId": row["actor_id"],
        "action": row["action"],
        "acteeId": row["actee"],
        "details": row["details"] and orjson.loads(row["details"]),
        "loggedAt": iso(row["logged_at"]),
        "notes": row["notes"],
    }


@projects.get("/audits")
def list_audits():
    require("audit.read")
    limit = js_int(request.args.get("limit"))
    action = request.args.get("action")
    rows = store().all(
        "SELECT * FROM audit WHERE ? IS NULL OR action = ? "
        "ORDER BY logged_at DESC, id DESC LIMIT ? OFFSET ?",
        action,
        action,
        -1 if limit is None else limit,
        js_int(request.args.get("offset")) or 0,
    )
    return answer([audit_for_api(row) for row in rows])
