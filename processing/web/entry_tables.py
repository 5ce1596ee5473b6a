"""Tables of the pages of entry: what was entered, schools to choose from, what a school owes."""

from flask import url_for
from flask_babel import gettext

from processing.exports.table import Column, Table
from processing.web.clock import local
from processing.web.words import code_name, entry_state_name, form_title


def entries_table(rows: list) -> Table:
    return Table(
        name="entries",
        caption=gettext("Returns entered"),
        columns=(
            Column("school", gettext("School")),
            Column("form", gettext("Form")),
            Column("round", gettext("Round")),
            Column("state", gettext("State")),
            Column("source", gettext("Entered from")),
            Column("by", gettext("Entered by")),
            Column("at", gettext("Entered"), "moment"),
        ),
        rows=tuple(
            {
                "school": row["school_name"],
                "form": form_title(row["form_id"]),
                "round": row["round_name"],
                "state": entry_state_name(row["state"]),
                "source": code_name("entry_source", row["source_code"]),
                "by": row["entered_by"],
                "at": local(row["entered_at"]),
            }
            for row in rows
        ),
        links=tuple(url_for("entry.show_entry", instance_id=row["instance_id"]) for row in rows),
    )


def schools_table(rows: list) -> Table:
    return Table(
        name="entry-schools",
        caption=gettext("Schools"),
        columns=(
            Column("name", gettext("School")),
            Column("code", gettext("Code"), "code"),
            Column("area", gettext("District")),
            Column("directorate", gettext("Directorate")),
        ),
        rows=tuple(
            {
                "name": row["name"],
                "code": row["school_code"],
                "area": row["area_name"],
                "directorate": row["directorate_name"],
            }
            for row in rows
        ),
        links=tuple(url_for("entry.show_asked", school_code=row["school_code"]) for row in rows),
    )


def rounds_table(school, rows: list) -> Table:
    return Table(
        name="entry-rounds",
        caption=gettext("Asked of the school now"),
        columns=(
            Column("form", gettext("Form")),
            Column("round", gettext("Round")),
            Column("reference", gettext("As of"), "date"),
            Column("due", gettext("Due"), "date"),
            Column("closes", gettext("Closes"), "date"),
            Column("state", gettext("State")),
        ),
        rows=tuple(
            {
                "form": form_title(row["form_id"]),
                "round": row["name"],
                "reference": row["reference_date"],
                "due": row["due_on"],
                "closes": row["closes_on"],
                "state": _state_of(row),
            }
            for row in rows
        ),
        links=tuple(
            url_for(
                "entry.show_form",
                school_code=school["school_code"],
                round_code=row["round_code"],
            )
            for row in rows
        ),
    )


def _state_of(row) -> str:
    if row["received_at"] is not None:
        return gettext("Received")
    if row["refused_id"] is not None:
        return gettext("Entered, not taken by ODK Central")
    return gettext("Entered, on its way") if row["is_waiting"] else gettext("Awaited")
