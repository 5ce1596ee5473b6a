"""App users (the keys of tablets) and the properties by which entity lists are filtered."""

from sqlite3 import IntegrityError, Row

from flask import Blueprint

from bridge.sandbox.accounts import actor_for_api, delete_actor, find_actor, start_session
from bridge.sandbox.problems import problem
from bridge.sandbox.projects import require_project
from bridge.sandbox.store import iso, now_ms
from bridge.sandbox.web import actor, answer, body_json, is_extended, store, success
from bridge.sandbox.xforms import is_property_name

app_users = Blueprint("app_users", __name__)
# actors."displayName" of Central is varchar(64).
LONGEST_NAME = 64
SELECT = (
    "SELECT actor.*, session.token FROM actor LEFT JOIN session ON session.actor_id = actor.id "
    "WHERE actor.project_id = ? AND actor.type = 'field_key' AND actor.deleted_at IS NULL"
)


def for_api(row: Row, extended: bool) -> dict:
    shown = {"projectId": row["project_id"]} | actor_for_api(row) | {"token": row["token"]}
    if not extended:
        return shown
    return shown | {
        "createdBy": find_actor(row["created_by"]),
        "lastUsed": iso(row["last_used"]),
        "properties": properties_of(row["id"]) or None,
    }


def properties_of(actor_id: int) -> dict[str, str]:
    rows = store().all(
        "SELECT name, value FROM actor_property_value JOIN actor_property p ON p.id = property_id "
        "WHERE actor_id = ? ORDER BY name",
        actor_id,
    )
    return {row["name"]: row["value"] for row in rows}


def _find(project_id: int, actor_id: int) -> Row:
    row = store().one(f"{SELECT} AND actor.id = ?", project_id, actor_id)
    if row is None:
        raise problem(404.1)
    return row


@app_users.get("/projects/<int:project_id>/app-users")
def list_app_users(project_id: int):
    require_project(project_id, "field_key.list")
    rows = store().all(
        f"{SELECT} ORDER BY session.token IS NOT NULL DESC, actor.created_at DESC, actor.id DESC",
        project_id,
    )
    return answer([for_api(row, is_extended()) for row in rows])


@app_users.post("/projects/<int:project_id>/app-users")
def post_app_user(project_id: int):
    require_project(project_id, "field_key.create")
    body = body_json()
    name = body.get("displayName")
    if not name:
        raise problem(400.2, field="displayName")
    if len(name) > LONGEST_NAME:
        raise problem(400.13, maxLength=str(LONGEST_NAME))
    properties = _read_properties(project_id, body)
    with store().write() as db:
        actor_id = db.execute(
            "INSERT INTO actor (type, display_name, project_id, created_by, created_at) "
            "VALUES ('field_key', ?, ?, ?, ?)",
            (name, project_id, actor().id, now_ms()),
        ).lastrowid
        _save_properties(db, project_id, actor_id, properties)
    session = start_session(store(), actor_id, lasts_ms=None)
    shown = for_api(_find(project_id, actor_id), extended=False)
    return answer(shown | {"csrf": session["csrf"], "expiresAt": iso(session["expires_at"])})


@app_users.get("/projects/<int:project_id>/app-users/<int:actor_id>")
def get_app_user(project_id: int, actor_id: int):
    require_project(project_id, "field_key.list")
    return answer(for_api(_find(project_id, actor_id), is_extended()))


@app_users.patch("/projects/<int:project_id>/app-users/<int:actor_id>")
def patch_app_user(project_id: int, actor_id: int):
    require_project(project_id, "field_key.update")
    _find(project_id, actor_id)
    properties = _read_properties(project_id, body_json())
    with store().write() as db:
        _save_properties(db, project_id, actor_id, properties)
    return answer(for_api(_find(project_id, actor_id), extended=True))


@app_users.delete("/projects/<int:project_id>/app-users/<int:actor_id>")
def delete_app_user(project_id: int, actor_id: int):
    require_project(project_id, "field_key.delete")
    _find(project_id, actor_id)
    delete_actor(store(), actor_id)
    return success()


def _read_properties(project_id: int, body: dict) -> dict[str, str | None]:
    """The properties of the body, checked; blank and null take a property away."""
    given = body.get("properties")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise problem(400.8, field="properties", value=str(given), reason="it is not an object.")
    known = {
        row["name"]
        for row in store().all("SELECT name FROM actor_property WHERE project_id = ?", project_id)
    }
    for name, value in given.items():
        if name not in known:
            raise problem(400.8, field="properties", value=name, reason="there is none so named.")
        if value is not None and not isinstance(value, str):
            raise problem(400.8, field=name, value=value, reason="a value must be text or null.")
    return {name: (value or "").strip() or None for name, value in given.items()}


def _save_properties(db, project_id: int, actor_id: int, properties: dict) -> None:
    for name, value in properties.items():
        (property_id,) = db.execute(
            "SELECT id FROM actor_property WHERE project_id = ? AND name = ?", (project_id, name)
        ).fetchone()
        if value is None:
            db.execute(
                "DELETE FROM actor_property_value WHERE actor_id = ? AND property_id = ?",
                (actor_id, property_id),
            )
        else:
            db.execute(
                "INSERT OR REPLACE INTO actor_property_value VALUES (?, ?, ?)",
                (actor_id, property_id, value),
            )


@app_users.get("/projects/<int:project_id>/actor-properties")
def list_properties(project_id: int):
    require_project(project_id, "actor_property.list")
    rows = store().all(
        "SELECT id, name FROM actor_property WHERE project_id = ? ORDER BY name", project_id
    )
    if not is_extended():
        return answer([{"name": row["name"]} for row in rows])
    return answer([{"name": row["name"], "values": _values(row["id"])} for row in rows])


def _values(property_id: int) -> list[str]:
    rows = store().all(
        "SELECT DISTINCT value FROM actor_property_value WHERE property_id = ? ORDER BY value",
        property_id,
    )
    return [row["value"] for row in rows]


@app_users.post("/projects/<int:project_id>/actor-properties")
def post_property(project_id: int):
    require_project(project_id, "actor_property.update")
    name = body_json().get("name")
    if not is_property_name(name) or name.lower() == "displayname":
        raise problem(400.8, field="name", value=name, reason="it is not allowed.")
    try:
        with store().write() as db:
            db.execute(
                "INSERT INTO actor_property (project_id, name) VALUES (?, ?)", (project_id, name)
            )
    except IntegrityError:
        raise problem(
            409.3,
            fields=["projectId", "name"],
            values=[str(project_id), name],
            table="actor_properties",
        ) from None
    return success()
