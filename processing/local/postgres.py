"""The embedded PostgreSQL: made on first use, listening on a socket only.

Three logins stand in for those of a real server: one sets the database up and migrates it, one
works, one serves the web. None of them is the superuser, so a mistake in rights shows here too.
"""

import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import psycopg2
from psycopg2 import sql

from config.errors import OperatorError
from config.settings import DRIVER
from processing.local.accounts import give
from processing.local.folder import DataFolder, write_private
from processing.local.passwords import Passwords
from processing.local.pidfiles import read_pid
from processing.local.processes import Program, run_to_end
from processing.local.programs import postgres_bin

NAME = "postgres"
SUPERUSER = "postgres"
DATABASE = "emis"
ROLES_SQL = Path(__file__).with_name("roles.sql")
# what the setting database<...>_url is for: its login, and the name of that one's password
LOGINS = {
    "": ("emis_login_worker", "database_worker"),
    "_owner": ("emis_login_owner", "database_owner"),
    "_web": ("emis_login_web", "database_web"),
}
STOP_TIMEOUT_S = 30
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
# Docker gives a container 64 MB of shared memory: too little for parallel queries.
ENOUGH_SHARED_MEMORY_BYTES = 256_000_000

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    # A failing statement and the DETAIL of its error would quote people's answers.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For tests alone: a machine that loses power loses these databases.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    """The PostgreSQL of one data folder. `is_durable`: it waits for the disk."""

    folder: DataFolder
    passwords: Passwords
    is_durable: bool = True
    name = NAME

    def prepare(self) -> Program:
        """Make the data directory if it is missing; what to start."""
        make_cluster(self.folder, self.passwords)
        data, sockets = self.folder.path / NAME, self.folder.sockets()
        options = OPTIONS | {"unix_socket_directories": str(sockets)} | _shared_memory()
        options |= {} if self.is_durable else NOT_DURABLE
        argv = [str(postgres_bin(self.folder) / "postgres"), "-D", str(data)]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        return Program(
            NAME,
            tuple(argv),
            ENVIRONMENT,
            cwd=data,
            account=self.folder.account,
            # SIGINT is PostgreSQL's "fast": it ends sessions and writes its checkpoint.
            stop_signal=signal.SIGINT,
            stop_timeout_s=STOP_TIMEOUT_S,
        )

    def find_left(self) -> psutil.Process | None:
        """The server that works in this data directory, whoever started it."""
        return read_pid(self.folder.pid_file(NAME)) or find_postmaster(self.folder.path / NAME)

    def answers(self) -> bool:
        try:
            psycopg2.connect(_dsn(self.admin_url()), connect_timeout=5).close()
            return True
        except psycopg2.OperationalError:
            return False

    def finish(self) -> None:
        """Once it answers: roles, logins and the database."""
        prepare_database(self.admin_url(), self.passwords)

    def settings(self, database: str = DATABASE) -> dict:
        """The settings that point to a database of this server, one login for each use."""
        return {
            f"database{use}_url": self._url(login, getattr(self.passwords, password), database)
            for use, (login, password) in LOGINS.items()
        }

    def admin_url(self) -> str:
        return self._url(SUPERUSER, self.passwords.postgres, "postgres")

    def _url(self, login: str, password: str, database: str) -> str:
        place = urlencode({"host": str(self.folder.sockets())})
        return f"{DRIVER}://{login}:{quote(password, safe='')}@/{database}?{place}"


def make_cluster(folder: DataFolder, passwords: Passwords) -> None:
    """Make the data directory, whole or not at all, unless it is there."""
    data = folder.path / NAME
    if data.exists():
        return
    draft = folder.path / f".{NAME}.new"
    shutil.rmtree(draft, ignore_errors=True)
    give(folder.account, _mkdir_private(draft))
    secret = write_private(draft / "password", passwords.postgres, folder.account)
    _run_initdb(folder, draft / "data", secret)
    secret.unlink()
    (draft / "data").replace(data)
    draft.rmdir()


def find_postmaster(data: Path) -> psutil.Process | None:
    """The process that PostgreSQL's own lock file names, if it works in this directory."""
    try:
        text = (data / "postmaster.pid").read_text(encoding="utf-8")
        process = psutil.Process(int(text.split("\n", 1)[0]))
        return process if process.cwd() == str(data) else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def prepare_database(url: str, passwords: Passwords) -> None:
    """Make roles, logins and the database where they are missing, as docs/real-servers.md says."""
    connection = psycopg2.connect(_dsn(url))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(ROLES_SQL.read_text(encoding="utf-8"))
            for login, name in LOGINS.values():
                set_password = sql.SQL("ALTER ROLE {} PASSWORD %s").format(sql.Identifier(login))
                cursor.execute(set_password, (getattr(passwords, name),))
            _create_database(cursor, DATABASE)
    finally:
        connection.close()


def _create_database(cursor, database: str) -> None:
    cursor.execute("SELECT FROM pg_database WHERE datname = %s", (database,))
    if cursor.fetchone() is None:
        name, owner = sql.Identifier(database), sql.Identifier("emis_owner")
        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))


def _dsn(url: str) -> str:
    return url.replace(DRIVER, "postgresql", 1)


def _mkdir_private(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path


def _shared_memory() -> dict[str, str]:
    shared = Path("/dev/shm")  # noqa: S108 - looked at for its size; nothing is written
    if not shared.is_dir() or psutil.disk_usage(str(shared)).free > ENOUGH_SHARED_MEMORY_BYTES:
        return {}
    return {"dynamic_shared_memory_type": "mmap"}


def _run_initdb(folder: DataFolder, data: Path, password_file: Path) -> None:
    argv = [
        str(postgres_bin(folder) / "initdb"),
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
    ]
    program = Program("initdb", tuple(argv), ENVIRONMENT, data.parent, folder.account)
    code, said = run_to_end(program)
    if code != 0:
        reason = said.strip().splitlines()[-1:] or ["it gave no reason"]
        raise OperatorError(
            "server-failed",
            f"The embedded PostgreSQL could not be made in {folder.path}: {reason[0]}",
            "See that the disk has room and that the folder can be written.",
        )
