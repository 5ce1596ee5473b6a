"""Marks, retries and the timetable."""

import datetime as dt
import time
from dataclasses import replace

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
SESSION_ENDS_S = 30


@pytest.fixture
def engine(fresh_database):
    engine = open_engine(fresh_database, "worker")
    yield engine
    engine.dispose()


@pytest.fixture
def web_engine(fresh_database):
    engine = open_engine(fresh_database, "web")
    yield engine
    engine.dispose()


def slices(*codes: str) -> list[Slice]:
    return [Slice("f", code, "2026") for code in codes]


def take(connection, stage: str, limit: int, now: dt.datetime) -> due.Taken:
    """Begin and take, as a worker does it."""
    return due.take_begun(connection, due.begin_due(connection, stage, limit, now))


class TestMarks:
    """PostgreSQL remembers what is due."""

    def test_a_mark_is_taken_once(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a", "b"), NOW)
        with engine.begin() as first, engine.begin() as second:
            assert take(first, "s", 10, NOW).slices == slices("a", "b")
            assert take(second, "s", 10, NOW).slices == []
            assert not due.is_ready(second, "s", NOW)

    def test_a_mark_comes_back_when_its_taker_fails(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), NOW)
        with engine.connect() as connection:
            take(connection, "s", 10, NOW)
            connection.rollback()
        with engine.begin() as connection:
            assert take(connection, "s", 10, NOW).slices == slices("a")

    def test_marking_never_waits_and_what_changes_meanwhile_is_due_again(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), NOW)
        with engine.begin() as worker:
            taken = take(worker, "s", 10, NOW)
            with engine.begin() as puller:
                puller.execute(sa.text("SET LOCAL lock_timeout = '1s'"))
                due.mark_due(puller, "s", slices("a"), NOW)
            with engine.begin() as other:
                assert take(other, "s", 10, NOW).slices == [], "one at a time"
            due.clear_due(worker, taken)
        with engine.begin() as worker:
            assert take(worker, "s", 10, NOW).slices == slices("a")

    def test_a_stage_can_mark_its_own_slice_anew(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), NOW)
        with engine.begin() as connection:
            taken = take(connection, "s", 10, NOW)
            due.mark_due(connection, "s", slices("a"), NOW)
            due.clear_due(connection, taken)
        with engine.begin() as connection:
            assert take(connection, "s", 10, NOW).slices == slices("a")

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

    def test_what_a_page_marks_after_failures_is_tried_once_at_once(self, engine, web_engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", [due.WHOLE], NOW)
            due.mark_due(connection, "s", slices("a"), NOW)
            for _ in range(9):
                due.delay_due(connection, "s", [due.WHOLE, *slices("a")], "Central is away", NOW)
        at = NOW + dt.timedelta(seconds=60)
        with web_engine.begin() as page:
            due.add_mark(page, "s", at)
        with engine.begin() as connection:
            assert not due.is_ready(connection, "s", at)
            due.hurry_marked(connection, at)
            taken = take(connection, "s", 10, at)
            assert taken.slices == [due.WHOLE], "and nothing that nobody marked"
            due.delay_due(connection, "s", taken.slices, "Central is away", at)
            due.hurry_marked(connection, at + dt.timedelta(seconds=600))
            assert not due.is_ready(connection, "s", at + dt.timedelta(seconds=600))

    def test_what_has_ended_its_worker_is_not_hurried_by_a_new_mark(self, engine, web_engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", [due.WHOLE], NOW)
            for _ in range(2):
                due.begin_due(connection, "s", 10, NOW)
        with web_engine.begin() as page:
            due.add_mark(page, "s", NOW)
        with engine.begin() as connection:
            due.hurry_marked(connection, NOW)
            assert not due.is_ready(connection, "s", NOW)

    def test_what_ends_its_worker_comes_back_in_smaller_parts_and_later_each_time(self, engine):
        with engine.begin() as connection:
            due.mark_due(connection, "s", slices(*(f"{n:03}" for n in range(100))), NOW)
        sizes, now = [], NOW
        for _ in range(4):
            with engine.begin() as connection:
                sizes.append(len(due.begin_due(connection, "s", 100, now)))
            # The worker ends here: nothing is taken, nothing is cleared.
            now = NOW + dt.timedelta(seconds=1)
        assert sizes == [100, 10, 9, 8], "a tenth of those that have not begun a second time"
        with engine.begin() as connection:
            late = connection.execute(
                sa.text("SELECT begun, count(*) FROM ops.due GROUP BY begun ORDER BY begun")
            ).all()
            waiting = due.list_waiting(connection, now)
            assert [tuple(row) for row in late] == [(1, 73), (2, 27)]
            assert (waiting[0].ready, waiting[0].delayed) == (73, 27)
            assert waiting[0].reason.startswith("[worker-ended]")
            later = NOW + dt.timedelta(seconds=20)
            while begun := due.begin_due(connection, "s", 100, later):
                due.clear_due(connection, due.take_begun(connection, begun))
            assert not due.is_marked(connection, "s")

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

    def test_a_stage_that_is_hindered_keeps_what_it_did_and_is_due_later(
        self, fresh_database, engine
    ):
        def do(connection, taken, context):
            due.mark_due(connection, "next", slices("kept"), context.now)
            return StageResult(3, hindrance=OperatorError("away", "Central is away."))

        with engine.begin() as connection:
            due.mark_due(connection, "s", slices("a"), _now())
        work_on(fresh_database, Stage("s", "processing", 10, 60, do))
        with engine.connect() as connection:
            marks = connection.execute(
                sa.text("SELECT stage, attempts, begun, is_held, reason FROM ops.due ORDER BY 1")
            ).all()
            [run] = runs.list_runs(connection, 10)
        assert marks == [
            ("next", 0, 0, False, None),
            ("s", 1, 0, False, "[away] Central is away."),
        ]
        assert (run.state, run.row_count) == ("failed", 3)


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

    def test_many_forms_are_pulled_less_often_so_that_central_keeps_its_time(
        self, engine, fresh_database
    ):
        task = TASKS["pull"]
        settings = replace(
            fresh_database, central_name="c", central_project=1, emis_pull_seconds=10
        )
        insert = (
            "INSERT INTO raw.form (central, project, form_id, form_created_at, first_seen_at)"
            " SELECT :central, :project, 'f' || n, now(), now() FROM generate_series(1, 100) n"
        )
        with engine.connect() as connection, connection.begin() as transaction:
            place = {"central": settings.central_key, "project": settings.central_project}
            connection.execute(sa.text(insert), place)
            least_s = task.least_s(connection, settings)
            transaction.rollback()
        assert least_s == pytest.approx(30)
        assert task.next_after(settings, NOW, least_s) == NOW + dt.timedelta(seconds=30)
        assert task.next_after(settings, NOW, 0.3) == NOW + dt.timedelta(seconds=10)

    def test_two_schedulers_do_not_double_a_task(self, engine):
        with engine.begin() as connection:
            schedule.take_due_tasks(connection, ["t"], NOW)
        with engine.begin() as first, engine.begin() as second:
            assert schedule.take_due_tasks(first, ["t"], NOW) == ["t"]
            assert schedule.take_due_tasks(second, ["t"], NOW) == []


def test_of_runs_that_found_nothing_only_the_newest_of_a_stage_is_kept(engine):
    ended = [("pull", 0), ("pull", 5), ("verify", 0), ("pull", 0), ("pull", 0)]
    with engine.begin() as connection:
        for stage, rows in ended:
            run_id = runs.start_run(connection, stage, "", "w", NOW)
            runs.finish_run(connection, run_id, "done", NOW, row_count=rows)
        failed = runs.start_run(connection, "pull", "", "w", NOW)
        runs.finish_run(connection, failed, "failed", NOW, reason="why")
        kept = [(run.stage, run.state, run.row_count) for run in runs.list_runs(connection, 10)]
    assert kept == [
        ("pull", "failed", 0), ("pull", "done", 0), ("verify", "done", 0), ("pull", "done", 5),
    ]  # fmt: skip


def test_a_run_is_running_only_while_its_connection_lives(engine):
    connection = engine.connect()
    with connection.begin():
        runs.start_run(connection, "s", "", "w", NOW)
        session = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    with engine.begin() as other:
        assert runs.mark_lost_runs(other, NOW) == 0
    connection.invalidate()
    connection.close()
    _wait_for_end(engine, session)
    with engine.begin() as other:
        assert runs.mark_lost_runs(other, NOW) == 1
        assert runs.list_runs(other, 1)[0].state == "lost"


def _wait_for_end(engine, session: int) -> None:
    """PostgreSQL hears of a closed connection, and lets its locks go, a moment later."""
    until = time.monotonic() + SESSION_ENDS_S
    alive = sa.text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = :session)")
    while time.monotonic() < until:
        with engine.begin() as other:
            if not other.execute(alive, {"session": session}).scalar_one():
                return
        time.sleep(0.01)
    pytest.fail("PostgreSQL keeps the session of a closed connection")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
