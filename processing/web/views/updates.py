"""School updates: what schools report of themselves, and an officer's answer to it.

A page enters the answer; the stage `school_updates` applies it. An update that has been edited or
deleted at Central since is not there: 404.
"""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from config.codes import code_names
from config.updates import fault_text
from processing.db.queries import school_updates
from processing.db.queries.due import add_mark, is_without_manager
from processing.db.queries.school_updates import Decision
from processing.db.queries.web_audit import record
from processing.db.queries.web_updates import list_departments
from processing.exports.table import Column, Table
from processing.feedback.edits import list_waiting
from processing.feedback.updates import (
    GIVEN,
    NAMES,
    OTHER_NAMES,
    Judgement,
    changed_values,
    ending_names,
    judge,
)
from processing.jobs.updating import enter_decision
from processing.web.access import Permission, permission, scope_of
from processing.web.clock import now, today
from processing.web.database import reading, writing
from processing.web.files import show_picture
from processing.web.i18n import language, show_date
from processing.web.registry_words import COLUMN_NAMES, column_name, value_words
from processing.web.school_facts import Fact
from processing.web.tables import render_tables, table_of
from processing.web.typed import find_too_long
from processing.web.words import code_name, review_state_name

blueprint = Blueprint("updates", __name__)
OPEN, ALL = ("open", "waiting"), ("open", "waiting", "applied", "refused")
STATE_NAMES = {
    "open": lazy_gettext("Open"),
    "waiting": lazy_gettext("Decided, not applied yet"),
    "applied": lazy_gettext("In the registry"),
    "refused": lazy_gettext("Refused"),
}


@blueprint.get("/updates")
@permission(Permission.REGISTRY)
def show_updates():
    is_all = request.args.get("which") == "all"
    rows = school_updates.list_updates(reading(), scope_of(g.account), ALL if is_all else OPEN)
    return render_tables(
        "updates.html",
        [updates_table(rows)],
        is_all=is_all,
        conflict_count=len(list_waiting(reading(), scope_of(g.account))),
        is_waiting=is_without_manager(reading(), "send_feedback"),
    )


@blueprint.get("/updates/<int:update_id>")
@permission(Permission.REGISTRY)
def show_update(update_id: int):
    return _page(_find(update_id))


@blueprint.get("/updates/<int:update_id>/photo")
@permission(Permission.REGISTRY)
def show_photo(update_id: int):
    update = _find(update_id)
    photo = school_updates.find_photo(reading(), update_id) or abort(404)
    picture = show_picture(photo["sha256"], photo["media_type"])
    with writing() as connection:
        record(
            connection, now(), g.account.login, "order_seen", update["school_code"],
            update=update_id,
        )  # fmt: skip
    return picture


@blueprint.post("/updates/<int:update_id>")
@permission(Permission.REGISTRY)
def answer_update(update_id: int):
    update = _find(update_id)
    decision = _decision(request.form)
    fault = find_fault(update, decision)
    if fault:
        return _page(update, fault), 400
    if _save(update, decision):
        flash(_answered(update, decision))
    else:
        flash(gettext("Somebody else has decided meanwhile."))
    return redirect(url_for("updates.show_updates"), 303)


def find_fault(update, decision: Decision) -> str | None:
    """Why the answer cannot be taken, in words; None if it can."""
    if update["state"] != "open":
        return gettext("This update has been decided already.")
    if decision.decision not in ("approved", "refused"):
        return gettext("Choose an answer.")
    label = gettext("The reason; the school is told it")
    names = ((column_name(name), decision.given.get(name, "")) for name in OTHER_NAMES)
    if too_long := find_too_long((label, decision.reason), *names):
        return too_long
    if decision.decision == "refused":
        return None if decision.reason else gettext("Write the reason: the school is told it.")
    directorate = decision.given.get("directorate_code")
    if directorate and directorate not in _directorates(update):
        return gettext("This directorate is not one of yours.")
    judgement = judge(reading(), update, decision.given)
    if judgement.fault:
        return fault_text(judgement.fault, language())
    if judgement.missing:
        names = [column_name(name) for name in judgement.missing]
        return gettext("The registry also needs: %(names)s.", names=" – ".join(names))
    return None


def updates_table(rows: list) -> Table:
    return table_of(
        "updates",
        gettext("School updates"),
        rows,
        {
            Column("school", gettext("School")): school_name,
            Column("code", gettext("Code"), "code"): "school_code",
            Column("kinds", gettext("What has happened")): kinds_words,
            Column("since", gettext("Since"), "date"): "effective_date",
            Column("sent_by", gettext("Sent by")): "sent_by",
            Column("received", gettext("Received"), "moment"): "received_at",
            Column("state", gettext("State")): state_words,
        },
        link=lambda row: url_for("updates.show_update", update_id=row["update_id"]),
    )


def school_name(update) -> str:
    """The name in the registry; of a new school as the form gives it."""
    names = (update[f"name_{language()}"], update["name_ar"], update["answers"].get(
        "naming_new_name"))  # fmt: skip
    return next((name for name in names if name), update["school_code"] or "–")


def kinds_words(update) -> str:
    return " – ".join(code_name("school_change", kind) for kind in update["kinds"])


def state_words(update) -> str:
    """What an officer at Central has said comes first: here it is still to be completed."""
    if update["state"] == "open" and update["review_state"] == "approved":
        return gettext("Approved at Central, not in the registry yet")
    return str(STATE_NAMES[update["state"]])


def comparison(update, judgement: Judgement) -> list[tuple[str, str | None, str | None]]:
    """(property, as it is in the registry, as proposed)."""
    if update["state"] == "applied":
        was, became = update["was"] or {}, update["became"] or {}
    else:
        was, became = changed_values(judgement)
    return [
        (column_name(name), value_words(name, was.get(name)), value_words(name, became[name]))
        for name in COLUMN_NAMES
        if name in became
    ]


def sent_facts(update) -> list[Fact]:
    """What the form says beside the registry's columns."""
    answers = update["answers"]
    facts = [
        (gettext("What has happened"), kinds_words(update)),
        (gettext("Since"), show_date(update["effective_date"])),
        (gettext("Sent by"), update["sent_by"]),
        (gettext("Number of the order"), answers.get("order_order_number")),
        (gettext("How it is known without an order"), answers.get("order_reason_order")),
        (gettext("Recorded place"), _place_words(answers)),
        (gettext("Quarter or village"), answers.get("place_place_name")),
        (gettext("Why the place is far from the registered one"),
         answers.get("location_reason_distance")),
        (gettext("Why no place was recorded"), answers.get("location_reason_gps")),
        (gettext("Why it has closed"),
         code_name("closing_reason", answers.get("closing_closing_reason"))),
        (gettext("Where its pupils went"), answers.get("closing_pupils_went_to")),
        (gettext("Where its registers are"), answers.get("closing_registers_are_at")),
        (gettext("The new head"), answers.get("new_head_new_head_name")),
        (gettext("For a time only"), code_name("yes_no", answers.get("new_head_is_acting"))),
        (gettext("Remarks"), answers.get("declaration_remarks")),
        (gettext("Review state at Central"), review_state_name(update["review_state"])),
    ]  # fmt: skip
    return [(label, words) for label, words in facts if words]


def _place_words(answers) -> str | None:
    degrees = [answers.get(f"location_gps_{name}") for name in ("latitude", "longitude")]
    return None if None in degrees else ", ".join(f"{float(each):.6f}" for each in degrees)


def _find(update_id: int):
    return school_updates.find_update(reading(), scope_of(g.account), update_id) or abort(404)


def _decision(form) -> Decision:
    given = {name: form.get(name, "").strip() for name in GIVEN}
    return Decision(
        decision=form.get("decision", ""),
        source="page",
        name=g.account.signature,
        reason=form.get("reason", "").strip(),
        given={name: value for name, value in given.items() if value},
    )


def _directorates(update) -> dict[str, str]:
    """Code -> name of those of the reader's directorates that the school may belong to."""
    ministry = update["answers"].get("new_school_ministry")
    rows = list_departments(reading(), scope_of(g.account), language(), ministry)
    return {row["directorate_code"]: row["name"] for row in rows}


def _name_boxes(update, given) -> list[tuple[str, str, str]]:
    """(name of the box, its label, what stands in it) of each name that the form may leave out."""
    return [
        (name, column_name(name), given.get(name) or update["answers"].get(NAMES[name], ""))
        for name in OTHER_NAMES
    ]


def _page(update, fault: str | None = None):
    given = _decision(request.form).given if request.method == "POST" else {}
    judgement = judge(reading(), update, given)
    kinds = set(update["kinds"])
    return render_template(
        "update.html",
        update=update,
        name=school_name(update),
        state=state_words(update),
        facts=sent_facts(update),
        changes=comparison(update, judgement),
        problem=fault_text(judgement.fault, language()) if judgement.fault else None,
        past_fault=fault_text(update["fault"], language()) if update["fault"] else None,
        missing=[column_name(column) for column in judgement.missing],
        has_photo=school_updates.find_photo(reading(), update["update_id"]) is not None,
        names=_name_boxes(update, given) if kinds & {"opened", "renamed"} else [],
        ending=[f"{column_name(name)} ({old})" for name, old in ending_names(judgement).items()],
        asks_place=bool(kinds & {"opened", "moved"}),
        asks_building=bool(kinds & {"opened", "moved", "building"}),
        directorates=_directorates(update),
        localities=code_names("locality", language()),
        roles=code_names("building_role", language()),
        given=given,
        building_code=given.get("building_code")
        or update["answers"].get("building_now_building_code", ""),
        reason=request.form.get("reason", ""),
        is_later=bool(update["effective_date"] and update["effective_date"] > today()),
        fault=fault,
    )


def _save(update, decision: Decision) -> bool:
    with writing() as connection:
        if not enter_decision(connection, update, decision, g.account.login, now()):
            return False
        add_mark(connection, school_updates.STAGE, now())
    return True


def _answered(update, decision: Decision) -> str:
    if decision.decision == "refused":
        return gettext("The update is refused; the school is told the reason.")
    if update["effective_date"] and update["effective_date"] > today():
        return gettext(
            "The update is approved; the registry follows on %(day)s.",
            day=show_date(update["effective_date"]),
        )
    return gettext("The update is approved; the registry and the tablets follow in a moment.")
