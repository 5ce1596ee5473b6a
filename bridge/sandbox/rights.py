"""Roles and their verbs (Central's own ids and names), and who may do what where.

An actor's verbs on a thing are those of its roles on the thing, on the project, and on the whole
server ("*").
"""

from bridge.sandbox.problems import problem

VIEWER = [
    "project.read",
    "form.list",
    "form.read",
    "submission.read",
    "submission.list",
    "dataset.list",
    "entity.list",
    "dataset.read",
    "entity.read",
    "actor_property.list",
]
MANAGER = [
    "project.read",
    "project.update",
    "project.delete",
    "form.create",
    "form.delete",
    "form.list",
    "form.read",
    "form.update",
    "submission.create",
    "submission.read",
    "submission.list",
    "field_key.create",
    "field_key.delete",
    "field_key.list",
    "assignment.list",
    "assignment.create",
    "assignment.delete",
    "public_link.create",
    "public_link.list",
    "public_link.read",
    "public_link.update",
    "public_link.delete",
    "session.end",
    "form.restore",
    "dataset.list",
    "entity.list",
    "dataset.read",
    "entity.read",
    "entity.create",
    "entity.update",
    "dataset.update",
    "entity.delete",
    "submission.update",
    "dataset.create",
    "submission.delete",
    "submission.restore",
    "entity.restore",
    "dataset.delete",
    "actor_property.list",
    "actor_property.update",
    "field_key.update",
]
ADMIN = [
    *MANAGER,
    *[
        "config.read",
        "project.create",
        "user.create",
        "user.list",
        "user.password.invalidate",
        "user.read",
        "user.update",
        "role.create",
        "role.update",
        "role.delete",
        "user.delete",
        "audit.read",
        "backup.run",
        "config.set",
        "analytics.read",
    ],
]

ROLES = {
    1: ("admin", "Administrator", ADMIN),
    2: ("app-user", "App User", ["open_form.read", "submission.create"]),
    3: ("pwreset", "Password Reset Token", ["user.password.reset"]),
    5: ("manager", "Project Manager", MANAGER),
    6: ("viewer", "Project Viewer", VIEWER),
    7: ("formview", "Form Viewer (system internal)", ["open_form.read"]),
    8: (
        "formfill",
        "Data Collector",
        ["project.read", "open_form.list", "open_form.read", "submission.create"],
    ),
    9: ("pub-link", "Public Link", ["open_form.read", "submission.create"]),
}
ROLE_IDS = {system: role_id for role_id, (system, _, _) in ROLES.items()}


def find_role(text: str) -> int:
    """The id of a role given by its number or its system name, or 404.1."""
    role_id = ROLE_IDS.get(text) or (int(text) if text.isdigit() else None)
    if role_id not in ROLES:
        raise problem(404.1)
    return role_id


def verbs_on(store, actor_id: int | None, *actees: str) -> set[str]:
    """Every verb that the actor has on any of these things or on the whole server."""
    if actor_id is None:
        return set()
    places = ("*", *actees)
    rows = store.all(
        "SELECT role_id FROM assignment WHERE actor_id = ? "
        f"AND actee IN ({','.join('?' * len(places))})",
        actor_id,
        *places,
    )
    return {verb for row in rows for verb in ROLES[row["role_id"]][2]}


def may_grant(role_id: int, verbs: set[str]) -> bool:
    """Nobody gives away a right that they do not have."""
    wider = set(verbs)
    if "form.list" in wider:
        wider.add("open_form.list")
    if "form.read" in wider:
        wider.add("open_form.read")
    return wider >= set(ROLES[role_id][2])
