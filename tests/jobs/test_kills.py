"""Workers that are killed, and a Valkey that forgets: nothing is lost, nothing is doubled.

A table that the stage needs is locked, so that the kill always comes in the middle of the work.
"""

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import replace

import psutil
import pytest
import redis
import sqlalchemy as sa

from processing.command.processes import own_command
from processing.db.engine import open_engine
from processing.jobs.stages import Stage, StageResult
from processing.jobs.work import work_on
from processing.local import environment_of
from tests.jobs.factories import land_censuses

SCHOOLS = 12
WITHIN_S = 60


class Plant:
    """The processes of one test: a scheduler and a worker, and a look into the database."""

    def __init__(self, settings):
        self.settings = replace(settings, emis_pull_seconds=3600)
        self.engine = open_engine(settings, "worker")
        self.processes: list[subprocess.Popen] = []

    def start(self, name: str) -> subprocess.Popen:
        process = subprocess.Popen(
            own_command(name),
            env=environment_of(self.settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in self.processes:
            for member in [*_children(process.pid), process.pid]:
                with _already_gone():
                    os.kill(member, signal.SIGKILL)
            process.wait()
        self.engine.dispose()

    def value(self, statement: str):
        with self.engine.connect() as connection:
            return connection.execute(sa.text(statement)).scalar_one()

    @contextmanager
    def blocked(self):
        """Nobody can write returns while the block lasts."""
        engine = open_engine(self.settings, "worker")
        with engine.connect() as connection, connection.begin():
            connection.execute(sa.text("LOCK TABLE emis.school_return IN EXCLUSIVE MODE"))
            yield
        engine.dispose()

    def is_waiting(self) -> bool:
        """Is a worker in the middle of a stage, waiting for the lock?"""
        return self.value(
            "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"
            " AND relation = 'emis.school_return'::regclass"
        )


@pytest.fixture
def plant(complete_settings):
    plant = Plant(complete_settings)
    with plant.engine.begin() as connection:
        land_censuses(connection, SCHOOLS)
        # There is no such form at Central: only what is landed is worked on here.
        connection.execute(sa.text("DELETE FROM ops.due WHERE stage <> 'validate'"))
    yield plant
    plant.stop()


def wait_for(condition, within_s: float = WITHIN_S):
    """Wait until it is true; fail when it does not become so."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def is_done(plant) -> bool:
    return plant.value(
        "SELECT NOT EXISTS (SELECT FROM ops.due"
        "  WHERE stage IN ('validate', 'normalize', 'indicators'))"
        " AND NOT EXISTS (SELECT FROM ops.run"
        "  WHERE state = 'running' AND stage IN ('validate', 'normalize', 'indicators'))"
        " AND EXISTS (SELECT FROM stats.indicator_value)"
    )


def require_exact(plant) -> None:
    """Every school once, with every pupil that it reported."""
    assert plant.value("SELECT count(*) FROM emis.school_return") == SCHOOLS
    reported = plant.value("SELECT sum(totals_pupils) FROM survey.school_census")
    assert plant.value("SELECT sum(pupil_count) FROM emis.enrolment") == reported
    assert (
        plant.value(
            "SELECT numerator FROM stats.indicator_value WHERE indicator = 'enrolment'"
            " AND unit_level = 'nation' AND breakdown = ''"
        )
        == reported
    )


@pytest.mark.parametrize("victims", ["worker", "child", "both"])
def test_a_killed_workers_slices_are_taken_up_within_a_minute(plant, victims):
    plant.start("scheduler")
    worker = plant.start("worker")
    with plant.blocked():
        wait_for(plant.is_waiting)
        children = _children(worker.pid)
        chosen = {"worker": [worker.pid], "child": children, "both": [worker.pid, *children]}
        for pid in chosen[victims]:
            os.kill(pid, signal.SIGKILL)
    if victims != "child":
        plant.start("worker")
    wait_for(lambda: is_done(plant))
    require_exact(plant)


def test_a_slice_that_ends_its_worker_holds_up_no_other(plant):
    """The slice is a real one; a stage that kills its own process stands for what may do so."""
    settings = plant.settings
    with plant.engine.begin() as connection:
        marked = connection.execute(sa.text("SELECT school_code FROM ops.due ORDER BY 1"))
        [deadly, *others] = marked.scalars().all()

    def do(connection, slices, context):
        if deadly in [row.school_code for row in slices]:
            os.kill(os.getpid(), signal.SIGKILL)
        return StageResult(len(slices))

    stage, ended = Stage("validate", "processing", 1000, 60, do), []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            work_on(settings, stage)
            os._exit(0)
        ended.append(os.waitpid(pid, 0)[1])
    left = plant.value("SELECT array_agg(school_code) FROM ops.due WHERE stage = 'validate'")
    assert (left, len(others)) == ([deadly], SCHOOLS - 1)
    assert ended[0] == signal.SIGKILL
    assert ended[-1] == 0, "it is not tried again at once"
    assert "worker-ended" in plant.value("SELECT reason FROM ops.due WHERE stage = 'validate'")


def test_an_emptied_valkey_costs_nothing_but_a_moment(plant):
    with plant.blocked():
        plant.start("scheduler")
        plant.start("worker")
        wait_for(plant.is_waiting)
        with redis.Redis.from_url(plant.settings.redis_url) as client:
            client.flushall()
    wait_for(lambda: is_done(plant))
    require_exact(plant)


def test_two_workers_and_two_schedulers_do_everything_once(plant):
    for name in ("scheduler", "scheduler", "worker", "worker"):
        plant.start(name)
    wait_for(lambda: is_done(plant))
    require_exact(plant)
    with plant.engine.connect() as connection:
        started = connection.execute(
            sa.text("SELECT slice_count FROM ops.run WHERE stage = 'normalize'")
        )
        assert sum(started.scalars()) == SCHOOLS


def test_a_run_whose_worker_is_gone_is_called_lost(plant):
    plant.start("scheduler")
    worker = plant.start("worker")
    with plant.blocked():
        wait_for(plant.is_waiting)
        for pid in [worker.pid, *_children(worker.pid)]:
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: plant.value("SELECT count(*) FROM ops.run WHERE state = 'lost'") == 1)


def _children(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


@contextmanager
def _already_gone():
    try:
        yield
    except ProcessLookupError:
        return
