"""Bounds the logs of supervised programs: two files each, the present one and the one before.

A program keeps its log open and appends, so a full log is copied aside and emptied in place.
"""

import os
import shutil
import time
from pathlib import Path

LONGEST_LOG_BYTES = 5_000_000
LOOK_EVERY_S = 5
TAIL_BYTES = 4_000
# As processing.command prints an error that an operator can act on.
ERROR_BEGINS = "Error ["


class LogKeeper:
    """Looks at the sizes of a folder's logs now and then."""

    def __init__(self, folder: Path, longest_bytes: int = LONGEST_LOG_BYTES):
        self._folder, self._longest = folder, longest_bytes
        self._next_look = 0.0

    def keep_bounded(self) -> None:
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_EVERY_S
        for log in self._folder.glob("*.log"):
            if log.stat().st_size > self._longest:
                _turn_over(log)


def tail(log: Path, lines: int = 3) -> str:
    """The last lines of a log, for a message about its program."""
    if not log.exists():
        return ""
    with open(log, "rb") as handle:
        handle.seek(max(0, log.stat().st_size - TAIL_BYTES))
        text = handle.read().decode("utf-8", "replace")
    return " / ".join(line.strip() for line in text.splitlines()[-lines:] if line.strip())


def last_error(log: Path) -> str:
    """The error for an operator with which its program ended, as the command prints it, or ""."""
    last = tail(log, lines=1)
    return last if last.startswith(ERROR_BEGINS) else ""


def _turn_over(log: Path) -> None:
    shutil.copyfile(log, log.with_suffix(".log.1"))
    os.truncate(log, 0)
