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
from processing.jobs.stages import STAGES
from processing.jobs.timetable import TASKS

log = logging.getLogger(__name__)
TICK_S = 1.0
REST_AFTER_FAULT_S = 5.0


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
            task = TASKS[name]
            task.act(connection, settings, now)
            next_due_at = task.next_after(settings, now, task.least_s(connection, settings))
            schedule.save_task_run(connection, name, now, next_due_at)
        lost = runs.mark_lost_runs(connection, now)
        hurry_marked(connection, now)
    if lost:
        log.warning("%d runs lost their worker; their work is due again", lost)
    with engine.connect() as connection:
        ready = list_ready_stages(connection, now) & STAGES.keys()
    wake(valkey, ready)
    return ready


def _beat_or_rest(engine, valkey, settings: Settings) -> float:
    try:
        beat(engine, valkey, settings, dt.datetime.now(dt.UTC))
    except (OperationalError, redis.exceptions.RedisError) as error:
        log.warning("the beat rests %s s: %s", REST_AFTER_FAULT_S, type(error).__name__)
        return REST_AFTER_FAULT_S
    return TICK_S
