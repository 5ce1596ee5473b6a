"""Who is signed in: a signed cookie that names an account and the epoch of its sessions.

In: the cookie. Out: `g.account`, or None. A raised epoch, a disabled account or a cookie older
than the session's length ends the session; nothing of a session is kept on the server.
"""

from flask import Flask, g, request, session

from processing.db.queries.users import Account, find_user_by_id
from processing.web.clock import now
from processing.web.database import reading
from processing.web.security import SESSION_SECONDS

WITHOUT_ACCOUNT = ("static", "health.healthz")


def use_sessions(app: Flask) -> None:
    @app.before_request
    def know_the_reader():
        g.account = None
        if request.endpoint not in WITHOUT_ACCOUNT:
            g.account = find_account()


def begin_session(account: Account, epoch: int | None = None) -> None:
    """A new session for the account; whatever the old cookie held is dropped."""
    session.clear()
    session.permanent = True
    session["user"] = account.user_id
    session["epoch"] = epoch or account.session_epoch
    session["since"] = int(now().timestamp())


def end_session() -> None:
    session.clear()


def find_account() -> Account | None:
    """The account that the cookie speaks for, if it still may."""
    if not isinstance(session.get("user"), int):
        return None
    account = find_user_by_id(reading(), session["user"])
    if account is not None and account.is_active and _is_current(account):
        return account
    session.clear()
    return None


def _is_current(account: Account) -> bool:
    age_s = now().timestamp() - session.get("since", 0)
    return session.get("epoch") == account.session_epoch and age_s < SESSION_SECONDS
