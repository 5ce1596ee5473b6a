"""The start page: how complete the current rounds are, what came in last, what is wrong.

A round that some have answered has its table by directorate; those that nobody has answered yet
share one, which says so, and what is sent on occasion (visits, updates) another: nobody owes it.

A partner, who sees released figures alone, is told that there is no release yet.
"""

from flask import Blueprint, g, render_template, url_for
from flask_babel import gettext

from config.forms import is_owed
from processing.db.queries.web_home import (
    list_coverage,
    list_current_rounds,
    list_newest_submissions,
    list_open_issues,
)
from processing.exports.table import Column, Table, percentage
from processing.web.access import Permission, may, permission, scope_of
from processing.web.clock import today
from processing.web.database import reading
from processing.web.i18n import language
from processing.web.tables import render_tables, table_of
from processing.web.words import (
    form_of,
    form_title,
    review_state_name,
    rule_name,
    severity_name,
)

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@permission(Permission.SIGNED_IN)
def show_home():
    if not may(g.account, Permission.FIGURES):
        return render_template("no_release.html")
    scope = scope_of(g.account)
    rounds = list_current_rounds(reading(), language(), today())
    covered = list_coverage(reading(), scope, language(), [row["round_code"] for row in rounds])
    owed = [row for row in rounds if is_owed(row["form_id"])]
    answered = [row for row in owed if count_of(row, covered, "received_count")]
    coverage = [coverage_table(row, covered) for row in answered]
    rest = [
        quiet_table([row for row in owed if row not in answered], covered),
        occasion_table([row for row in rounds if row not in owed], covered),
    ]
    submissions = submissions_table(list_newest_submissions(reading(), scope, language()))
    issues = issues_table(list_open_issues(reading(), scope))
    return render_tables(
        "home.html",
        [*coverage, *(table for table in rest if table.rows), submissions, issues],
        rounds={row["round_code"]: row for row in rounds},
        form_titles={row["form_id"]: form_title(row["form_id"]) for row in rounds},
        coverage_names=[(table.name, table.name.removeprefix("coverage-")) for table in coverage],
    )


def count_of(round_row, covered: list, name: str) -> int:
    """A count of a round over all directorates of the scope."""
    return sum(row[name] for row in covered if row["round_code"] == round_row["round_code"])


def quiet_table(rounds: list, covered: list) -> Table:
    """Rounds that are owed in the scope and that nobody there has answered."""
    return table_of(
        "quiet-rounds",
        gettext("Current rounds for which nothing has arrived yet"),
        _expected(rounds, covered),
        {
            Column("form", gettext("Form")): form_of,
            Column("round", gettext("Round")): "name",
            Column("reference", gettext("As of"), "date"): "reference_date",
            Column("due", gettext("Due"), "date"): "due_on",
            Column("expected", gettext("Expected"), "count"): (
                lambda row: count_of(row, covered, "expected_count")
            ),
            Column("received", gettext("Received"), "count"): lambda _: 0,
        },
    )


def occasion_table(rounds: list, covered: list) -> Table:
    """Rounds of what is sent when there is something to say."""
    return table_of(
        "occasion-rounds",
        gettext("Sent on occasion"),
        _expected(rounds, covered),
        {
            Column("form", gettext("Form")): form_of,
            Column("round", gettext("Round")): "name",
            Column("closes", gettext("Closes"), "date"): "closes_on",
            Column("schools", gettext("Schools it came for"), "count"): (
                lambda row: count_of(row, covered, "received_count")
            ),
        },
    )


def _expected(rounds: list, covered: list) -> list:
    """The rounds that name schools of the scope."""
    return [row for row in rounds if count_of(row, covered, "expected_count")]


def coverage_table(round_row, covered: list) -> Table:
    """One round: expected and received by directorate, and the sum of them."""
    rows = [row for row in covered if row["round_code"] == round_row["round_code"]]
    cells = [_coverage_cells(row["name"], [row]) for row in rows]
    if len(cells) > 1:
        cells.append(_coverage_cells(gettext("All together"), rows))
    return Table(
        name=f"coverage-{round_row['round_code']}",
        caption=round_row["name"],
        columns=(
            Column("name", gettext("Directorate")),
            Column("expected", gettext("Expected"), "count"),
            Column("received", gettext("Received"), "count"),
            Column("received_pct", gettext("Received, %"), "percent", decimals=1),
            Column("usable", gettext("Without blocking issue"), "count"),
        ),
        rows=tuple(cells),
        has_total=len(cells) > 1,
    )


def _coverage_cells(name: str, rows: list) -> dict:
    expected = sum(row["expected_count"] for row in rows)
    received = sum(row["received_count"] for row in rows)
    return {
        "name": name,
        "expected": expected,
        "received": received,
        "received_pct": percentage(received, expected, 1),
        "usable": sum(row["usable_count"] for row in rows),
    }


def submissions_table(rows: list) -> Table:
    return table_of(
        "submissions",
        gettext("Latest submissions"),
        rows,
        {
            Column("school", gettext("School")): _school_of,
            Column("form", gettext("Form")): form_of,
            Column("sent", gettext("Arrived"), "moment"): "submission_date",
            Column("review", gettext("Review")): lambda row: review_state_name(row["review_state"]),
            Column("issues", gettext("Open issues"), "count"): "issue_count",
        },
        link=lambda row: _school_link(row["school_code"], row["school_name"]),
    )


def _school_link(school_code: str | None, name: str | None) -> str | None:
    return url_for("schools.show_school", school_code=school_code) if name else None


def _school_of(row) -> str:
    return row["school_name"] or gettext("School not known")


def issues_table(rows: list) -> Table:
    return table_of(
        "issues",
        gettext("Open issues: what should hold and does not"),
        rows,
        {
            Column("rule", gettext("Rule")): lambda row: rule_name(row["rule"]),
            Column("severity", gettext("Severity")): lambda row: severity_name(row["severity"]),
            Column("issues", gettext("Open issues"), "count"): "issue_count",
            Column("schools", gettext("Schools"), "count"): "school_count",
        },
    )
