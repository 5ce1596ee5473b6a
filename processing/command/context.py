"""What most commands begin with: settings, servers, a connection, a log without secrets."""

import datetime as dt
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from config.settings import Settings, load_settings, secrets_of
from processing.db.engine import explained, open_engine
from processing.db.migrate import require_current
from processing.db.queries.due import list_waiting
from processing.local import open_local

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
HIDDEN = "[secret]"
# What PostgreSQL adds to an error, up to a blank line: the row, the line of COPY, the statement.
QUOTING_LINES = re.compile(r"^(DETAIL|CONTEXT|LINE \d+):.*?(?=^\s*$|\Z)", re.MULTILINE | re.DOTALL)
# A file or a pipe has no width of its own: there a row is one line, for grep and awk.
PIPE_COLUMNS = 10_000


def _width() -> int | None:
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_COLUMNS


console = Console(highlight=False, soft_wrap=True, width=_width())


class _PlainTable(Table):
    """Shows each cell as it is: a name or a reason may hold brackets that rich takes for markup."""

    def add_row(self, *cells: str | Text) -> None:
        super().add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells))


def make_table(first: str, *others: str) -> Table:
    """A table that cuts nothing: its first column is what the reader copies, and stays in one line.

    Where there is no room the others are folded; rich by itself would end them with "…".
    """
    return _PlainTable(
        Column(first, no_wrap=True), *(Column(name, overflow="fold") for name in others)
    )


def print_rows(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Thousands of rows at once, one a line, nothing cut: a table of rich takes 3 ms for each."""
    lines = [tuple(titles), *(tuple(row) for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    text = "\n".join(
        "  ".join(cell + " " * (width - cell_len(cell))
                  for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )  # fmt: skip
    console.out(text, highlight=False)


class _WithoutSecrets(logging.Formatter):
    """The last gate: a secret that has found its way into a message does not leave, nor the row or
    the value of which PostgreSQL complains.
    """

    def __init__(self, secrets: list[str]):
        super().__init__(FORMAT)
        self.secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        text = QUOTING_LINES.sub(rf"\1: {HIDDEN}", super().format(record))
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text


def start_logging(settings: Settings, level: str | None = None) -> None:
    """Log to standard error at the level of EMIS_LOG_LEVEL, or at `level`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutSecrets(secrets_of(settings)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level or settings.emis_log_level)
    # RQ says at INFO what our own runs and counts say better; the error after urllib3's last try
    # says in one paragraph what its warnings say of each.
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)


@contextmanager
def ready_settings(*, is_migrated: bool = True) -> Iterator[Settings]:
    """Complete settings for one command: given servers, those that run here, or our own for now."""
    settings = load_settings()
    start_logging(settings, "WARNING")
    with open_local(settings, join=True) as complete:
        start_logging(complete, "WARNING")
        if is_migrated:
            require_current(complete)
        yield complete


def print_failed_stages(settings: Settings) -> int:
    """Name each stage that has failed and waits to be tried again; returns how many there are."""
    now = dt.datetime.now(dt.UTC)
    with worker_connection(settings) as connection:
        failed = [row for row in list_waiting(connection, now) if row.reason]
    for row in failed:
        console.print(f"stage {row.stage} waits to be tried again: {row.reason}", markup=False)
    return len(failed)


@contextmanager
def worker_connection(settings: Settings) -> Iterator[sa.Connection]:
    """One transaction as the worker role; a database that goes away is explained."""
    engine = open_engine(settings, "worker")
    try:
        with explained(settings), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
