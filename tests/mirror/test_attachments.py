"""Files into the store: late ones, shared names, replaced, cleared, broken, of older versions."""

import datetime as dt
from dataclasses import replace

import pytest

from processing.attachments import open_store
from processing.attachments.places import place_of
from processing.db.queries import attachments
from processing.jobs.attaching import check_store
from tests.mirror.conftest import clear, sha256, upload

PHOTO = "<photo>p.jpg</photo>"
BOTH = "<photo>p.jpg</photo><plan>plan.jpg</plan>"


def files(mirror) -> list[tuple]:
    return mirror.rows(
        "SELECT instance_id, version_id, name, is_present, sha256, is_refused FROM raw.attachment"
        " WHERE is_listed ORDER BY 1, 2, 3"
    )


def content_of(mirror, digest: str) -> bytes:
    with open_store(mirror.settings).open(digest) as file:
        return file.read()


def order_check(mirror) -> None:
    mirror.act(
        lambda connection, settings: attachments.order_check(
            connection, settings.central_key, settings.central_project
        )
    )


def mirror_with_both(photos, mirror_of):
    """A photo and a plan of one submission, fetched."""
    photos.send("uuid:a", kids=BOTH)
    upload(photos, "uuid:a", "p.jpg", b"photo of a")
    upload(photos, "uuid:a", "plan.jpg", b"plan of a")
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.fetch_files()
    return mirror


def test_files_come_by_their_content(photos, mirror_of):
    mirror = mirror_with_both(photos, mirror_of)
    assert files(mirror) == [
        ("uuid:a", "uuid:a", "p.jpg", True, sha256(b"photo of a"), False),
        ("uuid:a", "uuid:a", "plan.jpg", True, sha256(b"plan of a"), False),
    ]
    assert content_of(mirror, sha256(b"plan of a")) == b"plan of a"
    assert mirror.fetch_files() == 0, "nothing is asked twice"


def test_what_the_store_has_lost_is_told_and_fetched_again_where_that_is_asked(photos, mirror_of):
    mirror = mirror_with_both(photos, mirror_of)
    digest = sha256(b"plan of a")
    (mirror.settings.emis_data_dir / "attachments" / place_of(digest)).unlink()
    assert mirror.act(check_store, mirror.tick(), is_restored=False) == (2, 1)
    assert mirror.fetch_files() == 0
    assert mirror.act(check_store, mirror.tick(), is_restored=True) == (2, 1)
    mirror.fetch_files()
    assert content_of(mirror, digest) == b"plan of a"
    assert mirror.act(check_store, mirror.tick(), is_restored=False) == (2, 0)


def test_a_name_that_two_submissions_use_is_two_files(photos, mirror_of):
    for name in ("a", "b"):
        photos.send(f"uuid:{name}", kids=PHOTO)
        upload(photos, f"uuid:{name}", "p.jpg", f"photo of {name}".encode())
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.fetch_files()
    assert [row[4] for row in files(mirror)] == [sha256(b"photo of a"), sha256(b"photo of b")]


def test_a_file_that_arrives_later_is_found_by_looking_again(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    mirror = mirror_of(photos)
    mirror.settle()
    mirror.reread_late()
    mirror.fetch_files()
    assert [row[3:5] for row in files(mirror)] == [(False, None)]
    upload(photos, "uuid:a", "p.jpg", b"late")
    assert mirror.pull().changed == 0, "no signal of it"
    mirror.wait(seconds=61)
    assert mirror.reread_late() == 1
    assert mirror.system("uuid:a", "attachments_present") == (1,)
    mirror.fetch_files()
    assert [row[3:5] for row in files(mirror)] == [(True, sha256(b"late"))]
    assert mirror.rows("SELECT * FROM ops.late_row") == []


def test_one_that_never_arrives_is_asked_for_less_and_less_often(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.reread_late()
    waits = []
    for _ in range(14):
        [(next_at,)] = mirror.rows("SELECT next_at FROM ops.late_row")
        waits.append(round((next_at - mirror.now).total_seconds()))
        mirror.now = next_at + dt.timedelta(seconds=1)
        assert mirror.reread_late() == 1
    assert waits[:4] == [60, 120, 240, 480]
    assert waits[-1] == 86400


def test_a_replaced_file_is_found_by_the_nightly_look_and_the_old_one_kept(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", b"first")
    mirror = mirror_of(photos)
    mirror.settle()
    mirror.fetch_files()
    upload(photos, "uuid:a", "p.jpg", b"second")
    assert mirror.pull().changed == 0
    assert mirror.fetch_files() == 0, "nothing tells of it"
    order_check(mirror)
    mirror.fetch_files()
    assert [row[4] for row in files(mirror)] == [sha256(b"second")]
    assert mirror.rows("SELECT sha256 FROM raw.attachment_past") == [(sha256(b"first"),)]
    assert content_of(mirror, sha256(b"first")) == b"first"


def test_an_unchanged_file_costs_no_bytes(photos, mirror_of, proxy):
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", b"first")
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.fetch_files()
    order_check(mirror)
    answers = []
    proxy.fault = lambda path, answer: answers.append((path, answer.status)) or answer
    mirror.settings = through(mirror.settings, proxy)
    mirror.fetch_files()
    assert [status for path, status in answers if path.endswith(".jpg")] == [304]


def test_a_cleared_file_stays_in_the_store(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", b"first")
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.fetch_files()
    clear(photos, "uuid:a", "p.jpg")
    order_check(mirror)
    mirror.fetch_files()
    assert [row[3:5] for row in files(mirror)] == [(False, sha256(b"first"))]


def test_an_older_version_keeps_its_files(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", b"first")
    meta = "<deprecatedID>uuid:a</deprecatedID>"
    xml = photos.xml("uuid:a2", kids="<photo>q.jpg</photo>", meta=meta)
    photos._post("PUT", ("uuid:a",), xml)
    upload(photos, "uuid:a", "q.jpg", b"second")
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.fetch_files()
    assert [row[:5] for row in files(mirror)] == [
        ("uuid:a", "uuid:a", "p.jpg", True, sha256(b"first")),
        ("uuid:a", "uuid:a2", "q.jpg", True, sha256(b"second")),
    ]


def test_files_of_deleted_submissions_are_left_alone(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", b"first")
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.fetch_files()
    photos.delete("uuid:a")
    mirror.pull()
    order_check(mirror)
    assert mirror.fetch_files() == 0
    assert [row[3:5] for row in files(mirror)] == [(True, sha256(b"first"))]


def test_a_file_that_breaks_off_waits_and_does_not_keep_the_others_back(photos, mirror_of, proxy):
    for name in ("a", "b", "c"):
        photos.send(f"uuid:{name}", kids=PHOTO)
        upload(photos, f"uuid:{name}", "p.jpg", f"photo of {name}".encode())
    mirror = mirror_of(photos)
    mirror.pull()
    is_bad = lambda path: "uuid%3Aa/" in path.replace(":", "%3A") and path.endswith(".jpg")  # noqa: E731
    proxy.fault = lambda path, answer: answer.cut(3, "reset") if is_bad(path) else answer
    usual, mirror.settings = mirror.settings, through(mirror.settings, proxy)
    mirror.fetch_files()
    assert [row[4] for row in files(mirror)] == [None, sha256(b"photo of b"), sha256(b"photo of c")]
    [(attempts, is_refused, reason)] = troubles(mirror)
    assert (attempts, is_refused) == (1, False)
    assert "answer-incomplete" in reason
    assert mirror.fetch_files() == 0, "not before its time"
    mirror.wait(seconds=61)
    mirror.settings = usual
    mirror.fetch_files()
    assert [row[4] for row in files(mirror)][0] == sha256(b"photo of a")
    assert troubles(mirror) == []


def test_a_file_that_central_breaks_down_over_is_refused_after_the_third_time(
    photos, mirror_of, proxy
):
    photos.send("uuid:a", kids=BOTH)
    upload(photos, "uuid:a", "p.jpg", b"as if it were huge")
    upload(photos, "uuid:a", "plan.jpg", b"small")
    mirror = mirror_of(photos)
    mirror.pull()
    asked = []

    def break_down(path, answer):
        if not path.endswith("p.jpg"):
            return answer
        asked.append(path)
        return answer.cut(0, "dropped")

    proxy.fault = break_down
    mirror.settings = through(mirror.settings, proxy)
    first_try = 0
    for _ in range(6):
        mirror.fetch_files()
        first_try = first_try or len(asked)
        mirror.wait(hours=1)
    assert len(asked) == first_try + 2, "once each, after the first, and no fourth time"
    [(attempts, is_refused, reason)] = troubles(mirror)
    assert (attempts, is_refused) == (3, True)
    assert "256 MiB" in reason
    assert [row[4] for row in files(mirror)] == [None, sha256(b"small")]
    order_check(mirror)
    proxy.fault = lambda path, answer: answer
    again(mirror)
    mirror.fetch_files()
    assert [row[4] for row in files(mirror)][0] == sha256(b"as if it were huge")


def test_a_central_that_is_down_blames_no_file(photos, mirror_of, proxy):
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", b"x")
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.settings = replace(mirror.settings, central_url="http://127.0.0.1:9")
    with pytest.raises(Exception, match="central-unreachable"):
        mirror.fetch_files()
    assert troubles(mirror) == []


def test_a_turn_that_was_killed_is_simply_done_again(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", b"first")
    mirror = mirror_of(photos)
    mirror.pull()

    class Killed(BaseException):
        pass

    def killed(connection, settings):
        from processing.jobs import attaching

        attaching.fetch_some(connection, settings, mirror.tick())
        raise Killed

    with pytest.raises(Killed):
        mirror.act(killed)
    assert files(mirror) == []
    mirror.fetch_files()
    assert [row[4] for row in files(mirror)] == [sha256(b"first")]


def test_a_hundred_megabytes_go_through_without_being_held(photos, mirror_of):
    import resource

    content = b"0123456789abcdef" * (100 << 16)
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", content)
    mirror = mirror_of(photos)
    mirror.pull()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    mirror.fetch_files()
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert [row[4] for row in files(mirror)] == [sha256(content)]
    assert grown_mb < 20


def through(settings, proxy):
    return replace(settings, central_url=proxy.url, central_name=settings.central_key)


def troubles(mirror) -> list[tuple]:
    return mirror.rows("SELECT attempts, is_refused, reason FROM raw.attachment WHERE attempts > 0")


def again(mirror) -> None:
    mirror.act(
        lambda connection, settings: attachments.order_again(
            connection, settings.central_key, settings.central_project, mirror.tick()
        )
    )
