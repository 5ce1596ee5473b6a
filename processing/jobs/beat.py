"""The beat: keeps the timetable and wakes whatever is due.

Two beats at once do no harm: a task is taken under a lock with its next time.
"""

import datetime as dt
import logging
import threading

import redis
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from config.settings import Settings
from processing.db.engine import open_engine
from processing.db.queries import runs, schedule
from processing.db.queries.due import hurry_marked, list_ready_stages
from processing.jobs.queue import open_redis, wake
from processing.jobs.reasons import reason_of
from processing.jobs.stages import STAGES
from processing.jobs.timetable import TASKS, Task

log = logging.getLogger(__name__)
TICK_S = 1.0
REST_AFTER_FAULT_S = 5.0
REST_AFTER_FAILED_TASK_S = 60.0


def run_beat(settings: Settings, stop: threading.Event) -> None:
    """Beat once a second until `stop`; a database or Valkey that is away is waited for."""
    engine = open_engine(settings, "worker")
    valkey = open_redis(settings)
    while not stop.is_set():
        stop.wait(_beat_or_rest(engine, valkey, settings))
    engine.dispose()


def beat(engine: sa.Engine, valkey: redis.Redis, settings: Settings, now: dt.datetime) -> set[str]:
    """One beat: start tasks that are due, note lost runs, wake ready stages; returns those.

    What a person has marked since it failed is ready again.
    """
    with engine.begin() as connection:
        for name in schedule.take_due_tasks(connection, list(TASKS), now):
            _run_task(connection, settings, TASKS[name], now)
        lost = runs.mark_lost_runs(connection, now)
        hurry_marked(connection, now)
    if lost:
        log.warning("%d runs lost their worker; their work is due again", lost)
    with engine.connect() as connection:
        ready = list_ready_stages(connection, now) & STAGES.keys()
    wake(valkey, ready)
    return ready


def _run_task(connection, settings: Settings, task: Task, now: dt.datetime) -> None:
    """Start a task; one that fails leaves its reason, is tried again, and stops no other."""
    try:
        with connection.begin_nested():
            task.act(connection, settings, now)
            next_due_at = task.next_after(settings, now, task.least_s(connection, settings))
    except Exception as error:
        if connection.closed or connection.invalidated:
            raise
        log.error("task %s failed", task.name, exc_info=error)
        again_at = now + dt.timedelta(seconds=REST_AFTER_FAILED_TASK_S)
        schedule.save_task_fault(
            connection, task.name, now, again_at, reason_of(error, "scheduler")
        )
    else:
        schedule.save_task_run(connection, task.name, now, next_due_at)


def _beat_or_rest(engine, valkey, settings: Settings) -> float:
    try:
        beat(engine, valkey, settings, dt.datetime.now(dt.UTC))
    except (OperationalError, redis.exceptions.RedisError) as error:
        log.warning("the beat rests %s s: %s", REST_AFTER_FAULT_S, type(error).__name__)
        return REST_AFTER_FAULT_S
    return TICK_S
