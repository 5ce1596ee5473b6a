"""`emis db`: the warehouse's schema and catalogues."""

import click

from processing.command.context import console, ready_settings, worker_connection
from processing.command.groups import CommandGroup
from processing.db.migrate import check_same_database, migrate, status
from processing.jobs.catalogue import load_catalogue


@click.group(name="db", cls=CommandGroup)
def database() -> None:
    """Bring the warehouse to this program's version, or see where it stands.

    Example: emis db migrate
    """


@database.command(name="migrate")
def migrate_command() -> None:
    """Make or upgrade the schemas, roles and code lists. The only command that acts as owner.

    Example: DATABASE_OWNER_URL=postgresql://… emis db migrate
    """
    with ready_settings(is_migrated=False) as settings:
        found = migrate(settings)
        with worker_connection(settings) as connection:
            check_same_database(settings, connection)
            load_catalogue(connection)
    console.print(f"The database is at version {found.current}.")


@database.command(name="status")
def status_command() -> None:
    """Say whether the database is at this program's version.

    Example: emis db status
    """
    with ready_settings(is_migrated=False) as settings:
        found = status(settings)
    state = "up to date" if found.is_current else f"`emis db migrate` brings it to {found.newest}"
    console.print(f"Version {found.current or 'none'}: {state}.")
