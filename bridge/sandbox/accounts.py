"""Users, their passwords and sessions, and the check of whoever sends a request."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import scrypt
from hmac import compare_digest
from secrets import token_bytes
from sqlite3 import IntegrityError, Row

from flask import Blueprint, g, request

from bridge.sandbox.problems import problem
from bridge.sandbox.rights import ROLES, find_role
from bridge.sandbox.store import Store, iso, now_ms
from bridge.sandbox.web import Actor, actor, answer, body_json, require, store, success, verbs

SESSION_MS = 24 * 60 * 60 * 1000
FOREVER_MS = 253402300799000
TOKEN = re.compile(r"[A-Za-z0-9!$]{64}")
PASSWORD_LENGTH = range(10, 73)

anonymous = Blueprint("sessions", __name__)
accounts = Blueprint("accounts", __name__)


def make_token() -> str:
    return b64encode(token_bytes(48)).decode().replace("/", "!").replace("+", "$")


def hash_password(password: str) -> str:
    salt = token_bytes(16)
    return f"{salt.hex()}:{_digest(password, salt).hex()}"


def is_password(password: str, stored: str | None) -> bool:
    if not stored:
        return False
    salt, digest = (bytes.fromhex(part) for part in stored.split(":"))
    return compare_digest(digest, _digest(password, salt))


def _digest(password: str, salt: bytes) -> bytes:
    return scrypt(password.encode(), salt=salt, n=2**13, r=8, p=1)


def create_user(store: Store, email: str, password: str | None, name: str | None = None) -> int:
    """The new user's id. An e-mail that is in use is refused with 409.3."""
    try:
        with store.write() as db:
            return db.execute(
                "INSERT INTO actor (type, display_name, email, password, created_at) "
                "VALUES ('user', ?, ?, ?, ?)",
                (name or email, email, password and hash_password(password), now_ms()),
            ).lastrowid
    except IntegrityError:
        raise problem(
            409.3, fields=["email", "deleted"], values=[email, "false"], table="users"
        ) from None


def start_session(store: Store, actor_id: int, lasts_ms: int | None = SESSION_MS) -> Row:
    now = now_ms()
    ends = FOREVER_MS if lasts_ms is None else now + lasts_ms
    with store.write() as db:
        token = make_token()
        db.execute(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?)", (token, actor_id, make_token(), now, ends)
        )
    return store.one("SELECT * FROM session WHERE token = ?", token)


def find_session(token: str) -> Row | None:
    if not TOKEN.fullmatch(token):
        return None
    return store().one(
        "SELECT session.*, actor.type, actor.display_name FROM session "
        "JOIN actor ON actor.id = actor_id WHERE token = ? AND expires_at > ?",
        token,
        now_ms(),
    )


def authenticate() -> None:
    """Sets the caller of this request, or refuses: a key in the address first, then the header."""
    key = request.environ.get("sandbox.key")
    header = request.headers.get("Authorization", "")
    if key is not None:
        g.actor = _by_key(key)
    elif header.startswith("Bearer "):
        g.actor = _by_token(header.removeprefix("Bearer "))
    elif header.startswith("Basic "):
        g.actor = _by_password(header.removeprefix("Basic "))
    else:
        raise problem(401.2)


def _by_key(key: str) -> Actor:
    if not TOKEN.fullmatch(key):
        raise problem(401.2)
    session = find_session(key)
    if session is None or session["type"] != "field_key":
        raise problem(403.1)
    return Actor(session["actor_id"], session["type"], session["display_name"], key)


def _by_token(token: str) -> Actor:
    session = find_session(token)
    if session is None:
        raise problem(401.2)
    return Actor(session["actor_id"], session["type"], session["display_name"], token)


def _by_password(encoded: str) -> Actor:
    if request.headers.get("X-Forwarded-Proto") != "https":
        raise problem(401.3)
    try:
        email, _, password = b64decode(encoded).decode().partition(":")
    except (Base64Error, UnicodeDecodeError):
        raise problem(401.2) from None
    user = find_user(store(), email)
    if user is None or not is_password(password, user["password"]):
        raise problem(401.2)
    return Actor(user["id"], "user", user["display_name"])


def find_user(store: Store, email: str) -> Row | None:
    return store.one(
        "SELECT * FROM actor WHERE email = ? AND type = 'user' AND deleted_at IS NULL", email
    )


def actor_for_api(row: Row) -> dict:
    return {
        "id": row["id"],
        "type": row["type"],
        "displayName": row["display_name"],
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "deletedAt": iso(row["deleted_at"]),
    }


def find_actor(actor_id: int | None) -> dict | None:
    """The actor as the API shows it inside other things."""
    row = actor_id and store().one("SELECT * FROM actor WHERE id = ?", actor_id)
    return actor_for_api(row) if row else None


def user_for_api(row: Row) -> dict:
    return actor_for_api(row) | {
        "email": row["email"],
        "lastLoginAt": iso(row["last_login_at"]),
    }


@anonymous.post("/sessions")
def post_session():
    body = body_json()
    email, password = body.get("email"), body.get("password")
    if not email or not password:
        raise problem(400.3, expected=["email", "password"], got={"email": email})
    if not isinstance(email, str) or not isinstance(password, str):
        raise problem(400.11, field="email", expected="string")
    user = find_user(store(), email)
    if user is None or not is_password(password, user["password"]):
        raise problem(401.2)
    session = start_session(store(), user["id"])
    with store().write() as db:
        db.execute("UPDATE actor SET last_login_at = ? WHERE id = ?", (now_ms(), user["id"]))
    response = answer(
        {
            "token": session["token"],
            "csrf": session["csrf"],
            "expiresAt": iso(session["expires_at"]),
            "createdAt": iso(session["created_at"]),
        }
    )
    response.set_cookie("session", session["token"], httponly=True, samesite="Strict")
    response.set_cookie("__csrf", session["csrf"], samesite="Strict")
    return response


@accounts.get("/sessions/restore")
def get_session():
    session = find_session(actor().token or "")
    if session is None:
        raise problem(404.1)
    return answer(
        {"createdAt": iso(session["created_at"]), "expiresAt": iso(session["expires_at"])}
    )


@accounts.delete("/sessions/<token>")
def delete_session(token: str):
    is_current = token == "current"  # noqa: S105
    session = find_session((actor().token or "") if is_current else token)
    if session is None:
        raise problem(404.1 if is_current else 403.1)
    is_own_login = session["actor_id"] == actor().id and session["type"] == "user"
    if not is_own_login:
        owner = store().one("SELECT project_id FROM actor WHERE id = ?", session["actor_id"])
        require("session.end", f"project:{owner['project_id']}")
    with store().write() as db:
        db.execute("DELETE FROM session WHERE token = ?", (session["token"],))
    return success()


@accounts.get("/users/current")
def get_current_user():
    row = store().one("SELECT * FROM actor WHERE id = ?", actor().id)
    if row is None or row["type"] != "user":
        raise problem(404.1)
    if request.headers.get("X-Extended-Metadata", "").lower() != "true":
        return answer(user_for_api(row))
    roles = store().all("SELECT role_id FROM assignment WHERE actor_id = ? AND actee = '*'", row[0])
    own = sorted({verb for role in roles for verb in ROLES[role["role_id"]][2]})
    return answer(user_for_api(row) | {"verbs": own, "preferences": {"site": {}, "projects": {}}})


@accounts.get("/users")
def list_users():
    wanted = request.args.get("q")
    exact = find_user(store(), wanted) if wanted else None
    if exact is not None:
        return answer([user_for_api(exact)])
    if "user.list" not in verbs():
        return answer([])
    rows = store().all(
        "SELECT * FROM actor WHERE type = 'user' AND deleted_at IS NULL ORDER BY email"
    )
    wanted = (wanted or "").lower()
    return answer([user_for_api(r) for r in rows if wanted in f"{r['email']} {r[2]}".lower()])


@accounts.post("/users")
def post_user():
    require("user.create")
    body = body_json()
    email, password = body.get("email"), body.get("password")
    if not email:
        raise problem(400.2, field="email")
    if password and len(password) not in PASSWORD_LENGTH:
        raise problem(400.13)
    user_id = create_user(store(), email, password, body.get("displayName"))
    return answer(user_for_api(store().one("SELECT * FROM actor WHERE id = ?", user_id)))


@accounts.get("/users/<int:user_id>")
def get_user(user_id: int):
    row = store().one(
        "SELECT * FROM actor WHERE id = ? AND type = 'user' AND deleted_at IS NULL", user_id
    )
    if row is None:
        raise problem(404.1)
    if user_id != actor().id:
        require("user.read")
    return answer(user_for_api(row))


@accounts.delete("/users/<int:user_id>")
def delete_user(user_id: int):
    row = store().one(
        "SELECT id FROM actor WHERE id = ? AND type = 'user' AND deleted_at IS NULL", user_id
    )
    if row is None:
        raise problem(404.1)
    require("user.delete")
    delete_actor(store(), user_id)
    return success()


def delete_actor(store: Store, actor_id: int) -> None:
    """Marks the actor deleted and ends its rights and sessions."""
    with store.write() as db:
        db.execute("UPDATE actor SET deleted_at = ? WHERE id = ?", (now_ms(), actor_id))
        db.execute("DELETE FROM assignment WHERE actor_id = ?", (actor_id,))
        db.execute("DELETE FROM session WHERE actor_id = ?", (actor_id,))


@accounts.get("/roles")
def list_roles():
    return answer([_role(role_id) for role_id in ROLES])


@accounts.get("/roles/<role>")
def get_role(role: str):
    return answer(_role(find_role(role)))


def _role(role_id: int) -> dict:
    system, name, verbs = ROLES[role_id]
    return {
        "id": role_id,
        "name": name,
        "system": system,
        "createdAt": None,
        "updatedAt": None,
        "verbs": verbs,
    }
