"""Entry: a department fills a school's form in a browser, in the school's name.

The form is the published one, run by ODK Web Forms in the browser; its lists are those of a tablet
of that school. What comes back is kept in the database and sent to Central by a job, so that
nothing is lost while Central is away. A school outside the reader's area is not there: 404.
"""

import secrets

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext

from bridge.filled import WEB_DEVICE_ID
from config.codes import code_names
from config.forms import load_catalogue
from config.names import sort_key
from processing.db.queries import entries, web_entry
from processing.db.queries.web_audit import record
from processing.db.queries.web_schools import find_school, list_schools
from processing.web.access import Permission, permission, scope_of
from processing.web.clock import local, now, today
from processing.web.database import reading, writing
from processing.web.entry_checks import (
    EntryRefused,
    find_hindrance,
    read_entry,
    read_files,
    written_by,
)
from processing.web.entry_form import (
    entered_forms,
    list_of,
    list_text,
    media_file,
    opened_form,
    words_of_script,
)
from processing.web.entry_tables import entries_table, rounds_table, schools_table
from processing.web.i18n import language
from processing.web.tables import part_wanted, render_tables
from processing.web.webforms.engine import (
    ENGINE_FILE,
    NUMBERS_FILE,
    STYLE_FILE,
    VUE_FILE,
    WORDS_FILE,
    policy,
    scripts_version,
    served_file,
)
from processing.web.words import code_name, entry_state_name, form_title

blueprint = Blueprint("entry", __name__)
SCHOOLS_SHOWN = 50
ENTRIES_SHOWN = 200
LONGEST_SEARCH_CHARACTERS = 100
PAPER = "paper_sheet"


@blueprint.get("/entry")
@permission(Permission.ENTRY)
def show_entries():
    part = part_wanted("entries", ENTRIES_SHOWN)
    rows = web_entry.list_entries(reading(), scope_of(g.account), language(), **part)
    is_waiting = web_entry.is_without_manager(reading())
    refused_count = sum(row["state"] == "refused" for row in rows)
    return render_tables(
        "entries.html", [entries_table(rows)], is_waiting=is_waiting, refused_count=refused_count
    )


@blueprint.get("/entry/returns/<instance_id>")
@permission(Permission.ENTRY)
def show_entry(instance_id: str):
    entry = _find_entry(instance_id)
    return render_template(
        "entry.html",
        entry=entry,
        title=form_title(entry["form_id"]),
        source=code_name("entry_source", entry["source_code"]),
        state=entry_state_name(entry["state"]),
        entered_at=local(entry["entered_at"]),
        withdrawn_at=local(entry["withdrawn_at"]),
        sheets=web_entry.list_sheets(reading(), instance_id),
    )


@blueprint.get("/entry/returns/<instance_id>/sheets/<name>")
@permission(Permission.ENTRY)
def send_sheet(instance_id: str, name: str):
    entry = _find_entry(instance_id)
    sheet = web_entry.find_sheet(reading(), instance_id, name) or abort(404)
    with writing() as connection:
        record(
            connection, now(), g.account.login, "sheet_seen", entry["school_code"],
            instance_id=instance_id,
        )  # fmt: skip
    return Response(bytes(sheet.content), mimetype=sheet.media_type)


@blueprint.get("/entry/schools")
@permission(Permission.ENTRY)
def choose_school():
    text = request.args.get("q", "")[:LONGEST_SEARCH_CHARACTERS]
    scope = scope_of(g.account)
    part = part_wanted("entry-schools", SCHOOLS_SHOWN)
    rows = list_schools(reading(), scope, language(), sort_key(text), **part)
    return render_tables("entry_schools.html", [schools_table(rows)], text=text)


@blueprint.get("/entry/schools/<school_code>")
@permission(Permission.ENTRY)
def show_asked(school_code: str):
    school = _find_school(school_code)
    rows = web_entry.list_asked(
        reading(), _place(), language(), school_code, entered_forms(), now(), today()
    ) if school["is_open"] else []  # fmt: skip
    return render_tables("entry_rounds.html", [rounds_table(school, rows)], school=school)


@blueprint.get("/entry/schools/<school_code>/<round_code>")
@permission(Permission.ENTRY)
def show_form(school_code: str, round_code: str):
    """corrects: the entry, refused by Central, whose answers stand in the form."""
    school, asked = _find_school(school_code), _find_asked(school_code, round_code)
    corrected = request.args.get("corrects")
    if corrected and corrected != asked["refused_id"]:
        return redirect(url_for(".show_form", school_code=school_code, round_code=round_code))
    if corrected:
        asked = dict(asked) | {"is_waiting": False, "refused_id": None}
    fault = find_hindrance(school, asked) or _find_missing_lists(school_code, asked)
    nonce = secrets.token_urlsafe(16)
    page = render_template(
        "entry_form.html",
        school=school,
        asked=asked,
        title=form_title(asked["form_id"]),
        fault=fault,
        sources=code_names("entry_source", language()).items(),
        paper=PAPER,
        today=today(),
        given=_find_entry(corrected) if corrected else None,
        files=web_entry.list_answer_names(reading(), corrected) if corrected else [],
        nonce=nonce,
        device=WEB_DEVICE_ID,
        words=words_of_script(),
        scripts={
            "version": scripts_version(),
            "engine": ENGINE_FILE,
            "vue": VUE_FILE,
            "style": STYLE_FILE,
            "words": WORDS_FILE,
            "numbers": NUMBERS_FILE,
        },
    )
    if fault:
        return page, 409
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = policy(nonce, forms="'self'")
    return answer


@blueprint.post("/entry/schools/<school_code>/<round_code>")
@permission(Permission.ENTRY)
def take_entry(school_code: str, round_code: str):
    """Answers in JSON: `next`, the page to go to, or `fault`, why nothing was taken.

    corrects: the entry, refused by Central, in whose place this one is to stand.
    """
    school = _find_school(school_code)
    try:
        _take(school, _find_asked(school_code, round_code))
    except EntryRefused as refused:
        return {"fault": refused.words}, refused.status
    flash(gettext("The return is taken. It is in the figures once ODK Central has it."))
    return {"next": url_for("entry.show_entries")}, 201


@blueprint.get("/entry/schools/<school_code>/<round_code>/form.xml")
@permission(Permission.ENTRY)
def send_form(school_code: str, round_code: str):
    school, asked = _find_school(school_code), _find_asked(school_code, round_code)
    form = load_catalogue()[asked["form_id"]]
    opened = opened_form(_find_xform(asked), form, school, round_code, language())
    return Response(opened, mimetype="application/xml")


@blueprint.get("/entry/schools/<school_code>/<round_code>/lists/<name>")
@permission(Permission.ENTRY)
def send_list(school_code: str, round_code: str, name: str):
    _find_school(school_code)
    asked = _find_asked(school_code, round_code)
    list_name = list_of(_find_xform(asked), name) or abort(404)
    found = web_entry.find_list(reading(), asked["form_key"], list_name, school_code, round_code)
    return Response(list_text(found or abort(404)), mimetype="text/csv")


@blueprint.get("/entry/schools/<school_code>/<round_code>/media/<name>")
@permission(Permission.ENTRY)
def send_media(school_code: str, round_code: str, name: str):
    _find_school(school_code)
    asked = _find_asked(school_code, round_code)
    found = media_file(_find_xform(asked), asked["form_id"], name)
    return send_file(found or abort(404))


@blueprint.get("/entry/scripts/<version>/<name>")
@permission(Permission.ENTRY)
def send_script(version: str, name: str):
    answer = served_file(name) if version == scripts_version() else abort(404)
    answer.headers["Cache-Control"] = (
        f"private, max-age={current_app.config['SEND_FILE_MAX_AGE_DEFAULT']}, immutable"
    )
    return answer


def _find_school(school_code: str):
    return find_school(reading(), scope_of(g.account), language(), school_code) or abort(404)


def _place() -> tuple[str, int | None]:
    """The Central and the project to which entries are sent."""
    return current_app.config["EMIS_ENTRY_PLACE"]


def _find_asked(school_code: str, round_code: str):
    asked = web_entry.find_asked(
        reading(), _place(), language(), school_code, round_code, now(), today()
    )
    if asked is None or asked["form_id"] not in entered_forms():
        abort(404)
    return asked


def _find_entry(instance_id: str):
    return web_entry.find_entry(
        reading(), scope_of(g.account), language(), instance_id
    ) or abort(404)  # fmt: skip


def _find_xform(asked) -> str:
    if asked["form_key"] is None:
        abort(404)
    return web_entry.find_xform(reading(), asked["form_key"]) or abort(404)


def _find_missing_lists(school_code: str, asked) -> str | None:
    """A new school or round reaches Central's lists, and then ours, a little later."""
    for name in ("schools", "rounds"):
        if name in load_catalogue()[asked["form_id"]].entity_lists:
            found = web_entry.find_list(
                reading(), asked["form_key"], name, school_code, asked["round_code"]
            )
            if not found or not found[1]:
                return gettext(
                    "The lists of ODK Central do not hold this school and this round yet. Try "
                    "again in a few minutes; if it stays so, ask the administrator."
                )
    return None


def _take(school, asked) -> None:
    corrected = request.args.get("corrects")
    entry = read_entry(request, school, asked, written_by(g.account), today(), corrected)
    with writing() as connection:
        entries.lock_slice(connection, entry.school_code, entry.period)
        known = entries.find_answers_sha256(connection, entry.instance_id)
        if known == entries.answers_sha256(entry.xml):
            return  # the browser did not hear our first answer
        if known is not None:
            raise EntryRefused(gettext("Another return was sent from this page already."), 409)
        if corrected:
            _replace(connection, corrected, entry)
        _require_takeable(connection, school, entry)
        _add(connection, entry, corrected)
        web_entry.mark_entered(connection, now())
        record(
            connection, now(), g.account.login, "return_entered", entry.school_code,
            instance_id=entry.instance_id, round=entry.period, source=entry.source_code,
            **({"corrects": corrected} if corrected else {}),
        )  # fmt: skip


def _replace(connection, corrected: str, entry: entries.Entry) -> None:
    place = (entry.school_code, entry.period)
    withdrawal = entries.Withdrawal(entry.entered_by, replaced_by=entry.instance_id)
    if web_entry.find_refused_xml(connection, corrected, *place) is None or not entries.withdraw(
        connection, corrected, withdrawal, now()
    ):
        raise EntryRefused(
            gettext("The entry that you correct has changed meanwhile: look at its state."), 409
        )


def _add(connection, entry: entries.Entry, corrected: str | None) -> None:
    files = read_files(request, entry.xml)
    entries.add_entry(connection, entry, files, now())
    if corrected:
        has_sheets = any(file.kind == entries.SHEET for file in files)
        entries.carry_files(connection, corrected, entry, has_sheets)
    if entry.source_code == PAPER and not entries.has_sheet(connection, entry.instance_id):
        raise EntryRefused(
            gettext(
                "Add a photo of each page of the signed sheet. If the answers did not come from "
                "a signed sheet, choose where they came from."
            )
        )


def _require_takeable(connection, school, entry: entries.Entry) -> None:
    """As when the form was opened, and now that nobody else can enter this return."""
    asked = web_entry.find_asked(
        connection, _place(), language(), entry.school_code, entry.period, now(), today()
    )
    fault = gettext("This round was withdrawn.") if asked is None else find_hindrance(school, asked)
    if fault:
        raise EntryRefused(fault, 409)
    if not web_entry.has_version(connection, entry.form_key, entry.form_version):
        raise EntryRefused(
            gettext("ODK Central does not know this version of the form. Load the page anew."), 409
        )
