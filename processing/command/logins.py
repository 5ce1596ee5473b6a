"""Logins of the demonstration, one a role, drawn for each data folder and kept in it.

Only where the program runs its own database: passwords in a file are for practice.
"""

import datetime as dt
import json
import secrets
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from rich.table import Table

from config.settings import Settings
from processing.command.context import make_table, worker_connection
from processing.db.queries import summary
from processing.db.queries.users import ROLES, add_user, find_user
from processing.local.folder import write_private

FILE_NAME = "logins.json"
PASSWORD_BYTES = 9
# Accounts begin in Arabic, and so do the names of the posts that hold them.
POSTS_AR = {
    "administrator": "مسؤول النظام",
    "ministry": "موظف الوزارة",
    "analyst": "محلل البيانات",
    "partner": "جهة شريكة",
    "help_desk": "مكتب المساعدة",
    "general_directorate": "المديرية العامة",
    "department": "قسم التربية",
    "supervisor": "مشرف تربوي",
    "school_head": "مدير المدرسة",
}
MARK_AR = "(تجريبي)"


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


def logins_table(logins: list[Login]) -> Table:
    """To copy from: in a terminal of 80 characters no login and no password is folded."""
    table = make_table("sign in as", "password", "sees")
    for login in logins:
        table.add_row(login.login, login.password, _sees(login))
    return table


def _sees(login: Login) -> str:
    if login.role_code == "partner":
        return "released figures"
    return login.scope_code or "the whole country"


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
        name = f"{POSTS_AR[login.role_code]} {MARK_AR}"
        now = dt.datetime.now(dt.UTC)
        add_user(
            connection, login.login, name, login.role_code, login.scope_code, login.password,
            "ar", now,
        )  # fmt: skip
