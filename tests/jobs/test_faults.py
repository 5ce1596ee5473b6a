"""Servers that go away in the middle of the work."""

import datetime as dt
import logging
import os
import signal
import time
from dataclasses import replace

import pytest
import redis
import sqlalchemy as sa
from rq import Worker

from config.errors import OperatorError
from processing.db.engine import explained, open_engine
from processing.db.queries import due, runs, web_entry
from processing.db.slices import Slice
from processing.jobs.beat import beat
from processing.jobs.queue import open_redis, try_to_wake
from processing.jobs.stages import Stage, StageResult
from processing.jobs.timetable import TASKS
from processing.jobs.work import work_on
from processing.jobs.worker import run_worker
from processing.land import land_changes
from processing.local.passwords import read_passwords
from processing.local.valkey import Valkey
from tests.fixtures.servers import local_servers
from tests.land.factories import NOW, pull, row, schema

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def engine(fresh_database):
    engine = open_engine(fresh_database, "worker")
    yield engine
    engine.dispose()


@pytest.fixture
def hung_valkey_url():
    """A Valkey of this test alone, which takes connections and answers none."""
    with local_servers() as servers:
        url = servers.open("valkey")["redis_url"]
        process = Valkey(servers.folder, read_passwords(servers.folder)).find_left()
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield url
        finally:
            os.kill(process.pid, signal.SIGCONT)


@pytest.fixture
def cut(postgres_url):
    """Ends a connection from the server's side, as when the server stops."""
    administrator = sa.create_engine(postgres_url)

    def cut(connection) -> None:
        pid = connection.connection.driver_connection.get_backend_pid()
        with administrator.connect() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    yield cut
    administrator.dispose()


def test_a_database_that_goes_down_during_a_pull_keeps_nothing_of_it(fresh_database, engine, cut):
    def interrupted(connection):
        changes = pull(*(row(f"uuid:{i}", age=i) for i in range(10)), of=schema("/age int"))
        yield from changes[:5]
        cut(connection)
        yield from changes[5:]

    with pytest.raises(OperatorError) as raised, explained(fresh_database):
        with engine.begin() as connection:
            land_changes(connection, interrupted(connection), NOW)
    assert raised.value.code == "database-unreachable"
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM raw.form")).scalar_one() == 0
        changes = pull(*(row(f"uuid:{i}", age=i) for i in range(10)), of=schema("/age int"))
        assert land_changes(connection, changes, NOW).added == 10


def test_a_stage_whose_connection_is_cut_is_due_again(fresh_database, engine, cut):
    attempts = []

    def do(connection, slices, context):
        attempts.append(len(slices))
        if len(attempts) == 1:
            cut(connection)
            connection.execute(sa.text("SELECT 1"))
        return StageResult(len(slices))

    stage = Stage("s", "processing", 10, 60, do)
    now = dt.datetime.now(dt.UTC)
    with engine.begin() as connection:
        due.mark_due(connection, "s", [Slice("f", "a", "2026")], now)
    with pytest.raises(sa.exc.OperationalError):
        work_on(fresh_database, stage)
    with engine.begin() as connection:
        assert runs.mark_lost_runs(connection, now) == 1
    work_on(fresh_database, stage)
    assert attempts == [1, 1]
    with engine.connect() as connection:
        assert not due.is_ready(connection, "s", now)


def test_a_worker_without_valkey_says_so_plainly(fresh_database):
    with pytest.raises(OperatorError) as raised:
        run_worker(replace(fresh_database, redis_url=NOWHERE))
    assert raised.value.code == "valkey-unreachable"
    assert "Nothing is lost" in raised.value.remedy


def test_a_valkey_whose_host_is_silent_is_told_as_one_that_refuses(
    fresh_database, monkeypatch, caplog
):
    def time_out(*_, **__):
        raise redis.exceptions.TimeoutError("Timeout connecting to server")

    monkeypatch.setattr(redis.Redis, "execute_command", time_out)
    settings = replace(fresh_database, redis_url=NOWHERE)
    with pytest.raises(OperatorError) as raised:
        run_worker(settings)
    assert raised.value.code == "valkey-unreachable"
    try_to_wake(open_redis(settings), {"validate"})
    assert "the beat will wake again" in caplog.text


def test_waking_without_valkey_is_a_warning_and_no_failure(fresh_database, caplog):
    caplog.set_level(logging.WARNING)
    try_to_wake(open_redis(replace(fresh_database, redis_url=NOWHERE)), {"validate"})
    assert "the beat will wake again" in caplog.text


def test_a_beat_without_valkey_still_sets_the_marks(fresh_database, engine):
    settings = replace(fresh_database, redis_url=NOWHERE, central_url="http://c", central_project=1)
    now = dt.datetime.now(dt.UTC)
    with pytest.raises(redis.exceptions.ConnectionError):
        beat(engine, open_redis(settings), settings, now)
    with engine.connect() as connection:
        assert due.is_ready(connection, "find_forms", now)


def test_a_task_that_fails_leaves_its_reason_and_stops_no_other(
    fresh_database, engine, empty_valkey_url, monkeypatch
):
    def fail(connection, settings, now):
        connection.execute(sa.text("UPDATE ops.schedule SET no_such_column = 1"))

    settings = replace(
        fresh_database, redis_url=empty_valkey_url, central_url="http://c", central_project=1
    )
    valkey, now = open_redis(settings), dt.datetime.now(dt.UTC)
    broken = replace(TASKS["reconcile"], act=fail)
    monkeypatch.setitem(TASKS, "reconcile", broken)
    assert "find_forms" in beat(engine, valkey, settings, now)
    row = _task_row(engine, "reconcile")
    assert row.reason == "program error ProgrammingError; see the scheduler's log"
    assert (row.last_started_at, row.last_finished_at) == (now, None)
    assert row.next_due_at == now + dt.timedelta(seconds=60)
    monkeypatch.setitem(TASKS, "reconcile", replace(broken, act=lambda *given: None))
    later = now + dt.timedelta(seconds=61)
    beat(engine, valkey, settings, later)
    row = _task_row(engine, "reconcile")
    assert (row.reason, row.last_finished_at) == (None, later)


def _task_row(engine, task: str):
    with engine.connect() as connection:
        return connection.execute(
            sa.text("SELECT * FROM ops.schedule WHERE task = :task"), {"task": task}
        ).one()


def test_a_valkey_that_hangs_holds_up_neither_the_beat_nor_a_job(
    fresh_database, engine, hung_valkey_url, monkeypatch, caplog
):
    monkeypatch.setattr("processing.jobs.queue.ANSWER_TIMEOUT_S", 0.2)
    settings = replace(fresh_database, redis_url=hung_valkey_url, central_url="http://c",
                       central_project=1)  # fmt: skip
    now, begun = dt.datetime.now(dt.UTC), time.monotonic()
    with pytest.raises(redis.exceptions.TimeoutError):
        beat(engine, open_redis(settings), settings, now)
    try_to_wake(open_redis(settings), {"validate"})
    assert "the beat will wake again" in caplog.text
    with pytest.raises(OperatorError) as raised:
        run_worker(settings)
    assert raised.value.code == "valkey-unreachable"
    assert time.monotonic() - begun < 10, "three waits of 0.2 s, not of 5 s or more"
    with engine.connect() as connection:
        assert due.is_ready(connection, "find_forms", now)


def test_an_entry_made_after_central_was_away_is_sent_at_the_next_beat(
    fresh_database, engine, empty_valkey_url
):
    settings = replace(fresh_database, redis_url=empty_valkey_url)
    now = dt.datetime.now(dt.UTC)
    with engine.begin() as connection:
        due.add_mark(connection, "send_entries", now)
        for _ in range(9):
            due.delay_due(connection, "send_entries", [due.WHOLE], "Central is away", now)
    assert "send_entries" not in beat(engine, open_redis(settings), settings, now)
    with engine.begin() as connection:
        web_entry.mark_entered(connection, now)
    assert "send_entries" in beat(engine, open_redis(settings), settings, now)


def test_a_worker_waits_longer_for_work_than_others_for_an_answer(
    fresh_database, empty_valkey_url, monkeypatch
):
    waited = []

    def wait_for_work(worker, **_):
        waited.append(worker.connection.blpop(["no-work"], timeout=1))

    monkeypatch.setattr("processing.jobs.queue.ANSWER_TIMEOUT_S", 0.2)
    monkeypatch.setattr(Worker, "work", wait_for_work)
    run_worker(replace(fresh_database, redis_url=empty_valkey_url))
    assert waited == [None]
