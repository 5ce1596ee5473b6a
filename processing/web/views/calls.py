"""The call list of a department: questions past their day, and the answer after a call.

What an officer enters is an answer like that of a tablet, with who called, with whom they spoke and
when; the stage `feedback` applies it. The figures that were sent are not touched here.
"""

from datetime import date, timedelta

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from config.codes import known_codes, read_codes
from processing.db.queries.correction_answers import add_call
from processing.db.queries.due import add_mark, is_without_manager
from processing.db.queries.task_lists import list_task_issues, list_task_numbers
from processing.db.queries.web_audit import record
from processing.db.queries.web_calls import find_call, list_calls
from processing.db.slices import Slice
from processing.exports.table import Column, Table
from processing.feedback.words import number_label, task_title
from processing.web.access import Permission, permission, scope_of
from processing.web.clock import now, today
from processing.web.database import reading, writing
from processing.web.i18n import language
from processing.web.tables import render_tables, table_of
from processing.web.typed import find_too_long
from processing.web.words import issue_message, severity_name

blueprint = Blueprint("calls", __name__)
GREATEST_NUMBER = 30_000
OLDEST_CALL_DAYS = 90


@blueprint.get("/calls")
@permission(Permission.CALLS)
def show_calls():
    is_all = request.args.get("which") == "all"
    rows = list_calls(reading(), scope_of(g.account), language(), today(), is_all=is_all)
    return render_tables(
        "calls.html",
        [calls_table(rows)],
        is_all=is_all,
        is_waiting=is_without_manager(reading(), "send_feedback"),
    )


@blueprint.get("/calls/<task_code>")
@permission(Permission.CALLS)
def show_call(task_code: str):
    return _page(_find(task_code), fault=None)


@blueprint.post("/calls/<task_code>")
@permission(Permission.CALLS)
def answer_call(task_code: str):
    task = _find(task_code)
    numbers = list_task_numbers(reading(), [task["task_id"]])
    values = {row["position"]: request.form.get(f"value_{row['position']}", "").strip()
              for row in numbers}  # fmt: skip
    given = {position: value for position, value in values.items() if value}
    fault = find_fault(request.form, given)
    if fault:
        return _page(task, fault), 400
    _save(task, {position: int(value) for position, value in given.items()})
    flash(gettext("The answer is taken. The figures follow in a moment."))
    return redirect(url_for("calls.show_calls"), 303)


def find_fault(form, given: dict[int, str]) -> str | None:
    """Why the answer cannot be taken, in words; None if it can."""
    if form.get("answer") not in known_codes("correction_answer"):
        return gettext("Choose an answer.")
    reason, spoke_with = (form.get(name, "").strip() for name in ("reason", "spoke_with"))
    if not reason or not spoke_with:
        return gettext("Write the reason, and with whom you spoke.")
    if too_long := find_too_long(
        (gettext("The reason"), reason),
        (gettext("With whom did you speak? Name and post"), spoke_with),
    ):
        return too_long
    if not _is_recent(form.get("called_on", "")):
        return gettext("Give the day of the call; it cannot be in the future or long ago.")
    if form["answer"] == "corrected" and not given:
        return gettext("Write at least one right number, or confirm what was sent.")
    if form["answer"] == "confirmed" and given:
        return gettext("Right numbers stand there, yet what was sent is confirmed: leave one.")
    if not all(_is_count(value) for value in given.values()):
        return gettext("A number is a whole number from 0 to %(most)s.", most=GREATEST_NUMBER)
    return None


def calls_table(rows: list) -> Table:
    issues = _issues_of([row["task_id"] for row in rows])

    def question(row) -> str:
        return task_title(row, issues.get(row["task_id"], []), language())

    return table_of(
        "calls",
        gettext("Questions to schools"),
        rows,
        {
            Column("school", gettext("School")): "school_name",
            Column("question", gettext("Question")): question,
            Column("round", gettext("Round")): "round_name",
            Column("severity", gettext("Severity")): lambda row: severity_name(row["severity"]),
            Column("due", gettext("Due"), "date"): "due_on",
            Column("late", gettext("Days late"), "count"): _days_late,
        },
        link=lambda row: url_for("calls.show_call", task_code=row["task_code"]),
    )


def _days_late(row) -> int:
    return max((today() - row["due_on"]).days, 0)


def _find(task_code: str):
    return find_call(reading(), scope_of(g.account), language(), task_code) or abort(404)


def _issues_of(task_ids: list[int]) -> dict[int, list]:
    found: dict[int, list] = {}
    for issue in list_task_issues(reading(), task_ids):
        found.setdefault(issue["task_id"], []).append(issue)
    return found


def _page(task, fault: str | None):
    issues = _issues_of([task["task_id"]]).get(task["task_id"], [])
    numbers = [
        {
            "position": row["position"],
            "label": number_label(task, issues, row["path"], language()),
            "sent": row["value"],
        }
        for row in list_task_numbers(reading(), [task["task_id"]])
    ]
    answers = [
        code for code in read_codes("correction_answer") if numbers or code.code != "corrected"
    ]
    return render_template(
        "call.html",
        task=task,
        title=task_title(task, issues, language()),
        messages=[issue_message(issue["rule"], issue["arguments"]) for issue in issues],
        numbers=numbers,
        answers=[(code.code, code.name(language())) for code in answers],
        fault=fault,
        given=request.form,
        today=today(),
    )


def _save(task, values: dict[int, int]) -> None:
    form = request.form
    with writing() as connection:
        add_call(
            connection,
            task["task_code"],
            task["school_code"],
            form["answer"],
            form["reason"].strip(),
            values if form["answer"] == "corrected" else {},
            name=g.account.signature,
            spoke_with=form["spoke_with"].strip(),
            called_on=date.fromisoformat(form["called_on"]),
            now=now(),
        )
        asked = Slice(task["form_id"], task["school_code"], task["period"])
        add_mark(connection, "feedback", now(), asked)
        record(
            connection, now(), g.account.login, "call_answered", task["school_code"],
            task=task["task_code"], answer=form["answer"],
        )  # fmt: skip


def _is_recent(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return today() - timedelta(days=OLDEST_CALL_DAYS) <= day <= today()


def _is_count(text: str) -> bool:
    """Digits of either keyboard, 5 or ٥, as a tablet takes them."""
    return text.isdecimal() and len(text) < 9 and int(text) <= GREATEST_NUMBER
