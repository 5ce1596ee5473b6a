"""Marks, retries and the timetable."""

import datetime as dt

import pytest
import sqlalchemy as sa

from config.errors import OperatorError
from processing.db.engine import open_engine
from processing.db.queries import due, runs, schedule
from processing.db.slices import Slice
from processing.jobs.stages import Stage, StageResult
from processing.jobs.timetable import TASKS
from processing.jobs.work import work_on

NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)


@pytest.fixture
def engine(fresh_database):
    engine = open_engine(fresh_database, "worker")
    yield engine
    engine.dispose()


def slices(*codes: str) -> list[Slice]:
    return [Slice("f", code, "2026") for code in codes]


class TestMarks:
    """PostgreSQL remembers what is due."""

    def test_a_mark_is_taken_once(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a", "b"), NOW)
        with engine.begin() as first, engine.begin() as second:
            assert due.take_due(first, "s", 10, NOW).slices == slices("a", "b")
            assert due.take_due(second, "s", 10, NOW).slices == []
            assert not due.is_ready(second, "s", NOW)

    def test_a_mark_comes_back_when_its_taker_fails(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), NOW)
        with engine.connect() as connection:
            due.take_due(connection, "s", 10, NOW)
            connection.rollback()
        with engine.begin() as connection:
            assert due.take_due(connection, "s", 10, NOW).slices == slices("a")

    def test_marking_never_waits_and_what_changes_meanwhile_is_due_again(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), NOW)
        with engine.begin() as worker:
            taken = due.take_due(worker, "s", 10, NOW)
            with engine.begin() as puller:
                puller.execute(sa.text("SET LOCAL lock_timeout = '1s'"))
                due.mark_due(puller, "s", slices("a"), NOW)
            with engine.begin() as other:
                assert due.take_due(other, "s", 10, NOW).slices == [], "one at a time"
            due.clear_due(worker, taken)
        with engine.begin() as worker:
            assert due.take_due(worker, "s", 10, NOW).slices == slices("a")

    def test_a_stage_can_mark_its_own_slice_anew(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), NOW)
        with engine.begin() as connection:
            taken = due.take_due(connection, "s", 10, NOW)
            due.mark_due(connection, "s", slices("a"), NOW)
            due.clear_due(connection, taken)
        with engine.begin() as connection:
            assert due.take_due(connection, "s", 10, NOW).slices == slices("a")

    def test_marking_twice_is_marking_once(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a", "b"), NOW)
            due.mark_due(connection, "s", slices("b", "c"), NOW)
            count = connection.execute(sa.text("SELECT count(*) FROM ops.due")).scalar_one()
        assert count == 3

    def test_a_failure_puts_it_off_longer_each_time(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), NOW)
            for attempt, seconds in enumerate((10, 20, 40, 80)):
                due.delay_due(connection, "s", slices("a"), "why", NOW)
                until = NOW + dt.timedelta(seconds=seconds)
                assert not due.is_ready(connection, "s", until - dt.timedelta(seconds=1)), attempt
                assert due.is_ready(connection, "s", until), attempt
            [waiting] = due.list_waiting(connection, NOW)
            assert (waiting.delayed, waiting.reason) == (1, "why")

    def test_it_is_never_put_off_by_more_than_an_hour(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), NOW)
            for _ in range(40):
                due.delay_due(connection, "s", slices("a"), "why", NOW)
            assert due.is_ready(connection, "s", NOW + dt.timedelta(hours=1))

    def test_new_data_ends_the_waiting(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), NOW)
            due.delay_due(connection, "s", slices("a"), "why", NOW)
            due.mark_due(connection, "s", slices("a"), NOW)
            assert due.is_ready(connection, "s", NOW)


class TestFailures:
    """One bad slice does not keep the others back."""

    def stage(self, done: list, error: Exception):
        def do(connection, taken, context):
            if any(row.school_code == "bad" for row in taken):
                raise error
            done.extend(taken)
            return StageResult(len(taken))

        return Stage("s", "processing", 100, 60, do)

    def work(self, fresh_database, engine, error):
        done: list[Slice] = []
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a", "b", "bad", "c", "d"), _now())
        work_on(fresh_database, self.stage(done, error))
        with engine.connect() as connection:
            [run] = runs.list_runs(connection, 10)
            left = connection.execute(sa.text("SELECT school_code, reason FROM ops.due")).all()
        return sorted(row.school_code for row in done), run, left

    def test_the_rest_goes_on(self, fresh_database, engine):
        error = OperatorError("some-code", "What is wrong.")
        done, run, [(school, reason)] = self.work(fresh_database, engine, error)
        assert done == ["a", "b", "c", "d"]
        assert (run.state, run.slice_count) == ("failed", 4)
        assert (school, reason) == ("bad", "[some-code] What is wrong.")

    def test_a_program_error_is_named_but_quotes_no_answer(self, fresh_database, engine):
        _, run, [(_, reason)] = self.work(fresh_database, engine, ValueError("a head's name"))
        assert reason == "program error ValueError; see the worker's log"
        assert "a head's name" not in run.reason


class TestTimetable:
    """Tasks by the clock."""

    def test_a_task_that_was_missed_is_caught_up_once(self, engine, fresh_database):
        task = TASKS["reconcile"]
        monday = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)
        with engine.begin() as connection:
            schedule.take_due_tasks(connection, [task.name], monday)
            next_due = task.next_after(fresh_database, monday)
            schedule.save_task_run(connection, task.name, monday, next_due)
            assert next_due.isoformat() == "2026-11-03T02:10:00+03:00"
            assert schedule.take_due_tasks(connection, [task.name], monday) == []
            friday = monday + dt.timedelta(days=4)
            assert schedule.take_due_tasks(connection, [task.name], friday) == [task.name]
            schedule.save_task_run(
                connection, task.name, friday, task.next_after(fresh_database, friday)
            )
            assert schedule.take_due_tasks(connection, [task.name], friday) == []

    def test_two_schedulers_do_not_double_a_task(self, engine):
        with engine.begin() as connection:
            schedule.take_due_tasks(connection, ["t"], NOW)
        with engine.begin() as first, engine.begin() as second:
            assert schedule.take_due_tasks(first, ["t"], NOW) == ["t"]
            assert schedule.take_due_tasks(second, ["t"], NOW) == []


def test_a_run_is_running_only_while_its_connection_lives(engine):
    connection = engine.connect()
    with connection.begin():
        runs.start_run(connection, "s", "", "w", NOW)
    with engine.begin() as other:
        assert runs.mark_lost_runs(other, NOW) == 0
    connection.invalidate()
    connection.close()
    with engine.begin() as other:
        assert runs.mark_lost_runs(other, NOW) == 1
        assert runs.list_runs(other, 1)[0].state == "lost"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
