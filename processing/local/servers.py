"""Fills the gaps in the settings: what no setting names is run here, inside the data folder.

Comes in: settings, perhaps with nothing in them. Goes out: the same with every server named,
for as long as the block lasts. A server that is given is never started, one that a killed
supervisor left is taken over, and at the end all stop in order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from config.errors import OperatorError
from config.settings import Settings
from processing.local import central, postgres, valkey
from processing.local.folder import DataFolder
from processing.local.interrupts import ending_signals_raise, uninterrupted
from processing.local.openers import Server, end_orphans, join_server, run_server
from processing.local.passwords import Passwords, read_passwords
from processing.local.pidfiles import read_pid
from processing.local.supervisor import Supervisor

# server: (the setting that names it, settings that make no sense without that one)
NAMED_BY = {
    postgres.NAME: ("database_url", ("database_owner_url", "database_web_url")),
    valkey.NAME: ("redis_url", ()),
    central.NAME: ("central_url", ("central_project", "central_email", "central_manager_email")),
}


@dataclass(frozen=True)
class ServerStatus:
    """One embedded server: `pid` and `since` are None where it does not run."""

    name: str
    pid: int | None
    since: datetime | None
    log: Path

    @property
    def is_running(self) -> bool:
        return self.pid is not None


@contextmanager
def open_local(
    settings: Settings, join: bool = False, is_durable: bool = True
) -> Iterator[Settings]:
    """Complete settings, while the servers that they lacked run.

    join: for a single command: use the servers that `emis demo` or `emis up` runs now, if so.
        Without it the caller is the one supervisor of the data folder, else `already-running`.
    is_durable: False in tests: PostgreSQL does not wait for the disk.
    """
    missing = missing_servers(settings)
    folder = DataFolder(settings.emis_data_dir)
    passwords = read_passwords(folder)
    if join and (not missing or folder.is_locked()):
        found = [join_server(server_of(name, folder, passwords)) for name in missing]
        yield _completed(settings, passwords, found)
        return
    with folder.lock(), ending_signals_raise(), _swept(folder), Supervisor(folder) as supervisor:
        end_orphans(folder, spared=missing)
        servers = [server_of(name, folder, passwords, is_durable) for name in missing]
        found = [run_server(server, supervisor) for server in servers]
        yield _completed(settings, passwords, found)


def server_of(
    name: str, folder: DataFolder, passwords: Passwords, is_durable: bool = True
) -> Server:
    """The embedded server of this name."""
    if name == postgres.NAME:
        return postgres.Postgres(folder, passwords, is_durable)
    if name == valkey.NAME:
        return valkey.Valkey(folder, passwords)
    return central.SandboxCentral(folder, passwords)


def missing_servers(settings: Settings) -> tuple[str, ...]:
    """The servers that no setting names, in the order of their start."""
    missing = []
    for name, (variable, dependents) in NAMED_BY.items():
        if not getattr(settings, variable):
            _refuse_half_given(settings, variable, dependents)
            missing.append(name)
    return tuple(missing)


def embedded_servers(settings: Settings) -> list[ServerStatus]:
    """How the servers that the program runs itself are doing."""
    folder = DataFolder(settings.emis_data_dir)
    return [_status(folder, name) for name in missing_servers(settings)]


def end_leftovers(data_dir: Path) -> list[str]:
    """End everything that a killed supervisor left in this data folder: the names of it."""
    folder = DataFolder(data_dir)
    with folder.lock():
        return end_orphans(folder, spared=())


@contextmanager
def _swept(folder: DataFolder) -> Iterator[None]:
    """Nothing outlives the block, not even a program whose start Ctrl-C cut short."""
    try:
        yield
    finally:
        with uninterrupted():
            end_orphans(folder, spared=())


def _refuse_half_given(settings: Settings, variable: str, dependents: tuple[str, ...]) -> None:
    for name in dependents:
        if getattr(settings, name):
            raise OperatorError(
                "setting-missing",
                f"{name.upper()} is set, but {variable.upper()} is not.",
                f"Set {variable.upper()} too, or leave both empty: then the program runs a "
                "server of its own.",
            )


def _completed(settings: Settings, passwords: Passwords, found: list[dict]) -> Settings:
    changes = {name: value for part in found for name, value in part.items()}
    if not settings.emis_secret_key:
        changes["emis_secret_key"] = passwords.secret_key
    return replace(settings, **changes)


def _status(folder: DataFolder, name: str) -> ServerStatus:
    process = read_pid(folder.pid_file(name))
    since = datetime.fromtimestamp(process.create_time(), UTC) if process else None
    return ServerStatus(name, process.pid if process else None, since, folder.log(name))
