"""Schools: the list with its search, and the page of one.

A school outside the reader's area is not there: 404, as for a code that no school has.
"""

from flask import Blueprint, abort, g, request, url_for
from flask_babel import gettext

from config.names import sort_key
from processing.db.queries.held import find_sources, list_newest
from processing.db.queries.web_indicators import list_years
from processing.db.queries.web_schools import (
    count_schools,
    find_facility,
    find_school,
    list_enrolment,
    list_explained_issues,
    list_returns,
    list_school_issues,
    list_schools,
)
from processing.db.queries.web_scope import NATION
from processing.exports.table import Column, Table
from processing.web.access import Permission, may, permission, scope_of
from processing.web.database import reading
from processing.web.figures import indicators_table
from processing.web.i18n import language
from processing.web.school_facts import facility_facts, registry_facts, source_facts
from processing.web.tables import part_wanted, render_tables, table_of
from processing.web.words import (
    code_name,
    form_of,
    issue_message,
    issue_state_name,
    review_state_name,
    severity_name,
)

blueprint = Blueprint("schools", __name__)
SCHOOLS_A_PAGE = 50
LONGEST_SEARCH_CHARACTERS = 100


@blueprint.get("/schools")
@permission(Permission.SCHOOLS)
def show_schools():
    scope = scope_of(g.account)
    text = request.args.get("q", "")[:LONGEST_SEARCH_CHARACTERS]
    search = sort_key(text)
    count = count_schools(reading(), scope, search)
    last_page = max(1, -(-count // SCHOOLS_A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), last_page)
    part = part_wanted("schools", SCHOOLS_A_PAGE, page)
    rows = list_schools(reading(), scope, language(), search, **part)
    return render_tables(
        "schools.html", [schools_table(rows)], text=text, count=count, page=page,
        last_page=last_page,
    )  # fmt: skip


@blueprint.get("/schools/<school_code>")
@permission(Permission.SCHOOLS)
def show_school(school_code: str):
    school = find_school(reading(), scope_of(g.account), language(), school_code) or abort(404)
    facility = find_facility(reading(), school["building_code"])
    enrolment = list_enrolment(reading(), school_code)
    tables = [
        returns_table(school_code, list_returns(reading(), language(), school_code)),
        enrolment_table(enrolment),
        issues_table(list_school_issues(reading(), school_code)),
        *_explained_tables(school_code),
        *comparison_tables(school),
    ]
    return render_tables(
        "school.html",
        tables,
        school=school,
        facts=registry_facts(school),
        source_facts=_source_facts(school_code),
        facility=facility,
        facility_facts=facility_facts(facility) if facility else [],
        enrolment_year=enrolment[0]["school_year"] if enrolment else None,
    )


def _source_facts(school_code: str) -> list:
    sources = find_sources(reading(), [school_code])
    by_topic = {topic: source for (_, topic), source in sources.items()}
    return source_facts(by_topic, list_newest(reading(), [school_code]))


def schools_table(rows: list) -> Table:
    return table_of(
        "schools",
        gettext("Schools"),
        rows,
        {
            Column("name", gettext("School")): "name",
            Column("code", gettext("Code"), "code"): "school_code",
            Column("area", gettext("District")): "area_name",
            Column("directorate", gettext("Directorate")): "directorate_name",
            Column(
                "pupils", gettext("Pupils last year"), "count", is_people=True
            ): "pupil_count_last_year",
            Column("issues", gettext("Open issues"), "count"): "issue_count",
        },
        link=lambda row: url_for("schools.show_school", school_code=row["school_code"]),
    )


def returns_table(school_code: str, rows: list) -> Table:
    return table_of(
        "returns",
        gettext("Returns received"),
        rows,
        {
            Column("form", gettext("Form")): form_of,
            Column("round", gettext("Round")): "round_name",
            Column("received", gettext("Arrived"), "moment"): "received_at",
            Column("pupils", gettext("Pupils"), "count", is_people=True): "pupil_count",
            Column("review", gettext("Review")): lambda row: review_state_name(row["review_state"]),
            Column("counts", gettext("In the figures")): _counts_words,
            Column("entered", gettext("Entered")): _entered_words,
        },
        link=lambda row: url_for(
            "printed.show_return", school_code=school_code, instance_id=row["instance_id"]
        ),
    )


def _counts_words(row) -> str:
    return gettext("no: blocking issue") if row["has_blocking_issue"] else gettext("yes")


def _entered_words(row) -> str:
    """By the school itself, or by whom in its name and from what."""
    if row["source_code"] is None:
        return gettext("by the school")
    source = code_name("entry_source", row["source_code"])
    return gettext("%(name)s, from: %(source)s", name=row["entered_by"], source=source)


def enrolment_table(rows: list) -> Table:
    cells = [_grade_cells(code_name("grade", row["grade"]), [row]) for row in rows]
    if len(cells) > 1:
        cells.append(_grade_cells(gettext("All together"), rows))
    return Table(
        name="enrolment",
        caption=gettext("Pupils by grade and sex"),
        columns=(
            Column("grade", gettext("Grade")),
            Column("girls", gettext("Girls"), "count", is_people=True),
            Column("boys", gettext("Boys"), "count", is_people=True),
            Column("pupils", gettext("Pupils"), "count", is_people=True,
                   total_of=("girls", "boys")),
            Column("repeaters", gettext("of them repeaters"), "count", is_people=True,
                   part_of="pupils"),
            Column("sections", gettext("Sections"), "count"),
        ),
        rows=tuple(cells),
        has_total=len(cells) > 1,
    )  # fmt: skip


def _grade_cells(name: str, rows: list) -> dict:
    def total(key: str) -> int:
        return int(sum(row[key] or 0 for row in rows))

    return {
        "grade": name,
        "girls": total("female_count"),
        "boys": total("male_count"),
        "pupils": total("pupil_count"),
        "repeaters": total("repeater_count"),
        "sections": total("section_count"),
    }


def issues_table(rows: list) -> Table:
    return table_of(
        "school-issues",
        gettext("Open issues"),
        rows,
        {
            Column("message", gettext("What is wrong, and what to do")): _message_of,
            Column("severity", gettext("Severity")): lambda row: severity_name(row["severity"]),
            Column("form", gettext("Form")): form_of,
            Column("since", gettext("Since"), "moment"): "first_seen_at",
            Column("state", gettext("State")): lambda row: issue_state_name(row["state"]),
        },
    )


def _explained_tables(school_code: str) -> list[Table]:
    """What somebody wrote of the school, for those who work for it: it may name people."""
    if not may(g.account, Permission.NAMES):
        return []
    rows = list_explained_issues(reading(), school_code)
    return [explained_table(rows)] if rows else []


def explained_table(rows: list) -> Table:
    return table_of(
        "school-explained",
        gettext("Unusual, with a reason"),
        rows,
        {
            Column("message", gettext("What is unusual")): _message_of,
            Column("reason", gettext("Reason")): "reason",
            Column("form", gettext("Form")): form_of,
            Column("since", gettext("Since"), "moment"): "explained_at",
        },
    )


def _message_of(row) -> str:
    return issue_message(row["rule"], row["arguments"])


def comparison_tables(school) -> list[Table]:
    """The school's figures of the newest year beside its district, directorate and the nation."""
    years = list_years(reading())
    units = [
        ("school", school["school_code"]),
        ("district", school["area_code"]),
        ("directorate", school["directorate_code"]),
        NATION.unit,
    ]
    return [indicators_table(units, year, has_schools=False) for year in years[:1]]
