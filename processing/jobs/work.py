"""Doing what is due: marks are held, worked on and cleared in one transaction a batch.

That a batch begins is committed before it, so that one which ends its worker (memory, a fault of a
library) is known by it: it comes back in smaller parts, and later each time.

Why is it safe for two workers, or for an orphan and its successor, to do this at once? A mark
that one holds is passed over by the other, and one that is not committed comes back by itself.
"""

import datetime as dt
import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from config.errors import OperatorError
from config.settings import Settings, load_settings
from processing.db.engine import open_engine
from processing.db.queries import runs
from processing.db.queries.due import (
    Taken,
    begin_due,
    clear_due,
    delay_due,
    is_ready,
    take_begun,
    take_named,
)
from processing.db.slices import Slice
from processing.jobs.clients import kept_readers
from processing.jobs.queue import open_redis, try_to_wake
from processing.jobs.reasons import reason_of
from processing.jobs.stages import STAGES, Context, Stage, mark_next

log = logging.getLogger(__name__)
# A job ends after this long and is put again, so that a worker that is asked to stop can.
JOB_SECONDS = 20


@dataclass
class Tally:
    """What a run has done so far."""

    slices: int = 0
    rows: int = 0
    failures: list[str] = field(default_factory=list)
    woken: set[str] = field(default_factory=set)


def work_stage(stage_name: str) -> None:
    """The job that RQ runs: work on a stage for a while, then wake what follows."""
    settings = load_settings()
    woken = work_on(settings, STAGES[stage_name], seconds=JOB_SECONDS)
    if woken:
        try_to_wake(open_redis(settings), woken)


def work_on(settings: Settings, stage: Stage, seconds: float = JOB_SECONDS) -> set[str]:
    """Work on a stage until nothing is due or the time is up; returns the stages to be woken."""
    engine = open_engine(settings, "worker", poolclass=sa.NullPool)
    with engine.connect() as connection, kept_readers():
        if not _commit(connection, lambda: is_ready(connection, stage.name, _now())):
            return set()
        return _recorded_run(connection, settings, stage, time.monotonic() + seconds)


def work_until_done(
    settings: Settings, on_progress: Callable[[str], None] = lambda stage: None
) -> None:
    """Work on every stage in this process until nothing is ready: for commands without Valkey."""
    due = set(STAGES)
    while due:
        stage = STAGES[sorted(due, key=list(STAGES).index)[0]]
        on_progress(stage.name)
        due = (due - {stage.name}) | work_on(settings, stage, seconds=3600)


def _recorded_run(connection, settings: Settings, stage: Stage, until: float) -> set[str]:
    run_id = _commit(
        connection, lambda: runs.start_run(connection, stage.name, "", _worker_name(), _now())
    )
    tally = Tally()
    while _work_batch(connection, settings, stage, tally):
        if time.monotonic() > until:
            tally.woken.add(stage.name)
            break
    state = "failed" if tally.failures else "done"
    _commit(
        connection,
        lambda: runs.finish_run(
            connection,
            run_id,
            state,
            _now(),
            reason="; ".join(tally.failures[:5]) or None,
            slice_count=tally.slices,
            row_count=tally.rows,
        ),
    )
    log.info("stage %s: %d slices, %d rows, %s", stage.name, tally.slices, tally.rows, state)
    return tally.woken


def _work_batch(connection, settings: Settings, stage: Stage, tally: Tally) -> bool:
    """One batch; False when nothing is ready. One that fails is halved until it is known why."""
    begun = _commit(connection, lambda: begin_due(connection, stage.name, stage.batch, _now()))
    taken = Taken([], [])
    try:
        with connection.begin():
            taken = take_begun(connection, begun)
            if not taken.slices:
                return False
            _do(connection, settings, stage, taken, tally)
    except Exception as error:
        if connection.closed or connection.invalidated:
            raise
        _log_failure(stage, taken.slices, error)
        _work_apart(connection, settings, stage, taken.slices, error, tally)
    return True


def _work_apart(connection, settings, stage: Stage, slices, error, tally: Tally) -> None:
    if len(slices) == 1:
        reason = reason_of(error, "worker")
        tally.failures.append(f"{_shown(slices[0])}: {reason}")
        _commit(connection, lambda: delay_due(connection, stage.name, slices, reason, _now()))
        return
    middle = len(slices) // 2
    for half in (slices[:middle], slices[middle:]):
        _work_half(connection, settings, stage, half, tally)


def _work_half(connection, settings, stage: Stage, half: list[Slice], tally: Tally) -> None:
    try:
        with connection.begin():
            taken = take_named(connection, stage.name, half)
            if taken.slices:
                _do(connection, settings, stage, taken, tally)
    except Exception as error:
        if connection.closed or connection.invalidated:
            raise
        _work_apart(connection, settings, stage, half, error, tally)


def _do(connection, settings: Settings, stage: Stage, taken: Taken, tally: Tally) -> None:
    now = _now()
    result = stage.do(connection, taken.slices, Context(settings, now))
    if result.hindrance is None:
        clear_due(connection, taken)
    else:
        reason = str(result.hindrance)
        delay_due(connection, stage.name, taken.slices, reason, now)
        tally.failures += [f"{_shown(row)}: {reason}" for row in taken.slices]
    tally.woken |= mark_next(connection, stage, result, now) - {stage.name}
    tally.slices += len(taken.slices)
    tally.rows += result.rows


def _log_failure(stage: Stage, slices, error: Exception) -> None:
    if isinstance(error, OperatorError):
        log.warning("stage %s, %d slices: %s", stage.name, len(slices), error)
    else:
        log.error("stage %s, %d slices", stage.name, len(slices), exc_info=error)


def _shown(row: Slice) -> str:
    return "/".join(part for part in (row.form_id, row.school_code, row.period) if part) or "all"


def _commit(connection, act: Callable):
    with connection.begin():
        return act()


def _worker_name() -> str:
    return f"{socket.gethostname()}/{os.getpid()}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
