"""`emis registry`: the list of buildings, schools and rounds, from files that a ministry keeps."""

import datetime as dt
from pathlib import Path

import click
import sqlalchemy as sa

from config.words import counted
from processing.command.context import console, ready_settings, worker_connection
from processing.command.groups import CommandGroup
from processing.command.registry_files import read_registry
from processing.command.registry_updates import updates
from processing.db.queries.registry import RegistryReport, count_outdated_teaching
from processing.jobs.catalogue import load_catalogue
from processing.jobs.registering import load_registry


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
        console.print(f"{name}: {counted(len(rows), 'row')}")
    console.print(
        f"schools added {report.schools_added:,}, changed {report.schools_changed:,};"
        f" returns that found their school {joined:,}"
    )
    if outdated:
        console.print(
            f"Weekly periods in staff.csv that are not the sum of the lines in teaching.csv: of"
            f" {counted(outdated, 'person', 'people')}. Tablets are not told the lines until both"
            " are loaded together."
        )


def load_folder(
    connection: sa.Connection, folder: Path, now: dt.datetime
) -> tuple[dict[str, list[dict]], RegistryReport, int]:
    """The rows by file, what they changed, and how many returns found their school."""
    load_catalogue(connection)
    files = read_registry(connection, folder)
    return files, *load_registry(connection, files, now)
