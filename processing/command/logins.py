"""Logins of the demonstration, one a role, drawn for each data folder and kept in it.

Only where the program runs its own database: passwords in a file are for practice.
"""

import datetime as dt
import json
import secrets
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from config.settings import Settings
from processing.command.context import worker_connection
from processing.db.queries import summary
from processing.db.queries.users import ROLES, add_user, find_user
from processing.local.folder import write_private

FILE_NAME = "logins.json"
PASSWORD_BYTES = 9


@dataclass(frozen=True)
class Login:
    """Who may sign in, with what, and what the account sees (None: the whole country)."""

    login: str
    password: str
    role_code: str
    scope_code: str | None


def ensure_logins(settings: Settings) -> list[Login]:
    """The logins of this data folder, made when they are first asked for."""
    path = settings.emis_data_dir / FILE_NAME
    with worker_connection(settings) as connection:
        if path.is_file():
            logins = [Login(**item) for item in json.loads(path.read_text(encoding="utf-8"))]
        else:
            logins = [_draw(connection, role) for role in ROLES]
            write_private(path, json.dumps([asdict(login) for login in logins], indent=1))
        for login in logins:
            _ensure(connection, login)
    return logins


def _draw(connection: sa.Connection, role: str) -> Login:
    scopes = summary.list_busiest_units(connection)
    scope = {
        "general_directorate": scopes.general_directorate,
        "department": scopes.department,
        "supervisor": scopes.department,
        "school_head": scopes.school,
    }.get(role)
    return Login(f"demo.{role}", secrets.token_urlsafe(PASSWORD_BYTES), role, scope)


def _ensure(connection: sa.Connection, login: Login) -> None:
    if find_user(connection, login.login) is None:
        name = f"{login.role_code.replace('_', ' ')} (simulated)"
        now = dt.datetime.now(dt.UTC)
        add_user(
            connection, login.login, name, login.role_code, login.scope_code, login.password,
            "ar", now,
        )  # fmt: skip
