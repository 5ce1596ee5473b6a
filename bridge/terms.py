"""The terms on which a form is pulled: when, how hard on Central, and where downloads lie."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

# The part of one core of Central's PostgreSQL that asking "has anything changed?" may take.
PROBE_SHARE = 0.05
# Of it, for the forms' records (asked in every pull of a form) and for the ETags of entity lists;
# the rest is for the questions about rows.
RECORD_SHARE, LIST_SHARE = 0.01, 0.005
ROW_SHARE = PROBE_SHARE - RECORD_SHARE - LIST_SHARE
# Processor time of Central's PostgreSQL for one of them, rounded up: 2.6 and 3.9 ms measured on
# v2026.2.2 (400 of each, answered 304).
RECORD_COST_S, LIST_COST_S = 0.003, 0.005
OVERLAP_S = 10.0


def least_pull_s(form_count: int) -> float:
    """Each form is asked for its record in each pull: so often may all of them be pulled."""
    return form_count * RECORD_COST_S / RECORD_SHARE


def least_listing_s(list_count: int) -> float:
    """So often may all entity lists be asked for their ETags."""
    return list_count * LIST_COST_S / LIST_SHARE


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
