"""`emis status`: the mirror, what is due, and what ran last."""

import datetime as dt

import click
from rich.table import Table

from config.clock import clock_of
from processing.command.context import console, make_table, ready_settings, worker_connection
from processing.db.queries import runs
from processing.db.queries.due import list_waiting
from processing.db.queries.forms import list_forms
from processing.db.queries.quality import list_rule_gaps
from processing.db.queries.submissions import count_submissions
from processing.db.queries.xml_trouble import list_trouble
from processing.jobs.stages import STAGES

SHOWN_RUNS = 15


@click.command()
@click.option("--stage", type=click.Choice(list(STAGES)), help="Only runs of this stage.")
@click.option("--runs", "run_count", default=SHOWN_RUNS, type=click.IntRange(1, 10_000),
              help="How many runs to show.")  # fmt: skip
def status(stage: str | None, run_count: int) -> None:
    """Show each form's mirror, the work that is due, and the newest runs with their reasons.

    Example: emis status --stage pull
    """
    now = dt.datetime.now(dt.UTC)
    with ready_settings() as settings, worker_connection(settings) as connection:
        console.print(_forms_table(connection))
        console.print(_due_table(connection, now))
        _print_trouble(connection)
        console.print(_runs_table(connection, run_count, stage))


def _forms_table(connection) -> Table:
    table = make_table("form", "version", "state", "live", "deleted", "purged", "verified")
    for form in list_forms(connection):
        count = count_submissions(connection, form.form_key)
        cells = [count.live, count.deleted, count.purged, count.verified]
        numbers = [f"{number:,}" for number in cells]
        table.add_row(form.form_id, form.current_version or "", form.state, *numbers)
    return table


def _due_table(connection, now: dt.datetime) -> Table:
    table = make_table(
        "due stage", "ready", "waiting to be tried again", "attempts", "since", "last reason"
    )
    for row in list_waiting(connection, now):
        since = clock_of(row.since)
        counts = [f"{count:,}" for count in (row.ready, row.delayed, row.attempts)]
        table.add_row(row.stage, *counts, since, row.reason or "")
    return table


def _print_trouble(connection) -> None:
    """What stays away although no stage fails: XML that does not come, rules without columns."""
    if rows := list_trouble(connection):
        table = make_table("no XML from Central", "submission", "attempts", "next", "reason")
        for row in rows:
            at = clock_of(row.next_at)
            table.add_row(row.form_id, row.instance_id, str(row.attempts), at, row.reason or "")
        console.print(table)
    if rows := list_rule_gaps(connection):
        table = make_table("rule that cannot run", "form", "what the form has not brought")
        for row in rows:
            table.add_row(row.rule, row.form_id, row.missing)
        console.print(table)


def _runs_table(connection, count: int, stage: str | None) -> Table:
    table = make_table("run", "stage", "state", "slices", "rows", "seconds", "reason")
    for row in runs.list_runs(connection, count, stage):
        seconds = (row.finished_at - row.started_at).total_seconds() if row.finished_at else None
        table.add_row(
            str(row.run_id),
            row.stage,
            row.state,
            f"{row.slice_count:,}",
            f"{row.row_count:,}",
            "" if seconds is None else f"{seconds:.1f}",
            row.reason or "",
        )
    return table
