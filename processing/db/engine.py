"""Engines: one URL, four database roles.

Each connection begins as the role of its process (`emis_worker`, `emis_web`, `emis_reader`,
`emis_owner`): what a process may not do, PostgreSQL refuses.
"""

from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from config.errors import OperatorError
from config.settings import Settings

ROLES = ("owner", "worker", "web", "reader")
CONNECT_TIMEOUT_S = 10


def open_engine(settings: Settings, role: str | None, **options) -> sa.Engine:
    """An engine whose connections act as `emis_<role>`; None: as the login itself.

    Connecting is lazy: use `explained` around work to turn connection faults into advice.
    """
    if not settings.database_url:
        raise OperatorError(
            "database-not-set",
            "No database is configured.",
            "Set DATABASE_URL, or start the embedded servers with `emis demo`.",
        )
    arguments = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": f"emis-{role or 'setup'}",
        "options": _session_options(role),
    }
    return sa.create_engine(
        _url_of(settings, role),
        connect_args=arguments,
        pool_pre_ping=True,
        hide_parameters=True,
        **options,
    )


@contextmanager
def explained(settings: Settings):
    """Turns a lost or refused connection inside the block into an OperatorError."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise _explanation(settings, error) from error
    except ProgrammingError as error:
        # The one fault of this kind that an operator has made; all others are ours.
        _, is_address, reason = str(error.orig).partition("invalid dsn: ")
        if not is_address:
            raise
        raise OperatorError(
            "setting-invalid",
            f"DATABASE_URL has an option that PostgreSQL does not know: {reason.strip()}.",
            "Take it out of what follows the question mark.",
        ) from None


def _session_options(role: str | None) -> str:
    # A worker that was killed in a long statement must let its locks go soon.
    options = "-c timezone=UTC -c datestyle=ISO -c client_connection_check_interval=5s"
    return f"{options} -c role=emis_{role}" if role else options


def _url_of(settings: Settings, role: str | None) -> str:
    if role in (None, "owner"):
        return settings.database_owner_url or settings.database_url
    if role == "web":
        return settings.database_web_url or settings.database_url
    return settings.database_url


def _explanation(settings: Settings, error: OperationalError | InterfaceError) -> OperatorError:
    place = _place(settings)
    reason = str(error.orig or "").strip().splitlines()[:1]
    text = reason[0].rstrip(".") if reason else "the connection was lost"
    if "role" in text and "does not exist" in text or "permission denied to set role" in text:
        return OperatorError(
            "database-not-migrated",
            f"The database at {place} has not been set up for EMIS.",
            "Run `emis db migrate` as its owner, then try again.",
        )
    if "authentication failed" in text:
        return OperatorError(
            "database-login-refused",
            f"The database at {place} refused the login.",
            "Correct the user and password in DATABASE_URL.",
        )
    return OperatorError(
        "database-unreachable",
        f"The database at {place} does not answer: {text}.",
        "See that PostgreSQL runs and that DATABASE_URL names it. Nothing is lost: "
        "what was not committed will be done again.",
    )


def _place(settings: Settings) -> str:
    url = make_url(settings.database_url)
    host = url.host or url.query.get("host", "the local socket")
    return f"{host}/{url.database}" if url.host else f"{url.database} (local socket)"
