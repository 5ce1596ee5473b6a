"""The four database roles, made before the first migration.

`emis_owner` owns the schemas, `emis_worker` writes data, `emis_web` reads it for the pages,
`emis_reader` is for analysts. None of them can sign in: a login is made a member.
"""

import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from config.errors import OperatorError
from processing.db.engine import ROLES

ROLE_NAMES = tuple(f"emis_{role}" for role in ROLES)


def ensure_roles(connection: sa.Connection) -> None:
    """Create what is missing and make the current login a member. Twice is the same as once."""
    try:
        for name in ROLE_NAMES:
            connection.execute(sa.text(_create_sql(name)))
            connection.execute(sa.text(_join_sql(name, _membership(connection))))
        connection.execute(sa.text(_database_grant_sql(connection)))
        connection.execute(sa.text("CREATE SCHEMA IF NOT EXISTS ops AUTHORIZATION emis_owner"))
    except ProgrammingError as error:
        raise _explain(error) from error


def _create_sql(name: str) -> str:
    # Another database of the same cluster may be creating it at this very moment.
    return f"""
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN
        CREATE ROLE {name} NOLOGIN;
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$"""


def _membership(connection: sa.Connection) -> str:
    # From PostgreSQL 16 on, whoever creates a role administers it without being able to act as it.
    version = int(connection.execute(sa.text("SHOW server_version_num")).scalar_one())
    return "SET" if version >= 160000 else "MEMBER"


def _join_sql(name: str, membership: str) -> str:
    return f"""
    DO $$ BEGIN
      IF NOT pg_has_role(current_user, '{name}', '{membership}') THEN
        EXECUTE format('GRANT {name} TO %I', current_user);
      END IF;
    EXCEPTION WHEN unique_violation THEN NULL;
    END $$"""


def _database_grant_sql(connection: sa.Connection) -> str:
    database = connection.execute(sa.text("SELECT quote_ident(current_database())")).scalar_one()
    return f"""
    DO $$ BEGIN
      IF NOT has_database_privilege('emis_owner', current_database(), 'CREATE') THEN
        GRANT CREATE ON DATABASE {database} TO emis_owner;
      END IF;
    END $$"""


def _explain(error: ProgrammingError) -> OperatorError:
    names = ", ".join(ROLE_NAMES)
    return OperatorError(
        "database-roles-missing",
        f"This login may not create the database roles {names} or grant them: "
        f"{str(error.orig).splitlines()[0]}",
        "Let the server's administrator run the statements of docs/real-servers.md once, "
        "or set DATABASE_OWNER_URL to a login that may.",
    )
