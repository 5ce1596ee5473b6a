"""The file behind the sandbox: one SQLite database in WAL mode, safe against SIGKILL.

Reads run on a connection of their thread and see one snapshot a statement. Writes are serial:
`with store.write() as db` holds the only writer's lock, commits on success and rolls back on any
exception, so an event number that is drawn inside is gapless and in the order of commits. A
write inside a write is part of it.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import time

from bridge.sandbox.tables import STEPS

BUSY_SECONDS = 30


class Store:
    """Connections to one sandbox file; made once a process."""

    def __init__(self, path: Path | str):
        self.path = str(path)
        self._threads = threading.local()
        self._writing = threading.Lock()
        self.before_write: Callable[[], None] = lambda: None
        with self.write() as db:
            _bring_up_to_date(db)

    @property
    def reader(self) -> sqlite3.Connection:
        connection = getattr(self._threads, "connection", None)
        if connection is None:
            connection = self._threads.connection = self._connect()
        return connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        db = self.reader
        if db.in_transaction:  # a write inside a write belongs to it
            yield db
            return
        self._threads.moment = now_ms()
        self.before_write()
        with self._writing:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @property
    def moment(self) -> int:
        """When the write of this thread asked for its turn: times are older than their commit."""
        return self._threads.moment

    def all(self, sql: str, *values) -> list[sqlite3.Row]:
        return self.reader.execute(sql, values).fetchall()

    def one(self, sql: str, *values) -> sqlite3.Row | None:
        return self.reader.execute(sql, values).fetchone()

    def close(self) -> None:
        connection = getattr(self._threads, "connection", None)
        if connection is not None:
            connection.close()
            self._threads.connection = None

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL loses nothing when the process is killed, only when the machine is.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -65536")
        return db


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    (done,) = db.execute("PRAGMA user_version").fetchone()
    for step in STEPS[done:]:
        for statement in step.split(";"):
            if statement.strip():
                db.execute(statement)
    if done < len(STEPS):
        db.execute(f"PRAGMA user_version = {len(STEPS)}")


def next_event(db: sqlite3.Connection) -> int:
    """The next number of the gapless sequence; only inside `write()`."""
    row = db.execute("UPDATE counter SET value = value + 1 WHERE name = 'event' RETURNING value")
    return row.fetchone()[0]


_clock_offset_ms = 0


def now_ms() -> int:
    return int(time() * 1000) + _clock_offset_ms


def set_clock(offset_ms: int) -> None:
    """Let the server's clock be wrong by so much (bridge.sandbox.control)."""
    global _clock_offset_ms
    _clock_offset_ms = offset_ms


def iso(milliseconds: int | None) -> str | None:
    """`2026-11-23T15:00:14.890Z`, Central's form of a time."""
    if milliseconds is None:
        return None
    seconds, rest = divmod(milliseconds, 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
