"""Tables of the pages of entry: what was entered, schools to choose from, what a school owes."""

from flask import url_for
from flask_babel import gettext

from config.forms import is_owed
from processing.exports.table import Column, Table
from processing.web.tables import table_of
from processing.web.words import code_name, entry_state_name, form_of


def entries_table(rows: list) -> Table:
    return table_of(
        "entries",
        gettext("Returns entered"),
        rows,
        {
            Column("school", gettext("School")): "school_name",
            Column("form", gettext("Form")): form_of,
            Column("round", gettext("Round")): "round_name",
            Column("state", gettext("State")): lambda row: entry_state_name(row["state"]),
            Column("source", gettext("Entered from")): _source_of,
            Column("by", gettext("Entered by")): "entered_by",
            Column("at", gettext("Entered"), "moment"): "entered_at",
        },
        link=lambda row: url_for("entry.show_entry", instance_id=row["instance_id"]),
    )


def schools_table(rows: list) -> Table:
    return table_of(
        "entry-schools",
        gettext("Schools"),
        rows,
        {
            Column("name", gettext("School")): "name",
            Column("code", gettext("Code"), "code"): "school_code",
            Column("area", gettext("District")): "area_name",
            Column("directorate", gettext("Directorate")): "directorate_name",
        },
        link=lambda row: url_for("entry.show_asked", school_code=row["school_code"]),
    )


def rounds_table(school, rows: list) -> Table:
    return table_of(
        "entry-rounds",
        gettext("Asked of the school now"),
        rows,
        {
            Column("form", gettext("Form")): form_of,
            Column("round", gettext("Round")): "name",
            Column("reference", gettext("As of"), "date"): "reference_date",
            Column("due", gettext("Due"), "date"): "due_on",
            Column("closes", gettext("Closes"), "date"): "closes_on",
            Column("state", gettext("State")): _state_of,
        },
        link=lambda row: url_for(
            "entry.show_form",
            school_code=school["school_code"],
            round_code=row["round_code"],
        ),
    )


def _source_of(row) -> str | None:
    return code_name("entry_source", row["source_code"])


def _state_of(row) -> str:
    if row["received_at"] is not None and is_owed(row["form_id"]):
        return gettext("Received")
    if row["refused_id"] is not None:
        return gettext("Entered, not taken by ODK Central")
    if row["is_waiting"]:
        return gettext("Entered, on its way")
    return gettext("Awaited") if is_owed(row["form_id"]) else gettext("Sent on occasion")
