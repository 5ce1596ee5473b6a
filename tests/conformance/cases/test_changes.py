"""Cases 6 to 8, 13 to 17, 20 and 27: what a change does to times, tags and rows, and when."""

import threading
import time

import pytest

from tests.conformance.cases.table import needs
from tests.conformance.central_api import Api, Form, new_id, refused
from tests.conformance.xforms import SIMPLE, fill, write_form
from tests.fixtures.hands import Hands

DELETED_TOO = "__system/deletedAt eq null or __system/deletedAt ne null"
# A large file on a slow line holds a transaction open for as long, and longer.
LATE_S = 30


@pytest.fixture
def late(manager):
    """(a caller whose changes can be held, its actor's number)."""
    return manager, manager.json("/users/current")["id"]


class Later(threading.Thread):
    """A request of somebody else, under way."""

    def __init__(self, act, hands: Hands):
        super().__init__(daemon=True)
        self._act, self.answer = act, None
        self.start()
        hands.await_waiting()

    def run(self) -> None:
        self.answer = self._act()

    def status(self) -> int:
        self.join(60)
        return self.answer.status_code


def _system(form: Form, instance_id: str) -> dict:
    return form.row(instance_id, filter=DELETED_TOO)["__system"]


def _own(form: Form, api: Api) -> Form:
    """The same form for another thread, which needs connections of its own."""
    return Form(Api(api.url, api.token), form.project_id, form.form_id)


@needs("database")
def test_06_a_row_becomes_visible_after_rows_with_later_times(form, late, hands):
    person, actor_id = late
    held, quick = new_id(), new_id()
    with hands.held(actor_id):
        own = _own(form, person)
        sending = Later(lambda: own.send(fill(form.form_id, "1", held, "")), hands)
        time.sleep(LATE_S)
        form.add(fill(form.form_id, "1", quick, ""))
        assert [row["__id"] for row in form.rows()] == [quick]
        tag = form.tag()
    assert sending.status() == 200
    assert [row["__id"] for row in form.rows()] == [quick, held]
    dates = [row["__system"]["submissionDate"] for row in form.rows()]
    assert dates[0] > dates[1]  # whoever has seen the first asks for what is newer, in vain
    assert form.rows(filter=f"__system/submissionDate gt {dates[0]}") == []
    assert form.tag() != tag


@needs("database")
def test_07_two_rows_of_one_millisecond_become_visible_one_after_the_other(form, late, hands):
    person, actor_id = late
    held, quick = new_id(), new_id()
    with hands.held(actor_id):
        own = _own(form, person)
        sending = Later(lambda: own.send(fill(form.form_id, "1", held, "")), hands)
        form.add(fill(form.form_id, "1", quick, ""))
        seen, tag = _system(form, quick)["submissionDate"], form.tag()
    assert sending.status() == 200
    # Both clocks cannot be made to agree from outside, so the one is given the other's time.
    hands.set_created_at(form.project_id, form.form_id, held, seen)
    assert form.rows(filter=f"__system/submissionDate gt {seen}") == []
    again = form.rows(filter=f"__system/submissionDate ge {seen}")
    assert {row["__id"] for row in again} == {held, quick}
    assert form.tag() != tag


@needs("database")
def test_08_a_review_and_its_audit_become_visible_after_later_ones(form, late, hands, admin):
    person, actor_id = late
    held, other = (form.add(fill(form.form_id, "1", new_id(), "")) for _ in range(2))
    own = _own(form, person)
    with hands.held(actor_id):
        body = {"reviewState": "approved"}
        changing = Later(lambda: own.api.patch(form.at(held), json=body), hands)
        admin.patch(form.at(other), json={"reviewState": "rejected"})
        assert _system(form, held)["updatedAt"] is None
        seen = _system(form, other)["updatedAt"]
        newest = admin.json("/audits?limit=1")[0]["loggedAt"]
    assert changing.status() == 200
    assert _system(form, held)["updatedAt"] < seen
    logged = admin.json("/audits?limit=20&action=submission.update")
    entry = next(entry for entry in logged if entry["actorId"] == actor_id)
    assert entry["loggedAt"] < newest


@needs("database")
def test_08_an_edit_is_not_visible_before_its_commit_whatever_its_time(form, late, hands):
    person, actor_id = late
    root = form.add(fill(form.form_id, "1", new_id(), "<age>1</age>"))
    edit, tag = fill(form.form_id, "1", new_id(), "<age>9</age>", deprecated=root), form.tag()
    own = _own(form, person)
    with hands.held(actor_id):
        changing = Later(lambda: own.send_openrosa(edit), hands)
        assert (form.row(root)["age"], form.tag()) == (1, tag)
    assert changing.status() == 201
    assert form.row(root)["age"] == 9
    assert form.tag() != tag


@needs("api")
def test_13_a_review_with_the_same_state_is_a_change(form, admin):
    instance_id = form.add(fill(form.form_id, "1", new_id(), ""))
    seen = []
    for state in ("approved", "approved", None, None):
        admin.patch(form.at(instance_id), json={"reviewState": state})
        seen.append((_system(form, instance_id)["updatedAt"], form.tag()))
    assert len({updated for updated, _ in seen}) == len({tag for _, tag in seen}) == 4


@needs("api")
def test_14_an_edit_keeps_the_rows_id_and_the_first_versions_form_version(form):
    root, second = form.add(fill(form.form_id, "1", new_id(), "<age>1</age>")), new_id()
    form.publish(write_form(form.form_id, "2", SIMPLE))
    form.send_openrosa(fill(form.form_id, "2", second, "<age>2</age>", deprecated=root))
    row = form.row(root)
    assert (row["meta"]["instanceID"], row["age"]) == (second, 2)
    system = row["__system"]
    assert (system["edits"], system["reviewState"]) == (1, "edited")
    assert system["formVersion"] == "1"


@needs("api")
def test_15_files_come_and_go_without_a_new_tag_or_time(make_form, admin):
    form = make_form([("photo", "binary")])
    instance_id = form.add(fill(form.form_id, "1", new_id(), "<photo>a.jpg</photo>"))
    tag, path = form.tag(), f"{form.at(instance_id)}/attachments/a.jpg"
    for act, present in (
        (lambda: admin.post(path, data=b"one"), 1),
        (lambda: admin.post(path, data=b"two"), 1),
        (lambda: admin.delete(path), 0),
    ):
        assert act().status_code == 200
        system = _system(form, instance_id)
        assert (system["attachmentsPresent"], system["updatedAt"]) == (present, None)
        assert form.api.get(form.feed, headers={"If-None-Match": tag}).status_code == 304


@needs("api")
def test_16_a_comment_changes_nothing(form, admin):
    instance_id = form.add(fill(form.form_id, "1", new_id(), ""))
    before, tag = form.row(instance_id), form.tag()
    assert admin.post(f"{form.at(instance_id)}/comments", json={"body": "x"}).status_code == 200
    assert (form.row(instance_id), form.tag()) == (before, tag)


@needs("api")
def test_17_a_new_version_changes_every_row_and_no_tag(form):
    instance_id = form.add(fill(form.form_id, "1", new_id(), "<name>Ada</name><age>11</age>"))
    tag = form.tag()
    form.publish(write_form(form.form_id, "2", [("age", "string")]))
    assert form.api.get(form.feed, headers={"If-None-Match": tag}).status_code == 304
    row = form.row(instance_id)
    assert row["age"] == "11"
    assert "name" not in row
    other = write_form(form.form_id, "3", [("age", "decimal")])
    assert refused(form.draft(other, ignore_warnings=True), 400.17)


@pytest.mark.whole_server  # a stranger who waits would be taken for the reader
@needs("database")
def test_20_a_tag_is_older_than_the_rows_that_come_with_it(form, admin, hands):
    instance_id = form.add(fill(form.form_id, "1", new_id(), ""))
    before, own = form.tag(), _own(form, admin)
    with hands.between_tag_and_rows():
        reading = Later(lambda: own.api.get(own.feed), hands)
        admin.patch(form.at(instance_id), json={"reviewState": "approved"})
    assert reading.status() == 200
    (row,) = reading.answer.json()["value"]
    assert (reading.answer.headers["ETag"], row["__system"]["reviewState"]) == (before, "approved")
    assert form.tag() != before


@needs("database")
def test_27_a_purged_row_leaves_no_trace_and_its_id_can_be_used_again(form, admin, hands):
    kept, gone = (form.add(fill(form.form_id, "1", new_id(), "<age>1</age>")) for _ in range(2))
    assert hands.purge(form.project_id, form.form_id, [gone]) == 0  # only what is deleted
    admin.delete(form.at(gone))
    assert hands.purge(form.project_id, form.form_id, [gone]) == 1
    assert [row["__id"] for row in form.rows(filter=DELETED_TOO)] == [kept]
    assert admin.json(f"{form.path}/submissions?deleted=true") == []
    assert form.add(fill(form.form_id, "1", gone, "<age>2</age>")) == gone
    assert form.row(gone)["age"] == 2
