"""Entries that ODK Central does not take: an officer withdraws them, or puts them right.

To be put right, an entry opens with its answers in the form of its school and round (`entry`); what
is sent from there stands in its place. Withdrawn, it leaves the school and the round free.
"""

from flask import Blueprint, Response, abort, flash, g, redirect, request, url_for
from flask_babel import gettext

from processing.db.queries import entries, web_entry
from processing.db.queries.web_audit import record
from processing.web.access import Permission, permission, scope_of
from processing.web.clock import now
from processing.web.database import reading, writing
from processing.web.entry_checks import written_by
from processing.web.i18n import language
from processing.web.typed import find_too_long

blueprint = Blueprint("refused", __name__)


@blueprint.post("/entry/returns/<instance_id>/withdrawal")
@permission(Permission.ENTRY)
def withdraw(instance_id: str):
    entry = _find(instance_id)
    reason = request.form.get("reason", "").strip()
    if not reason:
        flash(gettext("Write why the entry is withdrawn. Nothing was changed."))
    elif too_long := find_too_long((gettext("Why is it withdrawn?"), reason)):
        flash(too_long)
    elif _withdraw(entry, reason):
        flash(gettext("The entry is withdrawn. The school and the round are free again."))
    else:
        flash(gettext("The entry has changed meanwhile: look at its state. Nothing was changed."))
    return redirect(url_for("entry.show_entry", instance_id=instance_id), 303)


@blueprint.get("/entry/returns/<instance_id>/answers.xml")
@permission(Permission.ENTRY)
def send_answers(instance_id: str):
    entry = _find(instance_id)
    xml = web_entry.find_refused_xml(
        reading(), instance_id, entry["school_code"], entry["period"]
    ) or abort(404)  # fmt: skip
    with writing() as connection:
        record(
            connection, now(), g.account.login, "answers_seen", entry["school_code"],
            instance_id=instance_id,
        )  # fmt: skip
    return Response(xml, mimetype="application/xml")


@blueprint.get("/entry/returns/<instance_id>/answers/<name>")
@permission(Permission.ENTRY)
def send_answer_file(instance_id: str, name: str):
    _find(instance_id)
    file = web_entry.find_answer_file(reading(), instance_id, name) or abort(404)
    return Response(bytes(file.content), mimetype=file.media_type)


def _find(instance_id: str):
    return web_entry.find_entry(
        reading(), scope_of(g.account), language(), instance_id
    ) or abort(404)  # fmt: skip


def _withdraw(entry, reason: str) -> bool:
    withdrawal = entries.Withdrawal(written_by(g.account), reason=reason)
    with writing() as connection:
        is_done = entries.withdraw(connection, entry["instance_id"], withdrawal, now())
        if is_done:
            record(
                connection, now(), g.account.login, "return_withdrawn", entry["school_code"],
                instance_id=entry["instance_id"], round=entry["period"],
            )  # fmt: skip
    return is_done
