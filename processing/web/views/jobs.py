"""Jobs: what is due, what ran, what the timetable remembers. The mirror has a page: Sync."""

from flask import Blueprint
from flask_babel import gettext

from processing.db.queries.quality import list_rule_gaps
from processing.db.queries.web_jobs import list_due, list_runs, list_schedule
from processing.db.queries.xml_trouble import list_trouble
from processing.exports.table import Column, Table
from processing.web.access import Permission, permission
from processing.web.clock import now
from processing.web.database import reading
from processing.web.tables import render_tables, table_of
from processing.web.words import form_title, run_state_name, work_name

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/jobs")
@permission(Permission.JOBS)
def show_jobs():
    tables = [
        due_table(list_due(reading(), now())),
        schedule_table(list_schedule(reading())),
        runs_table(list_runs(reading())),
    ]
    if gaps := list_rule_gaps(reading()):
        tables.append(gaps_table(gaps))
    if trouble := list_trouble(reading()):
        tables.append(trouble_table(trouble))
    return render_tables("jobs.html", tables)


def due_table(rows: list) -> Table:
    return table_of(
        "due",
        gettext("Work that is due"),
        rows,
        {
            Column("stage", gettext("Stage")): lambda row: work_name(row["stage"]),
            Column("slices", gettext("Slices"), "count"): "slice_count",
            Column("ready", gettext("Ready to start"), "count"): "ready_count",
            Column("failed", gettext("Tried before"), "count"): "failed_count",
            Column("attempts", gettext("Attempts"), "count"): "attempts",
            Column("oldest", gettext("Oldest"), "moment"): "oldest_at",
            Column("reason", gettext("Reason of the last fault")): "reason",
        },
    )


def schedule_table(rows: list) -> Table:
    return table_of(
        "schedule",
        gettext("Timetable"),
        rows,
        {
            Column("task", gettext("Task")): lambda row: work_name(row["task"]),
            Column("next", gettext("Next run"), "moment"): "next_due_at",
            Column("started", gettext("Last started"), "moment"): "last_started_at",
            Column("finished", gettext("Last finished"), "moment"): "last_finished_at",
            Column("reason", gettext("Remark")): "reason",
        },
    )


def runs_table(rows: list) -> Table:
    return table_of(
        "runs",
        gettext("Latest runs"),
        rows,
        {
            Column("stage", gettext("Stage")): lambda row: work_name(row["stage"]),
            Column("subject", gettext("Subject"), "code"): "subject",
            Column("state", gettext("State")): lambda row: run_state_name(row["state"]),
            Column("started", gettext("Started"), "moment"): "started_at",
            Column("seconds", gettext("Seconds"), "ratio", decimals=1): "duration_s",
            Column("slices", gettext("Slices"), "count"): "slice_count",
            Column("rows", gettext("Rows"), "count"): "row_count",
            Column("worker", gettext("Worker"), "code"): "worker",
            Column("reason", gettext("Reason")): "reason",
        },
    )


def gaps_table(rows: list) -> Table:
    return table_of(
        "rule_gaps",
        gettext("Rules that cannot run"),
        rows,
        {
            Column("rule", gettext("Rule"), "code"): lambda row: row.rule,
            Column("form", gettext("Form")): lambda row: form_title(row.form_id),
            Column("missing", gettext("Not in the form"), "code"): lambda row: row.missing,
            Column("since", gettext("Since"), "moment"): lambda row: row.since,
        },
    )


def trouble_table(rows: list) -> Table:
    return table_of(
        "xml_trouble",
        gettext("Submissions whose XML does not come"),
        rows,
        {
            Column("form", gettext("Form")): lambda row: form_title(row.form_id),
            Column("submission", gettext("Submission"), "code"): lambda row: row.instance_id,
            Column("attempts", gettext("Attempts"), "count"): lambda row: row.attempts,
            Column("next", gettext("Next attempt"), "moment"): lambda row: row.next_at,
            Column("reason", gettext("Reason")): lambda row: row.reason,
        },
    )
