"""Who may enter where, and what part of the country each sees. The one place that decides.

In: an account. Out: its permissions and its `Scope`. Promised: a route without a declared
permission lets nobody in, and a role or a scope that is not understood sees nothing.
"""

from collections.abc import Callable
from enum import StrEnum

from flask import Flask, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden

from processing.db.queries.users import DIRECTORATE_ROLES, NATIONAL_ROLES, SCHOOL_ROLES, Account
from processing.db.queries.web_scope import NATION, NOTHING, Scope


class Permission(StrEnum):
    """What a route asks for. PUBLIC asks for nothing, SIGNED_IN for any account."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    FIGURES = "figures"
    SCHOOLS = "schools"
    CALLS = "calls"
    REGISTRY = "registry"
    ENTRY = "entry"
    JOBS = "jobs"
    # Names of people in a school's return, such as its head's.
    NAMES = "names"


_STAFF = frozenset(
    {Permission.PUBLIC, Permission.SIGNED_IN, Permission.FIGURES, Permission.SCHOOLS}
)
# Who works for schools: calls them, enters what they write on paper, answers what has changed.
_DEPARTMENT = frozenset({Permission.CALLS, Permission.ENTRY, Permission.REGISTRY, Permission.NAMES})

ROLE_PERMISSIONS = {
    "administrator": _STAFF | _DEPARTMENT | {Permission.JOBS},
    "ministry": _STAFF | _DEPARTMENT | {Permission.JOBS},
    "general_directorate": _STAFF | _DEPARTMENT,
    "department": _STAFF | _DEPARTMENT,
    "supervisor": _STAFF,
    "school_head": _STAFF | {Permission.NAMES},
    "analyst": _STAFF,
    "help_desk": _STAFF | {Permission.JOBS},
    # A partner sees released figures alone: pages that anyone signed in may open explain so.
    "partner": frozenset({Permission.PUBLIC, Permission.SIGNED_IN}),
}


def permission(needed: Permission) -> Callable:
    """Declares what a view asks for: `@permission(Permission.SCHOOLS)`, beneath the route."""

    def declare(view: Callable) -> Callable:
        view.permission = needed
        return view

    return declare


def may(account: Account | None, needed: Permission) -> bool:
    """True if the account, or a stranger (None), has that permission."""
    if account is None:
        return needed is Permission.PUBLIC
    return needed in ROLE_PERMISSIONS.get(account.role_code, frozenset())


def scope_of(account: Account | None) -> Scope:
    """The part of the country that the account sees; nothing where its scope is missing."""
    if account is None or account.role_code == "partner":
        return NOTHING
    if account.role_code in NATIONAL_ROLES:
        return NATION
    if account.role_code in DIRECTORATE_ROLES and account.scope_code:
        return Scope("directorate", account.scope_code)
    if account.role_code in SCHOOL_ROLES and account.scope_code:
        return Scope("school", account.scope_code)
    return NOTHING


def is_outside_ministry(account: Account | None) -> bool:
    """Whose figures pass disclosure control: everyone who does not work for the ministry."""
    return account is None or account.role_code == "partner"


def guard_routes(app: Flask) -> None:
    """Ask every request for the permission that its view declares."""
    app.view_functions["static"].permission = Permission.PUBLIC  # style sheet and fonts

    @app.before_request
    def enter():
        if request.endpoint is None:
            return None  # no such page: 404 or 405 follows
        needed = declared_permission(app, request.endpoint)
        if needed is not None and may(g.account, needed):
            return None
        if needed is not None and g.account is None:
            return _ask_to_sign_in()
        raise Forbidden


def declared_permission(app: Flask, endpoint: str) -> Permission | None:
    """What the route asks for; None if it declares nothing, which lets nobody in."""
    return getattr(app.view_functions[endpoint], "permission", None)


def _ask_to_sign_in():
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("session.sign_in", next=target), 303)
