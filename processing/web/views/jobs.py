"""Jobs: what is due, what ran, what the timetable remembers. The mirror has a page: Sync."""

from flask import Blueprint
from flask_babel import gettext

from processing.db.queries.quality import list_rule_gaps
from processing.db.queries.web_jobs import list_due, list_runs, list_schedule
from processing.db.queries.xml_trouble import list_trouble
from processing.exports.table import Column, Table
from processing.web.access import Permission, permission
from processing.web.clock import local, now
from processing.web.database import reading
from processing.web.tables import render_tables
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
    return Table(
        name="due",
        caption=gettext("Work that is due"),
        columns=(
            Column("stage", gettext("Stage")),
            Column("slices", gettext("Slices"), "count"),
            Column("ready", gettext("Ready to start"), "count"),
            Column("failed", gettext("Tried before"), "count"),
            Column("oldest", gettext("Oldest"), "moment"),
            Column("reason", gettext("Reason of the last fault")),
        ),
        rows=tuple(
            {
                "stage": work_name(row["stage"]),
                "slices": row["slice_count"],
                "ready": row["ready_count"],
                "failed": row["failed_count"],
                "oldest": local(row["oldest_at"]),
                "reason": row["reason"],
            }
            for row in rows
        ),
    )


def schedule_table(rows: list) -> Table:
    return Table(
        name="schedule",
        caption=gettext("Timetable"),
        columns=(
            Column("task", gettext("Task")),
            Column("next", gettext("Next run"), "moment"),
            Column("started", gettext("Last started"), "moment"),
            Column("finished", gettext("Last finished"), "moment"),
            Column("reason", gettext("Remark")),
        ),
        rows=tuple(
            {
                "task": work_name(row["task"]),
                "next": local(row["next_due_at"]),
                "started": local(row["last_started_at"]),
                "finished": local(row["last_finished_at"]),
                "reason": row["reason"],
            }
            for row in rows
        ),
    )


def runs_table(rows: list) -> Table:
    return Table(
        name="runs",
        caption=gettext("Latest runs"),
        columns=(
            Column("stage", gettext("Stage")),
            Column("subject", gettext("Subject"), "code"),
            Column("state", gettext("State")),
            Column("started", gettext("Started"), "moment"),
            Column("seconds", gettext("Seconds"), "ratio", decimals=1),
            Column("slices", gettext("Slices"), "count"),
            Column("rows", gettext("Rows"), "count"),
            Column("worker", gettext("Worker"), "code"),
            Column("reason", gettext("Reason")),
        ),
        rows=tuple(
            {
                "stage": work_name(row["stage"]),
                "subject": row["subject"],
                "state": run_state_name(row["state"]),
                "started": local(row["started_at"]),
                "seconds": row["duration_s"],
                "slices": row["slice_count"],
                "rows": row["row_count"],
                "worker": row["worker"],
                "reason": row["reason"],
            }
            for row in rows
        ),
    )


def gaps_table(rows: list) -> Table:
    return Table(
        name="rule_gaps",
        caption=gettext("Rules that cannot run"),
        columns=(
            Column("rule", gettext("Rule"), "code"),
            Column("form", gettext("Form")),
            Column("missing", gettext("Not in the form"), "code"),
            Column("since", gettext("Since"), "moment"),
        ),
        rows=tuple(
            {
                "rule": row.rule,
                "form": form_title(row.form_id),
                "missing": row.missing,
                "since": local(row.since),
            }
            for row in rows
        ),
    )


def trouble_table(rows: list) -> Table:
    return Table(
        name="xml_trouble",
        caption=gettext("Submissions whose XML does not come"),
        columns=(
            Column("form", gettext("Form")),
            Column("submission", gettext("Submission"), "code"),
            Column("attempts", gettext("Attempts"), "count"),
            Column("next", gettext("Next attempt"), "moment"),
            Column("reason", gettext("Reason")),
        ),
        rows=tuple(
            {
                "form": form_title(row.form_id),
                "submission": row.instance_id,
                "attempts": row.attempts,
                "next": local(row.next_at),
                "reason": row.reason,
            }
            for row in rows
        ),
    )
