"""The whole path of a pull: Central to the database, one form a transaction."""

import random
import threading
from dataclasses import replace
from functools import partial

import pytest

from bridge.changes import IncompleteAnswer
from bridge.terms import Terms
from bridge.traffic import counted_traffic
from processing.db.queries.sync import try_stream_place
from processing.jobs import reconciling
from processing.jobs.clients import kept_readers
from processing.jobs.gate import LONG_PLACE, stream_gate
from processing.jobs.pulling import pull_one
from processing.land import mirror as landed_mirror
from processing.land.intake import Intake
from tests.bridge.conftest import publish_ward


def require_equal(mirror) -> None:
    difference = mirror.act(reconciling.reconcile_form, mirror.form.id, mirror.tick(), is_deep=True)
    assert difference.ids == {}
    assert difference.central_count == difference.mirror_count


class Officers:
    """Do to a form whatever can be done to it, at random but the same for a seed."""

    def __init__(self, form, hands, seed: int):
        self.form, self.hands, self.random = form, hands, random.Random(seed)
        self.live: dict[str, str] = {}
        self.deleted: dict[str, str] = {}
        self.count = 0

    def act(self) -> None:
        acts = [self.send, self.send, self.edit, self.review, self.delete, self.restore, self.purge]
        self.random.choice(acts)()

    def send(self) -> None:
        self.count += 1
        name = f"uuid:{self.count}"
        self.form.send(name, name=f"Ada {self.count}", kids="<kids><kid>K</kid></kids>")
        self.live[name] = name

    def edit(self) -> None:
        if name := self._one_of(self.live):
            self.count += 1
            version = f"uuid:{self.count}"
            self.form.edit(name, self.live[name], version, f"Bea {self.count}")
            self.live[name] = version

    def review(self) -> None:
        if name := self._one_of(self.live):
            state = self.random.choice(["approved", "hasIssues", "rejected"])
            self.form.manager.pyodk.submissions.review(name, state, self.form.id)

    def delete(self) -> None:
        if name := self._one_of(self.live):
            self.form.delete(name)
            self.deleted[name] = self.live.pop(name)

    def restore(self) -> None:
        if name := self._one_of(self.deleted):
            self.form.restore(name)
            self.live[name] = self.deleted.pop(name)

    def purge(self) -> None:
        if name := self._one_of(self.deleted):
            assert self.hands.purge(self.form.key.project, self.form.id, [name]) == 1
            self.deleted.pop(name)

    def _one_of(self, names: dict) -> str | None:
        return self.random.choice(sorted(names)) if names else None


@pytest.mark.parametrize("overlap_s", [-5.0, 0.0, 10.0])
def test_after_any_acts_the_mirror_equals_central(hands, ward, mirror_of, monkeypatch, overlap_s):
    """The watermark ahead of every row, among them, and behind them."""
    monkeypatch.setattr("processing.jobs.pulling.Terms", partial(Terms, overlap_s=overlap_s))
    mirror, officers = mirror_of(ward), Officers(ward, hands, seed=int(overlap_s) + 40)
    for _ in range(4):
        for _ in range(8):
            officers.act()
        mirror.settle()
        mirror.verify()
        require_equal(mirror)


def test_a_cycle_without_news_writes_no_row(ward, mirror_of):
    ward.send("uuid:a")
    mirror = mirror_of(ward)
    mirror.settle()
    before = mirror.rows("SELECT xmin::text FROM raw.submission")
    report = mirror.pull()
    assert (report.seen, report.has_changed) == (0, False)
    assert mirror.rows("SELECT xmin::text FROM raw.submission") == before
    [(probed, changed)] = mirror.rows("SELECT probed_at, changed_at FROM ops.sync_state")
    assert probed > changed


def test_the_number_of_rows_follows(ward, hands, mirror_of):
    mirror = mirror_of(ward)
    for name in ("uuid:a", "uuid:b", "uuid:c"):
        ward.send(name)
        mirror.settle()
    ward.delete("uuid:b")
    hands.purge(ward.key.project, ward.id, ["uuid:b"])
    mirror.settle()
    assert mirror.rows("SELECT row_count FROM ops.sync_state") == [(2,)]


def test_a_tombstone_that_is_lifted_leaves_both_its_times(ward, mirror_of):
    mirror = mirror_of(ward)
    ward.send("uuid:a")
    for _ in range(2):
        ward.delete("uuid:a")
        mirror.settle()
        (deleted_at,) = mirror.system("uuid:a", "deleted_at")
        assert deleted_at is not None
        ward.restore("uuid:a")
        mirror.settle()
        assert mirror.system("uuid:a", "deleted_at") == (None,)
        [*_, (kept, purged_at, restored_at)] = mirror.rows(
            "SELECT deleted_at, purged_at, restored_at FROM raw.submission_restore"
            " WHERE instance_id = 'uuid:a' ORDER BY restored_at"
        )
        assert (kept, purged_at) == (deleted_at, None)
        assert restored_at == mirror.system("uuid:a", "landed_at")[0]
    assert len(mirror.rows("SELECT FROM raw.submission_restore")) == 2


def test_a_deletion_leaves_no_restore_and_a_new_one_after_a_restore_that_we_missed_does(
    ward, mirror_of
):
    mirror = mirror_of(ward)
    ward.send("uuid:a")
    mirror.settle()
    ward.delete("uuid:a")
    mirror.settle()
    assert mirror.rows("SELECT FROM raw.submission_restore") == []
    (first,) = mirror.system("uuid:a", "deleted_at")
    ward.restore("uuid:a")
    ward.delete("uuid:a")
    mirror.settle()
    assert mirror.rows("SELECT deleted_at FROM raw.submission_restore") == [(first,)]
    assert mirror.system("uuid:a", "deleted_at")[0] > first


def test_the_page_can_say_how_late_an_old_row_may_be_seen(ward, mirror_of):
    mirror = mirror_of(ward)
    mirror.settle()
    [(every_s, proved_at)] = mirror.rows(
        "SELECT (state->>'cold_every_s')::float8, (state->>'cold_proved_at')::timestamptz"
        " FROM ops.sync_state"
    )
    assert every_s > 0
    assert proved_at is not None


def test_a_form_that_comes_back_is_open_again(ward, manager, mirror_of):
    ward.send("uuid:a")
    mirror = mirror_of(ward)
    mirror.settle()
    manager.request("DELETE", manager.path("forms", ward.id))
    assert mirror.pull().is_gone
    assert mirror.pull().is_gone
    assert mirror.rows("SELECT state FROM raw.form") == [("gone",)]
    trashed = manager.get_json(manager.path("forms"), params={"deleted": "true"})
    [form] = [item for item in trashed if item["xmlFormId"] == ward.id]
    manager.request("POST", manager.path("forms", form["id"], "restore"))
    mirror.settle()
    assert mirror.rows("SELECT state FROM raw.form") == [("open",)]
    require_equal(mirror)


def test_a_form_made_anew_between_two_looks_leaves_the_one_before_in_peace(
    ward, manager, mirror_of
):
    """Else its rows take the answers of another form under the same ids, and wait for ever."""
    ward.send("uuid:a")
    ward.send("uuid:b")
    mirror = mirror_of(ward)
    mirror.pull()
    manager.request("DELETE", manager.path("forms", ward.id))
    again = publish_ward(manager, ward.folder, ward.id)
    again.send("uuid:a", name="Bea")
    mirror.settle()
    assert mirror.verify() == 1
    assert mirror.rows(
        "SELECT f.state, count(*), count(verified_at) FROM raw.submission"
        " JOIN raw.form f USING (form_key) GROUP BY f.form_key ORDER BY form_created_at"
    ) == [("gone", 2, 0), ("open", 1, 1)]
    require_equal(mirror)


def test_a_form_that_is_restored_over_a_newer_one_is_followed_again(ward, manager, mirror_of):
    ward.send("uuid:a")
    mirror = mirror_of(ward)
    mirror.settle()
    manager.request("DELETE", manager.path("forms", ward.id))
    publish_ward(manager, ward.folder, ward.id)
    mirror.settle()
    manager.request("DELETE", manager.path("forms", ward.id))
    trashed = manager.get_json(manager.path("forms"), params={"deleted": "true"})
    own = [form for form in trashed if form["xmlFormId"] == ward.id]
    first = min(own, key=lambda form: form["createdAt"])
    manager.request("POST", manager.path("forms", first["id"], "restore"))
    mirror.settle()
    assert not mirror.pull().is_full, "not read as a new one in each look"
    states = mirror.rows("SELECT state FROM raw.form ORDER BY form_created_at")
    assert states == [("open",), ("gone",)]
    require_equal(mirror)


def test_readers_that_are_kept_sign_in_once(ward, mirror_of):
    mirror = mirror_of(ward)
    mirror.settle()
    with counted_traffic() as traffic, kept_readers():
        mirror.pull()
        before = traffic.request_count
        mirror.pull(is_thorough=False)
        # The form, and its new rows unless that was asked just now.
        assert traffic.request_count - before <= 2


@pytest.mark.parametrize("is_committed", [True, False], ids=["committed", "killed"])
def test_a_second_writer_of_a_form_waits_for_an_orphan_and_goes_on_from_what_it_left(
    ward, mirror_of, is_committed
):
    ward.send("uuid:a")
    mirror, reports = mirror_of(ward), []
    with mirror.engine.connect() as orphan:
        pull_one(orphan, mirror.settings, ward.id, mirror.tick())
        ward.send("uuid:b")
        second = threading.Thread(target=lambda: reports.append(mirror.pull()))
        second.start()
        second.join(2)
        assert reports == [], "the lock ends with the orphan's transaction and no sooner"
        orphan.commit() if is_committed else orphan.rollback()
    second.join(60)
    [report] = reports
    assert (report.is_full, report.added) == ((False, 1) if is_committed else (True, 2))
    require_equal(mirror)


@pytest.mark.parametrize("share", [0.4, 0.999])
def test_an_answer_that_breaks_off_commits_nothing(ward, mirror_of, proxy, share):
    for number in range(6):
        ward.send(f"uuid:{number}", name="x" * 300_000)
    mirror = mirror_of(ward)
    through, usual = replace(mirror.settings, central_url=proxy.url), mirror.settings
    proxy.on_data(lambda answer: answer.cut(int(len(answer.body) * share), "reset"))
    mirror.settings = replace(through, central_name=usual.central_key)
    with pytest.raises(IncompleteAnswer):
        mirror.pull()
    assert mirror.rows("SELECT count(*) FROM raw.submission") == [(0,)]
    assert mirror.rows("SELECT count(*) FROM ops.sync_state") == [(0,)]
    mirror.settings = usual
    mirror.pull()
    require_equal(mirror)


def test_two_streams_of_a_central_at_once_and_one_of_them_long(database):
    settings = replace(database, central_url="http://central.invalid", central_name="gate")
    order, first_long, may_end = [], threading.Event(), threading.Event()

    def read(name: str, is_long: bool) -> None:
        with stream_gate(settings, is_long):
            order.append(name)
            first_long.set()
            assert may_end.wait(30)

    one = threading.Thread(target=read, args=("long", True))
    one.start()
    assert first_long.wait(30)
    two = threading.Thread(target=read, args=("second long", True))
    two.start()
    with stream_gate(settings, is_long=False):
        order.append("short")
        two.join(0.5)
        assert order == ["long", "short"]
    may_end.set()
    one.join(30)
    two.join(30)
    assert order == ["long", "short", "second long"]


def fail(*_arguments):
    raise ZeroDivisionError


def is_long_place_free(mirror) -> bool:
    with mirror.engine.connect() as connection:
        return try_stream_place(connection, mirror.settings.central_key, LONG_PLACE)


@pytest.mark.parametrize(
    ("part", "name"), [(Intake, "take"), (landed_mirror, "_line")], ids=["landing", "comparing"]
)
def test_a_pull_that_fails_leaves_its_place_while_its_error_is_still_held(
    ward, mirror_of, monkeypatch, part, name
):
    """Else the next pull of the same process waits for itself until its memory is swept."""
    mirror = mirror_of(ward)
    ward.send("uuid:1", name="Ada")
    mirror.pull()
    mirror.rows("UPDATE ops.sync_state SET state = state - 'cold_etag'")
    ward.send("uuid:2", name="Bea")
    monkeypatch.setattr(part, name, fail)
    with pytest.raises(ZeroDivisionError) as held:
        mirror.pull()
    assert is_long_place_free(mirror)
    assert held.traceback
    monkeypatch.undo()
    mirror.settle()
    require_equal(mirror)
