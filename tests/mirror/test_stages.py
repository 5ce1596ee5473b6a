"""The stages around the rows: on the timetable, in turns, and never in the way of the beat."""

import datetime as dt
from secrets import token_hex

import pytest

from config.clock import BAGHDAD
from processing.db.queries import due
from processing.db.slices import Slice
from processing.jobs.reconciling import reconcile_form
from processing.jobs.stages import QUEUES, STAGES
from processing.jobs.timetable import AROUND, TASKS, mark_around
from processing.jobs.work import work_until_done
from tests.mirror.conftest import sha256, upload

PHOTO = "<photo>p.jpg</photo>"


def test_what_stands_around_never_comes_before_the_data():
    assert all(STAGES[name].queue == "mirror" for name in AROUND)
    assert QUEUES.index("mirror") > QUEUES.index("processing") > QUEUES.index("pull")


@pytest.mark.parametrize(("task", "at"), [("reread", "02:40"), ("check_files", "03:00")])
def test_the_nightly_looks_are_at_night_in_baghdad(task, at, database):
    now = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
    assert f"{TASKS[task].next_after(database, now).astimezone(BAGHDAD):%H:%M}" == at


def test_one_command_brings_files_comments_and_lists(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", b"photo")
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.act(mark_around, mirror.tick())
    work_until_done(mirror.settings)
    assert mirror.rows("SELECT sha256 FROM raw.attachment") == [(sha256(b"photo"),)]
    assert mirror.rows("SELECT count(*) > 0 FROM raw.actor") == [(True,)]
    assert mirror.rows("SELECT count(*) FROM raw.form_version WHERE fields IS NOT NULL")[0][0] >= 1
    failed = mirror.rows("SELECT stage, reason FROM ops.run WHERE state <> 'done'")
    assert failed == []


def test_a_stage_that_is_at_work_is_not_marked_so_that_nobody_waits(ward, mirror_of):
    mirror = mirror_of(ward)
    now = mirror.tick()
    mirror.act(mark_around, now)
    with mirror.engine.begin() as worker:
        begun = due.begin_due(worker, "people", 1, now)
        assert due.take_begun(worker, begun).slices == [Slice("")]
        with mirror.engine.begin() as beat:
            beat.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            mark_around(beat, mirror.settings, now)


def test_the_measures_of_a_pull_stand_beside_its_rows(ward, mirror_of):
    mirror = mirror_of(ward)
    mirror.pull()
    ward.send("uuid:a")
    mirror.now = dt.datetime.now(dt.UTC)
    mirror.pull()
    mirror.settle()
    rows = mirror.rows(
        "SELECT is_full, added, request_count > 1, byte_count > 100, finished_at > started_at"
        " FROM ops.pull ORDER BY pull_id"
    )
    assert rows[-1] == (False, 1, True, True, True)
    [(pulls, idle, requests, size, lags, buckets)] = mirror.rows(
        "SELECT pull_count, idle_count, request_count, byte_count, lag_count, lag_buckets"
        " FROM ops.sync_total"
    )
    assert pulls == idle + 1, "the one with a row"
    assert requests > pulls
    assert size > 100
    assert lags == sum(buckets) == 1


def test_what_is_asked_about_a_form_outside_of_pulls_is_counted_with_it(ward, mirror_of):
    mirror = mirror_of(ward)
    ward.send("uuid:a", name=token_hex(50_000))
    mirror.pull()
    counted = "SELECT request_count, byte_count FROM ops.sync_total"
    [(requests, size)] = mirror.rows(counted)
    assert mirror.verify() == 1
    [(later_requests, later_size)] = mirror.rows(counted)
    # Signing in and out, and the XML with its 100,000 characters, in threads of their own.
    assert later_requests == requests + 3
    assert later_size > size + 50_000
    mirror.act(reconcile_form, ward.id, mirror.tick())
    [(last_requests, last_size)] = mirror.rows(counted)
    assert last_requests > later_requests
    assert last_size > later_size
