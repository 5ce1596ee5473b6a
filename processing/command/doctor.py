"""`emis doctor`: is everything that the settings name there, and fit for its task?"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
import redis

from bridge.client import AccessReport, check_access, open_client
from bridge.devices import has_properties
from bridge.people import Actor, list_app_users
from config.entity_lists import GENERAL_DIRECTORATE, HOLDER_PROPERTIES, MINISTRY
from config.errors import OperatorError
from config.settings import Settings, load_settings
from config.words import counted
from processing.command.context import console, start_logging
from processing.db.engine import explained, open_engine
from processing.db.migrate import server_version, status
from processing.db.queries.devices import list_devices
from processing.jobs.queue import open_redis, valkey_unreachable
from processing.local import missing_servers, open_local

GOOD, WARNING, FAULT = "ok", "note", "FAULT"
STYLES = {GOOD: "green", WARNING: "yellow", FAULT: "bold red"}
SHORTEST_KEY = 32
SHOWN = 10
# A tablet that was out of order for a month has been given up.
REPLACED_DAYS = 30
# What accounts do not get that do not say so much of their holder.
LACKS = {
    GENERAL_DIRECTORATE: "what is for their general directorate alone",
    MINISTRY: "the rounds of their ministry",
}
OLDER_CENTRAL = (
    "This Central is older than 2026.2: it cannot limit a list to its tablet, so every tablet gets "
    "every list whole."
)


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, how it is, what to do."""

    subject: str
    state: str
    message: str


@click.command()
def doctor() -> int:
    """Look at settings, database, Valkey and Central; say what to do about each fault.

    Exit code 1 if there is a fault. Servers that are not configured are run for the occasion.

    Example: emis doctor
    """
    settings = load_settings()
    start_logging(settings, "ERROR")
    with open_local(settings, join=True) as complete:
        findings = [*look_at_settings(settings)]
        for subject, look in LOOKS.items():
            findings += _tried(subject, look, complete)
    for finding in findings:
        style = STYLES[finding.state]
        console.print(f"[{style}]{finding.state:>5}[/]  {finding.subject}: ", end="")
        console.print(finding.message, markup=False)
    return 1 if any(finding.state == FAULT for finding in findings) else 0


def look_at_settings(settings: Settings) -> list[Finding]:
    """What the settings themselves say."""
    missing = missing_servers(settings)
    said = f"run by the program itself: {', '.join(missing)}" if missing else "all servers given"
    found = [Finding("settings", GOOD, said)]
    if settings.emis_secret_key and len(settings.emis_secret_key) < SHORTEST_KEY:
        found.append(
            Finding("settings", FAULT, f"EMIS_SECRET_KEY has under {SHORTEST_KEY} characters.")
        )
    if not missing and not settings.emis_secret_key:
        said = "EMIS_SECRET_KEY is empty: `emis up` draws one, `emis web` will not start."
        found.append(Finding("settings", WARNING, said))
    return found


def look_at_database(settings: Settings) -> list[Finding]:
    """Version, migrations, and what each role may do."""
    found = status(settings)
    version = server_version(settings)
    said = f"PostgreSQL {version}, schema version {found.current or 'none'}"
    if not found.is_current:
        return [Finding("database", FAULT, f"{said}; run `emis db migrate`.")]
    for role in ("worker", "web"):
        engine = open_engine(settings, role)
        with explained(settings), engine.connect():
            pass
        engine.dispose()
    return [Finding("database", GOOD, f"{said}; the roles of workers and web connect")]


def look_at_valkey(settings: Settings) -> list[Finding]:
    """Is it there, and which version?"""
    try:
        info = open_redis(settings).info("server")
    except redis.exceptions.RedisError as error:
        raise valkey_unreachable(error) from None
    name = info.get("server_name", "redis")
    version = info.get("valkey_version") or info.get("redis_version")
    return [Finding("valkey", GOOD, f"{name} {version}")]


def look_at_central_reader(settings: Settings) -> list[Finding]:
    """The account that reads: it should be a viewer and no more."""
    with open_client(settings) as client:
        report = check_access(client)
    return [_reader_finding(report)]


def look_at_central_manager(settings: Settings) -> list[Finding]:
    """The account that publishes, which is optional."""
    if not settings.has_manager:
        said = "CENTRAL_MANAGER_EMAIL is not set: pulling works; publishing and reviews do not."
        return [Finding("central manager", WARNING, said)]
    with open_client(settings, "manager") as client:
        report = check_access(client)
    return [_manager_finding(report)]


def _manager_finding(report: AccessReport) -> Finding:
    if not report.can_publish:
        said = "This account may not publish. Make it Project Manager of the project."
        return Finding("central manager", FAULT, said)
    if report.is_administrator:
        said = "This account is site administrator; Project Manager is enough."
        return Finding("central manager", WARNING, said)
    return Finding("central manager", GOOD, ", ".join(report.role_names) or "manager")


def _reader_finding(report: AccessReport) -> Finding:
    version = report.version or "version not told"
    if report.missing_verbs:
        missing = ", ".join(report.missing_verbs)
        said = f"This account lacks {missing}. Make it Project Viewer of the project."
        return Finding("central reader", FAULT, said)
    if report.is_more_than_viewer:
        said = f"{version}; this account may do more than read. Project Viewer is enough."
        return Finding("central reader", WARNING, said)
    return Finding("central reader", GOOD, f"{version}; Project Viewer")


def look_at_devices(settings: Settings) -> list[Finding]:
    """App users that receive nothing, or everything, for want of a property."""
    if not settings.has_manager:
        return []
    with open_client(settings, "manager") as client:
        if not has_properties(client):
            return [Finding("devices", WARNING, OLDER_CENTRAL)]
        valid = [actor for actor in list_app_users(client) if not actor.is_revoked]
    found = [*_without_holder(valid), *_without_place(valid)]
    good = Finding("devices", GOOD, f"{counted(len(valid), 'app user')}, each with its properties")
    return found or [good]


def _without_holder(actors: list[Actor]) -> Iterator[Finding]:
    names = HOLDER_PROPERTIES.values()
    empty = [a.display_name for a in actors if not any(a.properties.get(name) for name in names)]
    if empty:
        said = (
            f"App users without {' or '.join(names)}, so with nothing of the lists that are "
            f"limited to their tablet: {_first(empty)}. Revoke them in Central if they are no "
            "tablets, or give schools theirs with `emis devices provision`."
        )
        yield Finding("devices", WARNING, said)


def _without_place(actors: list[Actor]) -> Iterator[Finding]:
    """Accounts that publishing has not brought to the registry yet, or that the registry lost."""
    names = HOLDER_PROPERTIES.values()
    held = [actor for actor in actors if any(actor.properties.get(name) for name in names)]
    for name, lacks in LACKS.items():
        bound = [actor.display_name for actor in held if not actor.properties.get(name)]
        if bound:
            said = (
                f"App users without {name}, so without {lacks}: {_first(bound)}. "
                "`emis forms publish` gives it to those that `emis devices provision` made, of "
                "schools and posts in the registry; the codes stay."
            )
            yield Finding("devices", WARNING, said)


def _first(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def look_at_holders(settings: Settings) -> list[Finding]:
    """Accounts that should have ended: of closed schools, and of tablets replaced long ago."""
    if not status(settings).is_current:
        return []
    place = (settings.central_key, settings.central_project)
    engine = open_engine(settings, "worker")
    with explained(settings), engine.connect() as connection:
        rows = list_devices(connection, place)
    engine.dispose()
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=REPLACED_DAYS)
    found = {
        "of closed schools or posts not filled": [row for row in rows if not row.is_open],
        f"replaced more than {REPLACED_DAYS} days ago": [
            row for row in rows if row.replaced_at and row.replaced_at < since
        ],
    }
    return [
        Finding("devices", WARNING, f"{counted(len(each), 'account')} {what} may still send, "
                f"the first of {each[0].holder_code}: `emis devices list` shows them, `revoke` "
                "ends them.")
        for what, each in found.items()
        if each
    ]  # fmt: skip


LOOKS: dict[str, Callable[[Settings], list[Finding]]] = {
    "database": look_at_database,
    "valkey": look_at_valkey,
    "central reader": look_at_central_reader,
    "central manager": look_at_central_manager,
    "devices": look_at_devices,
    "accounts": look_at_holders,
}


def _tried(subject: str, look: Callable, settings: Settings) -> list[Finding]:
    try:
        return look(settings)
    except OperatorError as error:
        return [Finding(subject, FAULT, str(error))]
