"""`emis registry`: the list of buildings, schools and rounds, from files that a ministry keeps."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click
import sqlalchemy as sa

from processing.command.context import console, ready_settings, worker_connection
from processing.command.groups import CommandGroup
from processing.command.registry_files import read_registry
from processing.command.registry_updates import updates
from processing.db.queries import rounds
from processing.db.queries.due import mark_due
from processing.db.queries.emis_visits import list_visit_slices
from processing.db.queries.held import list_compared_slices
from processing.db.queries.registry import (
    RegistryReport,
    count_outdated_teaching,
    replace_registry,
)
from processing.db.queries.stats import list_years_with_facts
from processing.db.queries.submissions import reassign_slices
from processing.db.slices import Slice
from processing.jobs.catalogue import load_catalogue


@click.group(cls=CommandGroup)
def registry() -> None:
    """Load the registry: buildings, schools, staff, visits, rounds; answer what schools report.

    Example: emis registry load lists/2026
    """


registry.add_command(updates)


@registry.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def load(folder: Path) -> None:
    """Load buildings.csv, schools.csv, staff.csv, teaching.csv, supervisors.csv, visits.csv,
    sources.csv, held.csv and rounds.csv of a folder, those there are.

    Every row is checked first. If one is wrong nothing is written, and each wrong row is named.
    A school's changed attributes begin a new period of its history; one that is not in the file
    is left alone. Returns that came before their school was known join it now.

    Example: emis registry load lists/2026
    """
    with ready_settings() as settings, worker_connection(settings) as connection:
        files, report, joined = load_folder(connection, folder, dt.datetime.now(dt.UTC))
        is_about_staff = not files.keys().isdisjoint({"staff", "teaching"})
        outdated = count_outdated_teaching(connection) if is_about_staff else 0
    for name, rows in files.items():
        console.print(f"{name}: {len(rows):,} rows")
    console.print(
        f"schools added {report.schools_added:,}, changed {report.schools_changed:,};"
        f" returns that found their school {joined:,}"
    )
    if outdated:
        console.print(
            f"{outdated:,} people have other weekly periods in staff.csv than their lines of"
            " teaching.csv come to: tablets are not told the lines until both are loaded together."
        )


def load_folder(
    connection: sa.Connection, folder: Path, now: dt.datetime
) -> tuple[dict[str, list[dict]], RegistryReport, int]:
    """The rows by file, what they changed, and how many returns found their school.

    What follows is marked as due.
    """
    load_catalogue(connection)
    files = read_registry(connection, folder)
    codes = [row["round_code"] for row in files.get("rounds", ())]
    held = {code: rounds.find_round(connection, code) for code in codes}
    report = replace_registry(connection, **files, now=now)
    joined = reassign_slices(connection, now)
    mark_due(connection, "validate", list_visit_slices(connection, report.recertified), now)
    mark_due(connection, "validate", list_compared_slices(connection, report.held_changed), now)
    _mark_rounds(connection, held, now)
    # A school that moved between units takes its figures along.
    years = [Slice("", "", str(year)) for year in list_years_with_facts(connection)]
    mark_due(connection, "indicators", years, now)
    return files, report, joined


def _mark_rounds(
    connection: sa.Connection, held: Mapping[str, rounds.Round | None], now: dt.datetime
) -> None:
    """Returns that came before their round was known, or while it had other days or schools.

    held: the rounds of the file as they were before it.
    """
    for code, before in held.items():
        found = rounds.find_round(connection, code)
        if before is None or _unnamed(found) != _unnamed(before):
            for form_id in {each.form_id for each in (before, found) if each is not None}:
                slices = rounds.list_slices(connection, form_id, code)
                mark_due(connection, "validate", slices, now)


def _unnamed(asked: rounds.Round) -> rounds.Round:
    """A round by what it asks of whom and when: another name changes nothing for its returns."""
    return replace(asked, name_ar="", name_ckb="", name_en="")
