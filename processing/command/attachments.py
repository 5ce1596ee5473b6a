"""`emis attachments`: files of submissions, and what keeps some of them away."""

import datetime as dt

import click

from config.clock import clock_of
from config.settings import Settings
from config.words import counted
from processing.command.context import console, make_table, ready_settings, worker_connection
from processing.db.queries import attachments as queries
from processing.jobs.attaching import check_store
from processing.jobs.stages import STAGES
from processing.jobs.timetable import TASKS
from processing.jobs.work import work_on

HOUR_S = 3600


@click.command()
@click.option("--again", is_flag=True, help="Try again what was refused; restore what was lost.")
@click.option("--check", is_flag=True, help="See whether the store holds every file it should.")
def attachments(again: bool, check: bool) -> int:
    """Fetch the files that wait, and list those that do not come, with their reasons.

    Exit code 1 if files are missing from the store or Central cannot serve some.

    Example: emis attachments --check --again
    """
    with ready_settings() as settings:
        lost = _check(settings, is_restored=again) if check or again else 0
        if again:
            _order_again(settings)
        _fetch(settings)
        return 1 if _print_troubled(settings) or lost else 0


def _check(settings: Settings, *, is_restored: bool) -> int:
    """How many contents the store has lost; none where they are to be restored."""
    with worker_connection(settings) as connection:
        stored, lost = check_store(
            connection, settings, dt.datetime.now(dt.UTC), is_restored=is_restored
        )
    console.print(f"{counted(stored, 'file')} in the store, {lost:,} of them lost")
    return 0 if is_restored else lost


def _order_again(settings: Settings) -> None:
    with worker_connection(settings) as connection:
        place = (settings.central_key, settings.central_project)
        count = queries.order_again(connection, *place, dt.datetime.now(dt.UTC))
    console.print(f"to be tried again: {counted(count, 'file')}")


def _fetch(settings: Settings) -> None:
    """What a worker does, in this process."""
    with worker_connection(settings) as connection:
        TASKS["attachments"].act(connection, settings, dt.datetime.now(dt.UTC))
    work_on(settings, STAGES["attachments"], seconds=HOUR_S)


def _print_troubled(settings: Settings) -> int:
    """Prints what did not come; returns for how many of them Central is not asked any more."""
    with worker_connection(settings) as connection:
        rows = queries.list_troubled(connection, settings.central_key, settings.central_project)
    if rows:
        table = make_table("form", "submission", "file", "attempts", "next attempt", "reason")
        for row in rows:
            at = "never" if row.is_refused else clock_of(row.next_at)
            table.add_row(row.form_id, row.instance_id, row.name or "", str(row.attempts), at,
                          row.reason or "")  # fmt: skip
        console.print(table)
    return sum(row.is_refused for row in rows)
