"""The terms on which a form is pulled: when, how hard on Central, and where downloads lie."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

# The part of one core of Central's PostgreSQL that asking "has anything changed?" may take.
PROBE_SHARE = 0.05
OVERLAP_S = 10.0


def no_gate(is_long: bool) -> AbstractContextManager:
    """For one reader alone: nobody else to wait for."""
    return nullcontext()


@dataclass(frozen=True)
class Terms:
    """now: our clock; it spaces questions and proves nothing.

    share: of one core of Central's PostgreSQL, for the questions about this one form.
    overlap_s: how far behind the server's clock the watermark stays; decides cost, not exactness.
    is_thorough: ask about every row, however lately that was asked.
    gate: entered around each stream of rows; is_long for those of a whole form.
    """

    spool_dir: Path
    now: dt.datetime
    share: float = PROBE_SHARE
    overlap_s: float = OVERLAP_S
    is_thorough: bool = False
    gate: Callable[[bool], AbstractContextManager] = no_gate
