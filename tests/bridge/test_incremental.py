"""What the incremental pull sees of what timestamps do not show. Each case loses rows elsewhere.

ALL_OLD puts the watermark ahead of every row, so that every one is old; ALL_NEW behind them.
"""

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from xml.sax.saxutils import escape

import pytest

from tests.bridge.clocks import meanwhile

ALL_OLD = {"overlap_s": -5.0}
ALL_NEW = {"overlap_s": 3600.0}
# What is sent steadily, and by how many at a time: one alone waits too long for its answers.
A_SECOND, SENDERS = 20, 4
AGES = pytest.mark.parametrize("age", [ALL_OLD, ALL_NEW], ids=["old", "new"])


def filled(ward, reader, names=("uuid:a", "uuid:b", "uuid:c"), **terms):
    """A mirror of a form with these submissions, quiet."""
    for name in names:
        ward.send(name)
    mirror = ward.mirror()
    mirror.pull(reader, **terms)
    mirror.pull_until_quiet(reader, **terms)
    return mirror


# -- what has no time ------------------------------------------------------------------------------


@AGES
def test_a_restored_submission_is_live_again(ward, reader, age):
    ward.send("uuid:x")
    ward.delete("uuid:x")
    mirror = filled(ward, reader, **age)
    assert mirror.rows["uuid:x"].system["deletedAt"]
    ward.restore("uuid:x")
    mirror.pull_until_quiet(reader, **age)
    assert mirror.rows["uuid:x"].system["deletedAt"] is None
    mirror.require_equal(reader)


@AGES
@pytest.mark.parametrize("is_seen_deleted", [True, False], ids=["deleted", "live"])
def test_a_purged_submission_is_told(hands, ward, reader, age, is_seen_deleted):
    mirror = filled(ward, reader, **age)
    ward.delete("uuid:b")
    if is_seen_deleted:
        mirror.pull_until_quiet(reader, **age)
    purge(hands, ward, "uuid:b")
    changes = mirror.pull(reader, **age)
    assert [c.instance_ids for c in changes if hasattr(c, "instance_ids")] == [("uuid:b",)]
    mirror.pull_until_quiet(reader, **age)
    mirror.require_equal(reader)


@AGES
def test_a_purged_submission_that_is_sent_again_is_another(hands, ward, reader, age):
    """Its list entry differs by its submission date alone."""
    mirror = filled(ward, reader, **age)
    ward.delete("uuid:b")
    purge(hands, ward, "uuid:b")
    ward.send("uuid:b", name="Bea")
    mirror.pull_until_quiet(reader, **age)
    assert mirror.rows["uuid:b"].row["name"] == "Bea"
    mirror.require_equal(reader)


@AGES
def test_a_review_with_the_same_value_is_seen(ward, reader, age):
    mirror = filled(ward, reader, **age)
    for _ in range(2):
        ward.manager.pyodk.submissions.review("uuid:a", "approved", ward.id)
        before = mirror.rows["uuid:a"].system["updatedAt"]
        mirror.pull_until_quiet(reader, **age)
        assert mirror.rows["uuid:a"].system["updatedAt"] != before
    mirror.require_equal(reader)


@AGES
def test_the_edit_of_an_old_row_and_the_edit_after_it(ward, reader, age):
    mirror = filled(ward, reader, **age)
    ward.edit("uuid:a", "uuid:a", "uuid:a2", "Bea")
    mirror.pull_until_quiet(reader, **age)
    ward.edit("uuid:a", "uuid:a2", "uuid:a3", "Cia")
    mirror.pull_until_quiet(reader, **age)
    assert mirror.rows["uuid:a"].row["name"] == "Cia"
    mirror.require_equal(reader)


# -- times that mislead ----------------------------------------------------------------------------


def test_a_row_that_commits_after_newer_ones_were_read_is_found(central, hands, ward, reader):
    """Its time was taken inside its transaction, and lies before the watermark by now."""
    mirror = ward.mirror()
    with one_not_yet_visible(central, hands, ward, seconds=2.5):
        mirror.pull(reader)
        mirror.pull_until_quiet(reader)
        assert set(mirror.rows) == {"uuid:quick"}
        watermark = mirror.state["watermark"]
    mirror.pull_until_quiet(reader)
    assert mirror.rows["uuid:slow"].system["submissionDate"] < watermark
    mirror.require_equal(reader)


@pytest.mark.parametrize("hours", [-24, 24], ids=["back", "ahead"])
def test_a_clock_that_jumps_costs_time_and_no_rows(central, hands, ward, reader, hours):
    mirror = filled(ward, reader)
    at_ms = int((time.time() + hours * 3600) * 1000)
    ward.send("uuid:jumped")
    central.clocks.set_time(ward.id, "uuid:jumped", "submission", at_ms)
    mirror.pull_until_quiet(reader)
    ward.manager.pyodk.submissions.review("uuid:a", "approved", ward.id)
    central.clocks.set_time(ward.id, "uuid:a", "update", at_ms)
    ward.send("uuid:after")
    mirror.pull_until_quiet(reader)
    mirror.require_equal(reader)


def test_two_rows_of_the_same_millisecond_the_second_seen_later(central, hands, ward, reader):
    mirror = filled(ward, reader)
    at_ms = int((time.time() - 1800) * 1000)
    for name in ("uuid:one", "uuid:two"):
        ward.send(name)
        central.clocks.set_time(ward.id, name, "submission", at_ms)
        mirror.pull_until_quiet(reader)
    dates = {mirror.rows[name].system["submissionDate"] for name in ("uuid:one", "uuid:two")}
    assert len(dates) == 1
    mirror.require_equal(reader)


def test_our_own_clock_proves_nothing(ward, reader):
    mirror = filled(ward, reader)
    for years in (-20, 30):
        now = dt.datetime.now(dt.UTC) + dt.timedelta(days=365 * years)
        ward.send(f"uuid:{years}")
        mirror.pull(reader, now=now, is_thorough=False)
        mirror.pull(reader, is_thorough=False)
        mirror.require_equal(reader)


def test_everything_is_read_once_a_week(ward, reader):
    mirror, begun = filled(ward, reader), dt.datetime.now(dt.UTC)
    for days, is_full in ((6.9, False), (7.1, True), (7.2, False), (14.0, False), (14.2, True)):
        last = mirror.pull(reader, now=begun + dt.timedelta(days=days))[-1]
        assert getattr(last, "is_full", False) == is_full, days
    mirror.require_equal(reader)


# -- what happens while it is read -----------------------------------------------------------------


def test_a_row_that_comes_while_the_form_is_read_is_in_the_next_pull(ward, reader):
    for number in range(3):
        ward.send(f"uuid:{number}")
    mirror = ward.mirror()
    turns = iter(["uuid:meanwhile"])
    mirror.before_row = lambda change: [ward.send(name) for name in turns]
    mirror.pull(reader)
    mirror.before_row = None
    mirror.pull_until_quiet(reader)
    mirror.require_equal(reader)


@AGES
def test_a_row_that_is_seen_once_and_purged_before_the_next_look(central, hands, ward, reader, age):
    """It is in the rows, but neither in the ETag before them nor in the one after."""
    mirror = filled(ward, reader, **age)
    ward.send("uuid:news")

    def send(manager):
        replace(ward, manager=manager).send("uuid:ghost")

    with (
        in_its_own_time(central.reader, lambda client: mirror.pull(client, **age)) as pull,
        in_its_own_time(central.manager, send) as sender,
    ):
        with hands.between_tag_and_rows():
            pull.set()
            time.sleep(1.0)
            sender.set()
            time.sleep(1.0)
    was_seen = "uuid:ghost" in mirror.rows
    ward.delete("uuid:ghost")
    purge(hands, ward, "uuid:ghost")
    mirror.pull_until_quiet(reader, **age)
    mirror.require_equal(reader)
    # What holds a real Central's rows back holds the sender back as well, some of the time.
    assert was_seen or central.kind == "real"


def test_a_steady_stream_does_not_keep_the_watermark_from_moving(
    central, ward, reader, monkeypatch
):
    """At 20 a second, every time that it is to move, it moves, and nobody compares lists."""
    monkeypatch.setattr("bridge.pull.HOT_ROWS", 40)
    mirror, stop = filled(ward, reader, overlap_s=1.0), threading.Event()
    moves, comparisons, begun = [], [], time.monotonic()
    with meanwhile(lambda: send_steadily(central, ward, stop)), stopping(stop):
        listed = mirror.compare_before
        mirror.compare_before = lambda *args: comparisons.append(1) or listed(*args)
        while len(moves) < 6 and time.monotonic() < begun + 200:
            is_wanted = mirror.state.get("hot_count", 0) > 40
            before = mirror.state["watermark"]
            mirror.pull(reader, overlap_s=1.0)
            if is_wanted:
                moves.append(mirror.state["watermark"] > before)
            time.sleep(0.3)
        seconds = time.monotonic() - begun
    assert moves == [True] * 6
    assert comparisons == []
    mirror.pull_until_quiet(reader)
    mirror.require_equal(reader)
    assert sent_a_second(mirror, seconds) > A_SECOND - 1


def test_a_steady_stream_does_not_keep_a_comparison_from_settling(central, ward, reader):
    """At 20 a second: whenever an old row has changed, Central's list proves the others."""
    mirror, stop, at = filled(ward, reader), threading.Event(), {"overlap_s": 2.0}
    settled, comparisons, begun = [], [], time.monotonic()
    listed = mirror.compare_before
    mirror.compare_before = lambda *args: comparisons.append(1) or listed(*args)
    with meanwhile(lambda: send_steadily(central, ward, stop)), stopping(stop):
        # The overlap, and the second that the server's clock is told in.
        time.sleep(3.5)
        # Reading everything puts the watermark behind the rows of before: they are old now.
        mirror.state = {}
        mirror.pull(reader, **at)
        settled.append(mirror.state["cold_etag"] is not None)
        for change in (ward.delete, ward.restore) * 3:
            change("uuid:a")
            mirror.pull(reader, **at)
            settled.append(mirror.state["cold_etag"] is not None)
            time.sleep(0.3)
        seconds = time.monotonic() - begun
    assert settled == [True] * 7
    assert len(comparisons) >= 6
    mirror.pull_until_quiet(reader)
    mirror.require_equal(reader)
    assert sent_a_second(mirror, seconds) > A_SECOND - 1


# -- odd ids ---------------------------------------------------------------------------------------


@AGES
def test_ids_that_no_filter_can_name_are_found_by_their_date(hands, ward, reader, age):
    names = ["it's", "a/b", "x" * 64, 'say "so"', "معرف", "a b+c", "100%"]
    mirror = filled(ward, reader, [], **age)
    for name in names:
        send_odd(ward, name)
    mirror.pull_until_quiet(reader, **age)
    assert set(mirror.rows) == set(names)
    for name in names[::2]:
        ward.delete(name)
        purge(hands, ward, name)
    mirror.pull_until_quiet(reader, **age)
    mirror.require_equal(reader)
    assert set(mirror.rows) == set(names[1::2])


def send_odd(ward, instance_id: str) -> None:
    xml = ward.xml(escape(instance_id))
    headers = {"Content-Type": "application/xml"}
    ward.manager.request("POST", ward.path(), data=xml, headers=headers)


def sent_a_second(mirror, seconds: float) -> float:
    """How many submissions of the steady stream came in each of these seconds."""
    return sum(name.startswith("uuid:steady") for name in mirror.rows) / seconds


def send_steadily(central, ward, stop: threading.Event) -> None:
    """Sends A_SECOND at an even pace; each of the senders has a session of its own."""
    begun = time.monotonic()

    def send_every(first: int) -> None:
        with central.manager() as manager:
            sender = replace(ward, manager=manager)
            for number in count(first, SENDERS):
                if stop.wait(max(0.0, begun + number / A_SECOND - time.monotonic())):
                    return
                sender.send(f"uuid:steady-{number}")

    with ThreadPoolExecutor(SENDERS) as senders:
        for done in [senders.submit(send_every, first) for first in range(SENDERS)]:
            done.result()


def purge(hands, ward, instance_id: str) -> None:
    assert hands.purge(ward.key.project, ward.id, [instance_id]) == 1


@contextmanager
def one_not_yet_visible(central, hands, ward, seconds: float):
    """A block in which `uuid:quick` is there, and `uuid:slow`, sent so long before, not yet."""

    def send(manager):
        replace(ward, manager=manager).send("uuid:slow")

    with in_its_own_time(central.manager, send) as may_send, central.administrator() as other:
        with hands.held(ward.manager.get_json("users/current")["id"]):
            may_send.set()
            time.sleep(seconds)
            replace(ward, manager=other).send("uuid:quick")
            yield


@contextmanager
def in_its_own_time(opened, act):
    """Yields an event; once it is set, `act(client)` is done in a thread that is signed in."""
    signed_in, may_act = threading.Event(), threading.Event()

    def run():
        with opened() as client:
            signed_in.set()
            assert may_act.wait(30)
            act(client)

    with meanwhile(run):
        assert signed_in.wait(30)
        yield may_act


@contextmanager
def stopping(stop: threading.Event):
    """Sets the event at the end, however that comes."""
    try:
        yield
    finally:
        stop.set()
