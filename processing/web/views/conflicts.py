"""Conflicts of entities: two changes that do not know of each other, or one that the registry does
not know of, and the officer's choice.

A page enters the choice; the stage `resolve_conflicts` writes it to Central and the registry. Where
a property is not the registry's to change, both values are shown and its own alone can be chosen.
"""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from config.entity_lists import ASKED, LIST_PROPERTIES
from config.updates import fault_text
from processing.db.queries import entity_conflicts
from processing.db.queries.due import add_mark
from processing.db.queries.school_updates import find_known
from processing.db.queries.web_audit import record
from processing.exports.table import Column, Table
from processing.feedback.conflicts import (
    BUILDING_COLUMNS,
    LABEL,
    SCHOOL_COLUMNS,
    Difference,
    Side,
    find_choice_fault,
    fingerprint,
    label_column_of,
)
from processing.feedback.edits import find_waiting, list_waiting
from processing.feedback.homes import (
    COMPUTED,
    REGISTRY,
    RETURN,
    ROUND,
    SCHOOLS,
    STAFF,
    STAFF_CODES,
    find_value_fault,
)
from processing.web.access import Permission, permission, scope_of
from processing.web.clock import now
from processing.web.database import reading, writing
from processing.web.i18n import language, show_moment
from processing.web.registry_words import column_name, value_words
from processing.web.tables import render_tables, table_of
from processing.web.words import code_name

blueprint = Blueprint("conflicts", __name__)

HEAD = "head_name"
# Of what only some lists have; a property without words is shown by its name at Central.
PROPERTY_NAMES = {
    "governorate": lazy_gettext("Governorate"),
    "received": lazy_gettext("Received"),
    "last_month": lazy_gettext("Last month that has come"),
    "last_month_girls": lazy_gettext("Girls at its end, by grade"),
    "last_month_boys": lazy_gettext("Boys at its end, by grade"),
    "teachers_on_duty": lazy_gettext("Teachers on duty, women and men"),
    "host_year": lazy_gettext("School year of the host's answers"),
    "host_said_ar": lazy_gettext("What the host answered, in Arabic"),
    "host_said_ckb": lazy_gettext("What the host answered, in Kurdish"),
    "host_said_en": lazy_gettext("What the host answered, in English"),
    "building_facts": lazy_gettext("What lasts of the host's own answers, by code"),
    HEAD: lazy_gettext("Name of the head"),
    "device_kinds": lazy_gettext("Kinds of the devices"),
    "device_serials": lazy_gettext("Serial numbers of the devices"),
    "pupils_held_year": lazy_gettext("School year of the pupils held elsewhere"),
    "pupils_held_ar": lazy_gettext("Pupils held elsewhere, in Arabic"),
    "pupils_held_ckb": lazy_gettext("Pupils held elsewhere, in Kurdish"),
    "pupils_held_en": lazy_gettext("Pupils held elsewhere, in English"),
    "form_id": lazy_gettext("Form"),
    "round": lazy_gettext("Round"),
    **dict.fromkeys(ASKED, lazy_gettext("Asked of")),
    "school_year": lazy_gettext("School year"),
    "reference_date": lazy_gettext("As of"),
    "opens_on": lazy_gettext("Opens"),
    "due_on": lazy_gettext("Due"),
    "closes_on": lazy_gettext("Closes"),
    "school_code": lazy_gettext("School"),
    "school_name": lazy_gettext("School"),
    "supervisor_code": lazy_gettext("Supervisor"),
    "staff_number": lazy_gettext("Staff number"),
    "post": lazy_gettext("Post"),
    "work": lazy_gettext("Work"),
    "attachment": lazy_gettext("Attachment"),
    "contract": lazy_gettext("Contract"),
    "qualification": lazy_gettext("Qualification"),
    "institution": lazy_gettext("Institution of training"),
    "pedagogical": lazy_gettext("Pedagogical training"),
    "weekly_periods": lazy_gettext("Weekly periods"),
    "session": lazy_gettext("Session"),
    "girls_census": lazy_gettext("Girls in the census"),
    "boys_census": lazy_gettext("Boys in the census"),
    "staff_listed": lazy_gettext("Staff on the list"),
    "is_certified": lazy_gettext("Certified to observe lessons"),
    "planned_date": lazy_gettext("Day of the planned visit"),
    "due_date": lazy_gettext("To be done by"),
    "general_code": lazy_gettext("General directorate"),
}


@blueprint.get("/conflicts")
@permission(Permission.REGISTRY)
def show_conflicts():
    rows = list_waiting(reading(), scope_of(g.account))
    return render_tables("conflicts.html", [conflicts_table(rows)])


@blueprint.get("/conflicts/<int:list_key>/<uuid>")
@permission(Permission.REGISTRY)
def show_conflict(list_key: int, uuid: str):
    conflict, differences = _find(list_key, uuid)
    if conflict["list_name"] == STAFF or HEAD in {each.property for each in differences}:
        with writing() as connection:
            record(
                connection, now(), g.account.login, "person_seen",
                conflict["school_code"] or "", entity=uuid,
            )  # fmt: skip
    return _page(conflict, differences)


@blueprint.post("/conflicts/<int:list_key>/<uuid>")
@permission(Permission.REGISTRY)
def choose(list_key: int, uuid: str):
    conflict, differences = _find(list_key, uuid)
    if not _is_as_shown(request.form, conflict, differences):
        fault = gettext("The entity has changed meanwhile: look at it again.")
        return _page(conflict, differences, fault), 409
    chosen = read_choice(request.form, differences)
    if chosen is None:
        fault = gettext("Choose a value in each line.")
        return _page(conflict, differences, fault, request.form), 400
    fault = _find_fault(conflict, differences, chosen)
    if fault:
        return _page(conflict, differences, fault_text(fault, language()), request.form), 400
    if _save(conflict, chosen):
        flash(gettext("The choice is taken; Central and the tablets follow in a moment."))
    else:
        flash(gettext("Somebody else has decided meanwhile."))
    return redirect(url_for("conflicts.show_conflicts"), 303)


def read_choice(form, differences: tuple[Difference, ...]) -> dict[str, str] | None:
    """Property -> the value chosen; None where a line has none. The form names places alone."""
    chosen = {}
    for at, difference in enumerate(differences):
        places = {
            str(place): option.value
            for place, option in enumerate(difference.options)
            if difference.may_choose(option)
        }
        place = form.get(f"choice_{at}")
        if place not in places:
            return None
        chosen[difference.property] = places[place]
    return chosen


def conflicts_table(rows: list) -> Table:
    return table_of(
        "conflicts",
        gettext("Conflicts"),
        rows,
        {
            Column("label", gettext("Entity")): label_of,
            Column("list", gettext("Entity list"), "code"): "list_name",
            Column("code", gettext("School"), "code"): "school_code",
            Column("kind", gettext("Kind")): lambda row: kind_words(row["conflict"]),
            Column("since", gettext("Since"), "moment"): "since",
        },
        link=lambda row: url_for(
            "conflicts.show_conflict", list_key=row["list_key"], uuid=row["uuid"]
        ),
    )


def label_of(row) -> str:
    """In the table a person has no name: who opens the page of one is recorded."""
    code = row["data"].get("assignment_code") if row["list_name"] == STAFF else None
    return code or row["label"]


def kind_words(conflict: str | None) -> str:
    if conflict is None:
        return gettext("Changed at Central; the registry says otherwise")
    if conflict == "hard":
        return gettext("Both changed the same property")
    return gettext("Both changed it, in different properties")


def side_words(side: Side) -> str:
    """Who says a value, and when."""
    if side.kind == "registry":
        return gettext("the registry")
    who, when = _who(side.version), show_moment(side.version["version_created_at"])
    if side.kind == "came":
        return gettext("sent by %(who)s, %(when)s", who=who, when=when)
    if side.kind == "good":
        return gettext("at Central before, by %(who)s, %(when)s", who=who, when=when)
    return gettext("at Central now")


def property_words(list_name: str, name: str, value: str) -> str | None:
    """A value as people read it; as it stands where it is not of its kind."""
    if list_name == STAFF and name in STAFF_CODES:
        return code_name(STAFF_CODES[name], value) if value else None
    column = SCHOOL_COLUMNS.get(name) or BUILDING_COLUMNS.get(name)
    if column is None:
        return value or None
    try:
        return value_words(column, value)
    except ValueError:
        return value


def _who(version) -> str:
    if version["holder_kind"] == "school":
        return gettext("the tablet of school %(code)s", code=version["holder_code"])
    if version["holder_kind"] == "supervisor":
        return gettext("the tablet of supervisor %(code)s", code=version["holder_code"])
    if version["creator_id"] is None:
        return gettext("an unknown account")
    return gettext("account %(number)s of Central", number=version["creator_id"])


def _find(list_key: int, uuid: str):
    return find_waiting(reading(), scope_of(g.account), list_key, uuid) or abort(404)


def reason_words(reason: str | None) -> str | None:
    """Why the registry's value alone may be chosen."""
    words = {
        COMPUTED: gettext(
            "The program makes this of other facts: only its own value can stay. What is wrong in"
            " it is corrected where it comes from."
        ),
        REGISTRY: gettext(
            "This comes from the registry: only its value can stay. Change it there, or in the list"
            " schools."
        ),
        RETURN: gettext(
            "A return of the school says this of the person: only that can stay. The school"
            " corrects it in its next staff return."
        ),
        ROUND: gettext(
            "Rounds are opened and closed with emis rounds: only the registry's value can stay."
        ),
    }
    return words[reason] if reason else None


def _find_fault(conflict, differences, chosen: dict[str, str]) -> str | None:
    if conflict["list_name"] != SCHOOLS:
        free = {each.property for each in differences if each.reason is None}
        taken = {name: value for name, value in chosen.items() if name in free}
        return find_value_fault(conflict["list_name"], taken)
    school = _school_of(conflict)
    if school is None:
        return None
    known = entity_conflicts.find_codes(reading()) | {"school": school}
    return find_choice_fault(chosen, known)


def _school_of(conflict) -> dict | None:
    """The registry's row of the school that the entity is, where it is one."""
    if conflict["list_name"] != SCHOOLS:
        return None
    return find_known(reading(), conflict["school_code"] or "", None, None)["school"]


def _is_as_shown(form, conflict, differences: tuple[Difference, ...]) -> bool:
    """Is it what the officer saw? What the registry says stands among the values, and may change
    while the entity does not.
    """
    seen = (form.get("version"), form.get("shown"))
    return seen == (str(conflict["version"]), fingerprint(differences))


def _page(conflict, differences: tuple[Difference, ...], fault: str | None = None, given=None):
    """given: the form of an answer that could not be taken."""
    given = given or {}
    lines = [
        {
            "name": _property_name(conflict, each.property),
            "options": [
                {
                    "words": property_words(conflict["list_name"], each.property, option.value),
                    "sides": [side_words(side) for side in option.sides],
                    "is_chosen": given.get(f"choice_{at}") == str(place) or bool(each.reason),
                    "may_be_chosen": each.may_choose(option),
                }
                for place, option in enumerate(each.options)
            ],
            "reason": reason_words(each.reason),
        }
        for at, each in enumerate(differences)
    ]
    return render_template(
        "conflict.html",
        conflict=conflict,
        shown=fingerprint(differences),
        kind=kind_words(conflict["conflict"]),
        lines=lines,
        is_registrys=conflict["list_name"] in LIST_PROPERTIES,
        past_fault=fault_text(conflict["fault"], language()) if conflict["fault"] else None,
        fault=fault,
    )


def _property_name(conflict, name: str) -> str:
    """The label of a school is one of its names: which, the page says."""
    if name == LABEL:
        school = _school_of(conflict)
        return column_name(label_column_of(school)) if school else gettext("Label")
    column = SCHOOL_COLUMNS.get(name) or BUILDING_COLUMNS.get(name)
    return column_name(column) if column else str(PROPERTY_NAMES.get(name, name))


def _save(conflict, chosen: dict[str, str]) -> bool:
    with writing() as connection:
        if not entity_conflicts.add_choice(
            connection, conflict, chosen, g.account.signature, now()
        ):
            return False
        add_mark(connection, entity_conflicts.STAGE, now())
        record(
            connection, now(), g.account.login, "entity_conflict_chosen", conflict["uuid"],
            list=conflict["list_name"], version=conflict["version"], count=len(chosen),
        )  # fmt: skip
    return True
