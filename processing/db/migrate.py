"""Migrations: the only way in which raw, quality, emis, stats and ops change their shape.

`migrate` connects as the owner, everything else never does. It may run on several hosts at
once: a lock lets one through, and the others find nothing left to do.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from config.errors import OperatorError
from config.paths import ROOT
from config.settings import Settings
from processing.db.engine import explained, open_engine
from processing.db.roles import ensure_roles

VERSION_SCHEMA = "ops"
MIGRATION_LOCK = 0x454D4953  # "EMIS"
OLDEST_SERVER = 150000
# Also behind a pooler, which may call a database otherwise.
IDENTITY = sa.text(
    "SELECT d.datname AS name, d.oid, c.system_identifier"
    " FROM pg_database d, pg_control_system() c WHERE d.datname = current_database()"
)


@dataclass(frozen=True)
class MigrationStatus:
    """Where the database stands; `current` is None before the first migration."""

    current: str | None
    newest: str

    @property
    def is_current(self) -> bool:
        return self.current == self.newest


def migrate(settings: Settings) -> MigrationStatus:
    """Bring the database to the newest version. Raises OperatorError where it may not."""
    engine = open_engine(settings, role=None)
    try:
        with explained(settings), engine.connect() as connection:
            _check_server(connection)
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
            ensure_roles(connection)
            connection.execute(sa.text("SET ROLE emis_owner"))
            connection.commit()
            command.upgrade(_alembic(connection), "head")
            connection.commit()
            return _status_of(connection)
    finally:
        engine.dispose()


def status(settings: Settings) -> MigrationStatus:
    """Compare the database with the migrations of this program, without changing anything."""
    engine = open_engine(settings, role=None)
    try:
        with explained(settings), engine.connect() as connection:
            return _status_of(connection)
    finally:
        engine.dispose()


def check_same_database(settings: Settings, connection: sa.Connection) -> None:
    """Refuse where the workers' `connection` leads elsewhere than the owner that migrates."""
    engine = open_engine(settings, role=None)
    try:
        with explained(settings), engine.connect() as owner:
            migrated, used = (owner.execute(IDENTITY).one(), connection.execute(IDENTITY).one())
    finally:
        engine.dispose()
    if migrated == used:
        return
    raise OperatorError(
        "databases-differ",
        f"DATABASE_OWNER_URL leads to the database {migrated.name}, which was migrated, but"
        f" DATABASE_URL leads to {_elsewhere(migrated, used)}.",
        "Let both name the same server and database and run `emis db migrate` again. The tables"
        " made in the wrong database can be dropped with it.",
    )


def _elsewhere(migrated: sa.Row, used: sa.Row) -> str:
    return used.name if used.name != migrated.name else "one of that name on another server"


def server_version(settings: Settings) -> str:
    """The server's own word on its version, such as "18.6"."""
    engine = open_engine(settings, role=None)
    try:
        with explained(settings), engine.connect() as connection:
            return connection.execute(sa.text("SHOW server_version")).scalar_one()
    finally:
        engine.dispose()


def require_current(settings: Settings) -> None:
    """Refuse to work on a database of another version than the program's."""
    found = status(settings)
    if found.is_current:
        return
    raise OperatorError(
        "database-not-migrated",
        f"The database is at version {found.current or 'none'}, this program needs {found.newest}.",
        "Run `emis db migrate`.",
    )


def _alembic(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "processing" / "db" / "migrations"))
    config.attributes["connection"] = connection
    return config


def _status_of(connection: sa.Connection) -> MigrationStatus:
    context = MigrationContext.configure(
        connection, opts={"version_table_schema": VERSION_SCHEMA, "version_table": "migration"}
    )
    newest = ScriptDirectory.from_config(_alembic()).get_current_head()
    return MigrationStatus(context.get_current_revision(), newest)


def _check_server(connection: sa.Connection) -> None:
    version = int(connection.execute(sa.text("SHOW server_version_num")).scalar_one())
    if version >= OLDEST_SERVER:
        return
    raise OperatorError(
        "database-too-old",
        f"The server is PostgreSQL {version // 10000}; EMIS needs 15 or newer.",
        "Upgrade the server, or point DATABASE_URL to another one.",
    )
