"""Who has which role: on the server, on a project, on a form."""

from flask import Blueprint

from bridge.sandbox.accounts import actor_for_api
from bridge.sandbox.formstore import find_form, form_places
from bridge.sandbox.problems import problem
from bridge.sandbox.projects import find_project, place
from bridge.sandbox.rights import find_role, may_grant
from bridge.sandbox.web import answer, is_extended, require, store, success, verbs

assignments = Blueprint("assignments", __name__)


def grant(db, actor_id: int, role_id: int, actee: str) -> bool:
    """Gives the role; False where the actor had it."""
    done = db.execute(
        "INSERT OR IGNORE INTO assignment VALUES (?, ?, ?)", (actor_id, role_id, actee)
    )
    return done.rowcount > 0


def _find_actor(actor_id: int):
    row = store().one("SELECT * FROM actor WHERE id = ? AND deleted_at IS NULL", actor_id)
    if row is None:
        raise problem(404.1)
    return row


def _list(*places: str):
    require("assignment.list", *places)
    rows = store().all("SELECT * FROM assignment WHERE actee = ?", places[-1])
    return answer(
        [
            {"actorId": row["actor_id"], "roleId": row["role_id"]}
            | ({"actor": actor_for_api(_find_actor(row["actor_id"]))} if is_extended() else {})
            for row in rows
        ]
    )


def _list_role(role: str, *places: str):
    role_id = find_role(role)
    require("assignment.list", *places)
    rows = store().all(
        "SELECT actor.* FROM assignment JOIN actor ON actor.id = actor_id "
        "WHERE actee = ? AND role_id = ?",
        places[-1],
        role_id,
    )
    return answer([actor_for_api(row) for row in rows])


def _give(role: str, actor_id: int, *places: str):
    role_id = find_role(role)
    _find_actor(actor_id)
    require("assignment.create", *places)
    if not may_grant(role_id, verbs(*places)):
        raise problem(403.1)
    with store().write() as db:
        if not grant(db, actor_id, role_id, places[-1]):
            fields = ["actorId", "roleId", "acteeId"]
            values = [str(actor_id), str(role_id), places[-1]]
            raise problem(409.3, fields=fields, values=values, table="assignments")
    return success()


def _take(role: str, actor_id: int, *places: str):
    role_id = find_role(role)
    _find_actor(actor_id)
    require("assignment.delete", *places)
    with store().write() as db:
        gone = db.execute(
            "DELETE FROM assignment WHERE actor_id = ? AND role_id = ? AND actee = ?",
            (actor_id, role_id, places[-1]),
        )
    if gone.rowcount == 0:
        raise problem(404.1)
    return success()


ACTIONS = (
    ("", "GET", _list),
    ("/<role>", "GET", _list_role),
    ("/<role>/<int:actor_id>", "POST", _give),
    ("/<role>/<int:actor_id>", "DELETE", _take),
)


def _on_server(action):
    return lambda **given: action(*given.values(), "*")


def _on_project(action):
    def run(project_id: int, **given):
        find_project(project_id)
        return action(*given.values(), place(project_id))

    return run


def _on_form(action):
    def run(project_id: int, xml_form_id: str, **given):
        return action(*given.values(), *form_places(find_form(project_id, xml_form_id)))

    return run


for _suffix, _method, _action in ACTIONS:
    for _base, _wrap in (
        ("", _on_server),
        ("/projects/<int:project_id>", _on_project),
        ("/projects/<int:project_id>/forms/<xml_form_id>", _on_form),
    ):
        assignments.add_url_rule(
            f"{_base}/assignments{_suffix}",
            endpoint=f"{_wrap.__name__}{_action.__name__}",
            view_func=_wrap(_action),
            methods=[_method],
        )
