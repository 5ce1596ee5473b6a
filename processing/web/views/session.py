"""Signing in and out, and choosing a language.

A refusal never says which of login and password was wrong. The audit trail names the account
that was tried; what was typed as a login is not kept, since people type passwords there.
"""

from urllib.parse import urlsplit

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from config.settings import LANGUAGES
from processing.db.passwords import is_password_right
from processing.db.queries.users import Account, find_user, save_language, save_last_seen
from processing.db.queries.web_audit import record
from processing.web.access import Permission, permission
from processing.web.clock import now
from processing.web.database import reading, writing
from processing.web.i18n import COOKIE, COOKIE_SECONDS
from processing.web.limits import REFUSED
from processing.web.session import begin_session, end_session

blueprint = Blueprint("session", __name__)


@blueprint.get("/sign-in")
@permission(Permission.PUBLIC)
def sign_in():
    target = safe_target(request.args.get("next"))
    if g.account is not None:
        return redirect(target, 303)
    return render_template("sign_in.html", target=target, is_refused=False)


@blueprint.post("/sign-in")
@permission(Permission.PUBLIC)
def post_sign_in():
    target = safe_target(request.form.get("next"))
    account = find_tried_account()
    password_hash = account.password_hash if account and account.is_active else None
    if not is_password_right(password_hash, request.form.get("password", "")):
        _record("sign_in_refused", account)
        return render_template("sign_in.html", target=target, is_refused=True), REFUSED
    begin_session(account)
    _record("sign_in", account)
    return _with_language(redirect(target, 303), account.language)


@blueprint.post("/sign-out")
@permission(Permission.SIGNED_IN)
def sign_out():
    end_session()
    return redirect(url_for("session.sign_in"), 303)


@blueprint.post("/language")
@permission(Permission.PUBLIC)
def choose_language():
    chosen = request.form.get("language")
    if chosen not in LANGUAGES:
        abort(400)
    if g.account is not None:
        with writing() as connection:
            save_language(connection, g.account.user_id, chosen)
    return _with_language(redirect(safe_target(request.form.get("next")), 303), chosen)


def safe_target(target: str | None) -> str:
    """The address to go to next, if it is a path of this application; else the start page.

    `//host`, `/\\host`, `https:…` and anything with control characters lead elsewhere.
    """
    start = url_for("home.show_home")
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return start
    if not target.isprintable() or "\\" in target or urlsplit(target).netloc:
        return start
    return target


def find_tried_account() -> Account | None:
    login = request.form.get("login", "")
    return find_user(reading(), login) if login.isprintable() else None


def _record(action: str, account: Account | None) -> None:
    with writing() as connection:
        actor = account.login if account else "unknown"
        record(connection, now(), actor, action, "session")
        if account and action == "sign_in":
            save_last_seen(connection, account.user_id, now())


def _with_language(answer, chosen: str):
    answer.set_cookie(
        COOKIE,
        chosen,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer
