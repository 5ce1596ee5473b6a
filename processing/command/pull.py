"""`emis pull`: bring the mirror up to date, in this process."""

import datetime as dt
import time

import click

from config.errors import OperatorError
from config.settings import Settings
from processing.command.context import (
    console,
    make_table,
    print_failed_stages,
    ready_settings,
    worker_connection,
)
from processing.db.engine import explained
from processing.jobs.clients import kept_readers
from processing.jobs.measuring import pull_measured
from processing.jobs.pulling import find_forms, pull_every_s
from processing.jobs.timetable import mark_around
from processing.jobs.work import work_until_done


@click.command()
@click.argument("form_ids", nargs=-1, metavar="[FORM]…")
@click.option("--once/--watch", default=True, help="Look once (default), or go on looking.")
@click.option("--anew", is_flag=True, help="Read everything again, whatever the state says.")
@click.option("--only", is_flag=True, help="Pull only; leave the stages that follow to workers.")
def pull(form_ids: tuple[str, ...], once: bool, anew: bool, only: bool) -> int:
    """Pull submissions from Central, land them, and work through the stages that follow.

    A form that fails does not keep the others back; the exit code is 1 then. With --watch, a
    Central or a database that goes away after the first look is told, and waited for.

    Example: emis pull school_census --once
    """
    how = {"anew": anew, "is_thorough": once}
    with ready_settings() as settings, kept_readers():
        failures = look(settings, form_ids, only=only, **how)
        while not once:
            time.sleep(_wait_s(settings))
            # Anew is for the first look: what comes after it is followed.
            try_to_look(settings, form_ids, only=only, **how | {"anew": False})
    return 1 if failures else 0


def look(settings: Settings, form_ids: tuple[str, ...], *, only: bool, **how: bool) -> int:
    """One look at Central, and the stages that follow; returns how many forms or stages failed."""
    failures = pull_all(settings, form_ids, **how)
    if only:
        return failures
    if how["is_thorough"]:
        # One that goes on looking is for the data alone: files are left to the workers.
        _mark_around(settings)
    with explained(settings):
        work_until_done(settings)
    return failures + print_failed_stages(settings)


def try_to_look(settings: Settings, form_ids: tuple[str, ...], **how: bool) -> None:
    """As look, where a server that is away is no reason to stop: the next look comes."""
    try:
        look(settings, form_ids, **how)
    except OperatorError as error:
        click.echo(f"{error} Looking again in {settings.emis_pull_seconds} s.", err=True)


def pull_all(settings: Settings, form_ids: tuple[str, ...] = (), **how: bool) -> int:
    """Pull these forms, or all that Central has; prints a row each, returns how many failed.

    how: as pull_one takes it.
    """
    table = make_table("form", "rows", "new", "changed", "purged", "seconds", "")
    failures = 0
    for form_id in form_ids or _all_forms(settings):
        cells, has_failed = _pull_cells(settings, form_id, how)
        table.add_row(form_id, *cells)
        failures += has_failed
    console.print(table)
    return failures


def _wait_s(settings: Settings) -> float:
    try:
        with worker_connection(settings) as connection:
            return pull_every_s(connection, settings)
    except OperatorError:
        return settings.emis_pull_seconds


def _mark_around(settings: Settings) -> None:
    with worker_connection(settings) as connection:
        mark_around(connection, settings, dt.datetime.now(dt.UTC))


def _all_forms(settings: Settings) -> list[str]:
    with worker_connection(settings) as connection:
        return [row.form_id for row in find_forms(connection, settings)]


def _pull_cells(settings: Settings, form_id: str, how: dict) -> tuple[list[str], bool]:
    begun = time.monotonic()
    try:
        with worker_connection(settings) as connection:
            now = dt.datetime.now(dt.UTC)
            report = pull_measured(connection, settings, form_id, now, **how)
    except OperatorError as error:
        return ["", "", "", "", f"{time.monotonic() - begun:.1f}", str(error)], True
    counts = (report.seen, report.added, report.changed, report.purged)
    said = "gone from Central; kept here" if report.is_gone else ""
    said = said or ("" if report.has_changed or report.seen else "nothing new")
    return [f"{count:,}" for count in counts] + [f"{time.monotonic() - begun:.1f}", said], False
