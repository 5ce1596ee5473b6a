"""Accounts of people who sign in: kept for the post, not the person.

In: logins in any case, stored in lower case. Out: `Account` records. A password enters as typed
and leaves this module only as a hash. What a role may do is said in `processing.web.access`.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from config.errors import OperatorError
from config.settings import LANGUAGES
from processing.db.passwords import hash_password

NATIONAL_ROLES = ("administrator", "ministry", "analyst", "partner", "help_desk")
DIRECTORATE_ROLES = ("general_directorate", "department", "supervisor")
SCHOOL_ROLES = ("school_head",)
ROLES = NATIONAL_ROLES + DIRECTORATE_ROLES + SCHOOL_ROLES

_COLUMNS = """user_id, login, full_name, password_hash, role_code, scope_code, language,
              is_active, session_epoch, created_at, last_seen_at"""


@dataclass(frozen=True)
class Account:
    """One row of ops.user_account. The hash does not show when it is printed."""

    user_id: int
    login: str
    full_name: str
    role_code: str
    scope_code: str | None
    language: str
    is_active: bool
    session_epoch: int
    created_at: datetime
    last_seen_at: datetime | None
    password_hash: str

    @property
    def signature(self) -> str:
        """As whoever decides something is named in its entry."""
        return f"{self.full_name} ({self.login})"

    def __repr__(self) -> str:
        return f"Account({self.user_id}, {self.role_code}, {self.scope_code})"


def add_user(
    connection: sa.Connection,
    login: str,
    full_name: str,
    role_code: str,
    scope_code: str | None,
    password: str,
    language: str,
    now: datetime,
) -> Account:
    """A new active account. Raises OperatorError for what the caller can correct."""
    login = login.strip().lower()
    _check_login(login)
    _check_language(language)
    _check_scope(connection, role_code, scope_code)
    row = connection.execute(
        sa.text(f"""
            INSERT INTO ops.user_account
              (login, full_name, password_hash, role_code, scope_code, language, created_at)
            VALUES (:login, :full_name, :password_hash, :role_code, :scope_code, :language, :now)
            ON CONFLICT (login) DO NOTHING
            RETURNING {_COLUMNS}"""),
        {
            "login": login,
            "full_name": full_name.strip() or login,
            "password_hash": hash_password(password),
            "role_code": role_code,
            "scope_code": scope_code,
            "language": language,
            "now": now,
        },
    ).one_or_none()
    if row is None:
        raise OperatorError(
            "user-exists",
            f"The login {login} is taken.",
            "Choose another one, or give this one to somebody: `emis users reissue`.",
        )
    return Account(**row._mapping)


def find_user(connection: sa.Connection, login: str) -> Account | None:
    return _find(connection, "login = :value", login.strip().lower())


def find_user_by_id(connection: sa.Connection, user_id: int) -> Account | None:
    return _find(connection, "user_id = :value", user_id)


def list_users(connection: sa.Connection) -> list[Account]:
    rows = connection.execute(sa.text(f"SELECT {_COLUMNS} FROM ops.user_account ORDER BY login"))
    return [Account(**row._mapping) for row in rows]


def list_head_logins(connection: sa.Connection, school_code: str) -> list[str]:
    """With which the post of a school's head may sign in."""
    rows = connection.execute(
        sa.text("""
            SELECT login FROM ops.user_account
            WHERE role_code = 'school_head' AND scope_code = :school AND is_active
            ORDER BY login"""),
        {"school": school_code},
    )
    return list(rows.scalars())


def disable_user(connection: sa.Connection, login: str) -> Account:
    """Ends the account and every session of it. Raises OperatorError `user-unknown`."""
    row = connection.execute(
        sa.text(f"""
            UPDATE ops.user_account SET is_active = false, session_epoch = session_epoch + 1
            WHERE login = :login RETURNING {_COLUMNS}"""),
        {"login": login.strip().lower()},
    ).one_or_none()
    return _known(row, login)


def reissue_user(
    connection: sa.Connection, login: str, password: str, full_name: str | None = None
) -> Account:
    """The account with a new password, open again if it was not; its sessions end.

    full_name: None keeps it. Raises OperatorError `user-unknown`, `password-unfit`.
    """
    row = connection.execute(
        sa.text(f"""
            UPDATE ops.user_account
            SET password_hash = :password_hash, is_active = true,
              full_name = coalesce(:full_name, full_name), session_epoch = session_epoch + 1
            WHERE login = :login RETURNING {_COLUMNS}"""),
        {
            "login": login.strip().lower(),
            "password_hash": hash_password(password),
            "full_name": (full_name or "").strip() or None,
        },
    ).one_or_none()
    return _known(row, login)


def save_password(connection: sa.Connection, user_id: int, password: str) -> int:
    """Store a new password and end every session of the account. Returns the new epoch."""
    return connection.execute(
        sa.text("""
            UPDATE ops.user_account
            SET password_hash = :password_hash, session_epoch = session_epoch + 1
            WHERE user_id = :user_id RETURNING session_epoch"""),
        {"user_id": user_id, "password_hash": hash_password(password)},
    ).scalar_one()


def save_language(connection: sa.Connection, user_id: int, language: str) -> None:
    _check_language(language)
    connection.execute(
        sa.text("UPDATE ops.user_account SET language = :language WHERE user_id = :user_id"),
        {"user_id": user_id, "language": language},
    )


def save_last_seen(connection: sa.Connection, user_id: int, now: datetime) -> None:
    connection.execute(
        sa.text("UPDATE ops.user_account SET last_seen_at = :now WHERE user_id = :user_id"),
        {"user_id": user_id, "now": now},
    )


def _find(connection: sa.Connection, condition: str, value: str | int) -> Account | None:
    row = connection.execute(
        sa.text(f"SELECT {_COLUMNS} FROM ops.user_account WHERE {condition}"), {"value": value}
    ).one_or_none()
    return row and Account(**row._mapping)


def _known(row: sa.Row | None, login: str) -> Account:
    if row is None:
        raise OperatorError(
            "user-unknown", f"No account has the login {login}.", "`emis users list` shows them."
        )
    return Account(**row._mapping)


def _check_login(login: str) -> None:
    if login and not any(character.isspace() for character in login) and len(login) <= 100:
        return
    raise OperatorError("login-unfit", "A login has 1 to 100 characters and no spaces.")


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise OperatorError("language-unknown", f"A language is one of {', '.join(LANGUAGES)}.")


def _check_scope(connection: sa.Connection, role_code: str, scope_code: str | None) -> None:
    if role_code not in ROLES:
        raise OperatorError("role-unknown", f"A role is one of {', '.join(ROLES)}.")
    if role_code in NATIONAL_ROLES:
        _require(scope_code is None, f"The role {role_code} sees the whole country.", "no scope")
        return
    table, column, kind = (
        ("emis.school", "school_code", "school")
        if role_code in SCHOOL_ROLES
        else ("emis.directorate", "directorate_code", "directorate")
    )
    known = connection.execute(
        sa.text(f"SELECT EXISTS (SELECT FROM {table} WHERE {column} = :code)"),
        {"code": scope_code},
    ).scalar_one()
    _require(known, f"The role {role_code} belongs to a {kind}.", f"the code of a known {kind}")


def _require(is_right: bool, message: str, wanted: str) -> None:
    if not is_right:
        raise OperatorError("scope-unfit", message, f"Give {wanted} as its scope.")
