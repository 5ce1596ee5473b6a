"""One's own account: what it is, its language, its password.

A new password ends every session of the account but this one.
"""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from processing.db.passwords import (
    MAX_PASSWORD_CHARACTERS,
    MIN_PASSWORD_CHARACTERS,
    is_fit_password,
    is_password_right,
)
from processing.db.queries.users import save_password
from processing.db.queries.web_audit import record
from processing.db.queries.web_indicators import find_unit_name
from processing.web.access import Permission, permission, scope_of
from processing.web.clock import now
from processing.web.database import reading, writing
from processing.web.i18n import language
from processing.web.session import begin_session
from processing.web.words import role_name

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@permission(Permission.SIGNED_IN)
def show_account():
    return _page(fault=None)


@blueprint.post("/account/password")
@permission(Permission.SIGNED_IN)
def change_password():
    fault = find_fault(request.form)
    if fault:
        return _page(fault), 400
    with writing() as connection:
        epoch = save_password(connection, g.account.user_id, request.form["new_password"])
        record(connection, now(), g.account.login, "password_changed", "account")
    begin_session(g.account, epoch)
    flash(gettext("Your password is changed. Every other session of this account has ended."))
    return redirect(url_for("account.show_account"), 303)


def find_fault(form) -> str | None:
    """Why the new password cannot be taken, in words; None if it can."""
    new = form.get("new_password", "")
    if not is_password_right(g.account.password_hash, form.get("password", "")):
        return gettext("The present password is not right.")
    if not is_fit_password(new):
        return gettext(
            "The new password must have %(least)s to %(most)s characters.",
            least=MIN_PASSWORD_CHARACTERS,
            most=MAX_PASSWORD_CHARACTERS,
        )
    if new != form.get("new_password_again"):
        return gettext("The two new passwords differ.")
    return None


def _page(fault: str | None):
    scope = scope_of(g.account)
    area = find_unit_name(reading(), language(), scope.unit) if scope.level != "nothing" else None
    return render_template(
        "account.html", role=role_name(g.account.role_code), area=area, fault=fault,
        least=MIN_PASSWORD_CHARACTERS,
    )  # fmt: skip
