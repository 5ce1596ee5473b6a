"""While news keeps coming, the newest rows are read alone: sooner, and nothing is lost by it."""

import datetime as dt
import threading
import time
from urllib.parse import unquote_plus

import pytest

from bridge.pull import NEWEST_FOR_S
from tests.bridge.clocks import meanwhile
from tests.bridge.test_incremental import (
    A_SECOND,
    ALL_NEW,
    filled,
    one_not_yet_visible,
    purge,
    send_steadily,
    sent_a_second,
    stopping,
)
from tests.bridge.test_pull import rows_of
from tests.bridge.test_questions import asked

NEWEST_FROM = 5
MANY = [f"uuid:{number}" for number in range(NEWEST_FROM + 2)]
FOLLOWING = {"is_thorough": False, **ALL_NEW}


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch):
    monkeypatch.setattr("bridge.pull.NEWEST_FROM", NEWEST_FROM)


@pytest.fixture
def stream(ward, reader):
    """A mirror of many hot rows in whose last pull one of them was new."""
    mirror = filled(ward, reader, MANY, **ALL_NEW)
    # What came last is further behind than the overlap.
    time.sleep(3)
    ward.send("uuid:first")
    assert len(rows_of(follow(mirror, reader))) > NEWEST_FROM
    return mirror


def follow(mirror, client, **terms) -> list:
    """A pull of a watch, whose hot rows are due."""
    mirror.state.pop("hot_next_at", None)
    return mirror.pull(client, **FOLLOWING | terms)


def later() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=NEWEST_FOR_S + 1)


def test_of_many_rows_the_newest_alone_are_read(ward, stream, reader):
    ward.send("uuid:second")
    ward.manager.pyodk.submissions.review(MANY[0], "approved", ward.id)
    assert set(rows_of(follow(stream, reader))) == {MANY[0], "uuid:first", "uuid:second"}
    stream.require_equal(reader)


def test_of_few_rows_all_are_read(ward, proxy, proxied):
    mirror = filled(ward, proxied, **ALL_NEW)
    for name in ("uuid:d", "uuid:e"):
        ward.send(name)
        asked(proxy)
        assert {"uuid:a", "uuid:b", "uuid:c", name} <= set(rows_of(follow(mirror, proxied)))
        assert hot_moments(asked(proxy)) == [mirror.state["watermark"]]


def test_without_news_all_are_asked_for_and_then_one_question_is_enough(
    ward, stream, proxy, proxied
):
    ward.send("uuid:second")
    follow(stream, proxied)
    # Nothing newer has come: all hot rows are read, and their ETag is known from then on.
    assert len(rows_of(follow(stream, proxied))) > NEWEST_FROM
    follow(stream, proxied)
    asked(proxy)
    follow(stream, proxied)
    assert hot_moments(asked(proxy)) == [stream.state["watermark"]]
    assert stream.state["is_hot_counted"]
    stream.require_equal(proxied)


def test_a_purge_is_seen_once_all_are_read_again(hands, ward, stream, reader):
    ward.delete(MANY[0])
    purge(hands, ward, MANY[0])
    ward.send("uuid:second")
    follow(stream, reader)
    assert MANY[0] in stream.rows
    ward.send("uuid:third")
    follow(stream, reader, now=later())
    assert MANY[0] not in stream.rows
    stream.require_equal(reader)


def test_a_row_read_among_the_newest_and_purged_before_all_are_read(hands, ward, stream, reader):
    """The ETag of all hot rows is what it was before it came."""
    follow(stream, reader)
    follow(stream, reader)
    assert stream.state["is_hot_counted"]
    quiet = stream.state["hot_etag"]
    stream.state["newest"] = max(each.system["submissionDate"] for each in stream.rows.values())
    ward.send("uuid:ghost")
    follow(stream, reader)
    assert "uuid:ghost" in stream.rows
    assert stream.state["hot_etag"] == quiet
    ward.delete("uuid:ghost")
    purge(hands, ward, "uuid:ghost")
    stream.pull_until_quiet(reader, **FOLLOWING)
    assert "uuid:ghost" not in stream.rows
    stream.require_equal(reader)


def test_a_row_that_becomes_visible_after_newer_ones(central, hands, ward, stream, reader):
    """Its time lies further behind than the overlap when it can be seen."""
    with one_not_yet_visible(central, hands, ward, seconds=3.0):
        follow(stream, reader)
    assert "uuid:quick" in stream.rows
    assert "uuid:slow" not in stream.rows
    stream.pull_until_quiet(reader, **FOLLOWING)
    assert (
        stream.rows["uuid:slow"].system["submissionDate"]
        < (stream.rows["uuid:quick"].system["submissionDate"])
    )
    stream.require_equal(reader)


def test_cold_rows_are_never_among_the_newest(stream, proxy, proxied):
    """The cold ones of the mirror have been counted: one more would not be noticed."""
    ahead = stream.state["watermark"] = "2999-01-01T00:00:00.000Z"
    asked(proxy)
    follow(stream, proxied)
    assert hot_moments(asked(proxy))[0] == ahead


def test_the_watermark_moves_only_after_all_hot_rows_were_read(
    central, ward, stream, reader, monkeypatch
):
    """A change with an older time, which is not among the newest, and is cold afterwards."""
    monkeypatch.setattr("bridge.pull.HOT_ROWS", 0)
    watermark = stream.state["watermark"]
    ward.manager.pyodk.submissions.review(MANY[0], "approved", ward.id)
    central.clocks.set_time(ward.id, MANY[0], "update", int((time.time() - 60) * 1000))
    ward.send("uuid:second")
    stream.state.pop("cold_next_at")
    follow(stream, reader, overlap_s=0.0)
    assert stream.state["watermark"] > watermark
    assert stream.rows[MANY[0]].system["reviewState"] == "approved"
    stream.require_equal(reader)


@pytest.mark.parametrize("hours", [-24, 24], ids=["back", "ahead"])
def test_a_clock_that_jumps_delays_nothing(central, ward, stream, reader, hours):
    at_ms = int((time.time() + hours * 3600) * 1000)
    for number in range(3):
        ward.send(f"uuid:jumped-{number}")
        central.clocks.set_time(ward.id, f"uuid:jumped-{number}", "submission", at_ms)
        ward.send(f"uuid:after-{number}")
        follow(stream, reader)
        assert f"uuid:after-{number}" in stream.rows
    stream.pull_until_quiet(reader, **ALL_NEW)
    stream.require_equal(reader)


def test_a_steady_stream_is_followed_by_its_newest_rows(
    central, ward, proxy, proxied, reader, monkeypatch
):
    """At 20 a second most pulls read the newest rows alone; the watermark moves all the same."""
    monkeypatch.setattr("bridge.pull.HOT_ROWS", 100)
    mirror, stop = filled(ward, reader, MANY), threading.Event()
    watermarks, alone, all_hot, begun = set(), 0, 0, time.monotonic()
    with meanwhile(lambda: send_steadily(central, ward, stop)), stopping(stop):
        while len(watermarks) < 5 and time.monotonic() < begun + 200:
            watermark = mirror.state["watermark"]
            asked(proxy)
            mirror.pull(proxied, overlap_s=3.0, is_thorough=False)
            moments = hot_moments(asked(proxy))
            all_hot += watermark in moments
            alone += bool(moments) and watermark not in moments
            watermarks.add(mirror.state["watermark"])
            time.sleep(0.3)
        seconds = time.monotonic() - begun
    assert len(watermarks) == 5
    assert alone > all_hot
    mirror.pull_until_quiet(reader)
    mirror.require_equal(reader)
    assert sent_a_second(mirror, seconds) > A_SECOND - 1


def hot_moments(paths: list[str]) -> list[str]:
    """Since when rows were asked for, or counted, in each question about some moment and later."""
    found = (unquote_plus(path).split("submissionDate ge ") for path in paths)
    return [parts[1].split(" ")[0] for parts in found if len(parts) > 1]
