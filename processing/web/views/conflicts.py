"""Conflicts of entities: two changes that do not know of each other, or one that the registry does
not know of, and the officer's choice.

A page enters the choice; the stage `resolve_conflicts` writes it to Central and the registry.
"""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

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
)
from processing.feedback.edits import ROUNDS, SCHOOLS, find_waiting, list_waiting
from processing.web.access import Permission, permission, scope_of
from processing.web.clock import now
from processing.web.database import reading, writing
from processing.web.i18n import language, show_moment
from processing.web.registry_words import column_name, value_words
from processing.web.tables import render_tables, table_of

blueprint = Blueprint("conflicts", __name__)


@blueprint.get("/conflicts")
@permission(Permission.REGISTRY)
def show_conflicts():
    rows = list_waiting(reading(), scope_of(g.account))
    return render_tables("conflicts.html", [conflicts_table(rows)])


@blueprint.get("/conflicts/<int:list_key>/<uuid>")
@permission(Permission.REGISTRY)
def show_conflict(list_key: int, uuid: str):
    return _page(*_find(list_key, uuid))


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
    fault = _find_fault(conflict, chosen)
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
        places = {str(place): option.value for place, option in enumerate(difference.options)}
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
            Column("label", gettext("Entity")): "label",
            Column("list", gettext("Entity list"), "code"): "list_name",
            Column("code", gettext("School"), "code"): "school_code",
            Column("kind", gettext("Kind")): lambda row: kind_words(row["conflict"]),
            Column("since", gettext("Since"), "moment"): "since",
        },
        link=lambda row: url_for(
            "conflicts.show_conflict", list_key=row["list_key"], uuid=row["uuid"]
        ),
    )


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


def property_words(name: str, value: str) -> str | None:
    column = SCHOOL_COLUMNS.get(name) or BUILDING_COLUMNS.get(name)
    return value_words(column, value) if column else value or None


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


def _find_fault(conflict, chosen: dict[str, str]) -> str | None:
    if conflict["list_name"] != SCHOOLS:
        return None
    school = find_known(reading(), conflict["school_code"] or "", None, None)["school"]
    if school is None:
        return None
    known = entity_conflicts.find_codes(reading()) | {"school": school}
    return find_choice_fault(chosen, known)


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
            "name": _property_name(each.property),
            "options": [
                {
                    "words": property_words(each.property, option.value),
                    "sides": [side_words(side) for side in option.sides],
                    "is_chosen": given.get(f"choice_{at}") == str(place),
                }
                for place, option in enumerate(each.options)
            ],
        }
        for at, each in enumerate(differences)
    ]
    return render_template(
        "conflict.html",
        conflict=conflict,
        shown=fingerprint(differences),
        kind=kind_words(conflict["conflict"]),
        lines=lines,
        is_registrys=conflict["list_name"] == SCHOOLS,
        is_rounds=conflict["list_name"] == ROUNDS,
        past_fault=fault_text(conflict["fault"], language()) if conflict["fault"] else None,
        fault=fault,
    )


def _property_name(name: str) -> str:
    if name == LABEL:
        return gettext("Label")
    column = SCHOOL_COLUMNS.get(name) or BUILDING_COLUMNS.get(name)
    return column_name(column) if column else name


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
