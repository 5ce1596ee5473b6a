"""XML that Central does not serve: it waits by itself, and holds up no other."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from processing.db.queries import xml_trouble
from processing.jobs.timetable import TASKS, mark_around
from processing.jobs.verifying import verify_some

IDS = ["uuid:a", "uuid:b", "uuid:c", "uuid:d", "uuid:e", "uuid:f"]


@pytest.fixture
def mirror(ward, mirror_of, proxy):
    """A mirror with six rows that are not verified, behind a proxy."""
    for instance_id in IDS:
        ward.send(instance_id)
    mirror = mirror_of(ward)
    mirror.pull()
    settings = mirror.settings
    mirror.settings = replace(settings, central_url=proxy.url, central_name=settings.central_key)
    return mirror


def breaking(instance_id: str, change):
    """A fault of the one submission's XML."""
    name = instance_id.removeprefix("uuid:")
    return lambda path, answer: change(answer) if path.endswith(f"{name}.xml") else answer


def verified(mirror) -> list[str]:
    rows = mirror.rows(
        "SELECT instance_id FROM raw.submission WHERE verified_at IS NOT NULL ORDER BY 1"
    )
    return [row[0] for row in rows]


def trouble(mirror) -> list:
    with mirror.engine.connect() as connection:
        return xml_trouble.list_trouble(connection)


def verify(mirror):
    return mirror.act(verify_some, mirror.form.id, mirror.tick())


def test_one_that_central_cannot_serve_holds_up_no_other(mirror, proxy):
    proxy.fault = breaking("uuid:c", lambda answer: replace(answer, status=500, body=b"{}"))
    turn = verify(mirror)
    assert (turn.count, turn.hindrance) == (5, None)
    assert verified(mirror) == [i for i in IDS if i != "uuid:c"]
    [waiting] = trouble(mirror)
    assert (waiting.instance_id, waiting.attempts) == ("uuid:c", 1)
    assert waiting.reason.startswith("[central-fault]")


def test_it_is_asked_for_again_later_each_time_and_let_go_when_it_comes(mirror, proxy):
    proxy.fault = breaking("uuid:c", lambda answer: replace(answer, status=500, body=b"{}"))
    attempts = []
    # At once, after a minute, after two: tried before its time, it is not asked for.
    for seconds in (0, 0, 50, 10, 110, 10):
        mirror.wait(seconds=seconds)
        verify(mirror)
        attempts.append(trouble(mirror)[0].attempts)
    assert attempts == [1, 2, 2, 3, 3, 4]
    proxy.fault = lambda path, answer: answer
    mirror.wait(seconds=250)
    now = mirror.tick()
    with mirror.engine.begin() as connection:
        TASKS["verify_again"].act(connection, mirror.settings, now)
        due = connection.execute(sa.text("SELECT stage, form_id FROM ops.due")).all()
    assert ("verify", mirror.form.id) in [tuple(row) for row in due]
    assert verify(mirror).count == 1
    assert verified(mirror) == IDS
    assert trouble(mirror) == []


def test_whoever_pulls_by_hand_need_not_wait_for_its_time(mirror, proxy):
    proxy.fault = breaking("uuid:c", lambda answer: replace(answer, status=500, body=b"{}"))
    for _ in range(3):
        verify(mirror)
    proxy.fault = lambda path, answer: answer
    assert verify(mirror).count == 0
    mirror.act(mark_around, mirror.tick())
    assert verify(mirror).count == 1


def test_one_over_which_central_breaks_down_is_passed_over_the_next_time(mirror, proxy):
    proxy.fault = breaking("uuid:c", lambda answer: replace(answer, ending="dropped"))
    turn = verify(mirror)
    assert turn.hindrance.code == "central-unreachable"
    assert verify(mirror).hindrance is not None, "a second time, at once"
    mirror.wait(seconds=10)
    assert verify(mirror).hindrance is None
    assert verified(mirror) == [i for i in IDS if i != "uuid:c"]
    assert [row.instance_id for row in trouble(mirror)] == ["uuid:c"]


def test_one_that_no_address_can_name_is_listed_and_the_others_go_on(mirror):
    mirror.form.send("..")
    mirror.pull()
    # The list of its versions is what an edit makes us ask for.
    mirror.rows("UPDATE raw.submission SET edits = 1 WHERE instance_id = '..'")
    turn = verify(mirror)
    assert (turn.count, turn.hindrance) == (len(IDS), None)
    [waiting] = trouble(mirror)
    assert waiting.instance_id == ".."
    assert waiting.reason.startswith("[central-id-unaddressable]")


def test_a_central_that_is_away_is_no_fault_of_every_submission(mirror, proxy):
    proxy.fault = lambda path, answer: (
        replace(answer, status=503, body=b"") if path.endswith(".xml") else answer
    )
    turn = verify(mirror)
    assert turn.count == 0
    assert turn.hindrance is not None
    assert len(trouble(mirror)) <= 4, "one for each that asked"
