"""The incremental pull at a Central that is older or newer, and after faults in its middle."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from bridge.changes import IncompleteAnswer
from tests.bridge.test_incremental import AGES, ALL_NEW, ALL_OLD, filled, purge
from tests.bridge.test_pull import kinds, page_by_two, rows_of
from tests.bridge.test_questions import asked


def without_tags(path, answer):
    headers = {k: v for k, v in answer.headers.items() if k.lower() != "etag"}
    return replace(answer, headers=headers)


@AGES
def test_an_older_central_without_event_tags_is_exact_too(
    central, hands, ward, proxy, proxied, age
):
    proxy.fault = without_tags
    for name in ("uuid:a", "uuid:b", "uuid:c", "uuid:d"):
        ward.send(name)
    ward.delete("uuid:d")
    mirror = ward.mirror()
    mirror.pull(proxied, **age)
    for act in (
        lambda: ward.restore("uuid:d"),
        lambda: (ward.delete("uuid:b"), purge(hands, ward, "uuid:b")),
        lambda: ward.edit("uuid:a", "uuid:a", "uuid:a2", "Bea"),
        lambda: ward.delete("uuid:c"),
        lambda: ward.send("uuid:e"),
        lambda: central.clocks.set_time(ward.id, "uuid:e", "submission", 1_700_000_000_000),
    ):
        act()
        changes = mirror.pull(proxied, **age)
        mirror.require_equal(proxied)
        assert not any(getattr(change, "is_full", False) for change in changes)
    assert mirror.state["cold_etag"] is None


def test_a_page_limit_of_a_future_central_is_noticed_and_its_tags_are_not_believed(
    ward, proxy, proxied
):
    mirror = ward.mirror()
    for number in range(7):
        ward.send(f"uuid:{number}")
    page_by_two(proxy)
    changes = mirror.pull(proxied, **ALL_NEW)
    assert len(rows_of(changes)) == 7
    assert mirror.state["is_paged"]
    assert mirror.state["cold_etag"] is None
    proxy.fault, proxy.rewrite = (lambda path, answer: answer), (lambda path: path)
    asked(proxy)
    ward.delete("uuid:3")
    mirror.pull(proxied, **ALL_OLD)
    mirror.require_equal(proxied)
    sent = [headers for headers in proxy.headers if "eventhash" in headers.get("If-None-Match", "")]
    assert sent == []


def test_a_tag_of_no_rows_over_rows_is_not_believed(ward, proxy, proxied):
    ward.send("uuid:a")
    none = 'W/"eventhash:' + "0" * 32 + '"'

    def blind(path, answer):
        return replace(answer, headers={**answer.headers, "ETag": none})

    proxy.fault = lambda path, answer: blind(path, answer) if ".svc" in path else answer
    mirror = ward.mirror()
    mirror.pull(proxied, **ALL_OLD)
    mirror.pull(proxied, **ALL_OLD)
    assert mirror.state["cold_etag"] is None
    ward.send("uuid:b")
    mirror.pull(proxied, **ALL_OLD)
    mirror.require_equal(proxied)


# -- faults in the middle --------------------------------------------------------------------------


@AGES
@pytest.mark.parametrize("part", [".svc/", "/submissions"], ids=["rows", "list"])
def test_a_half_answer_leaves_the_state_and_the_next_pull_is_whole(ward, proxy, proxied, age, part):
    mirror = filled(ward, proxied, **age)
    state = dict(mirror.state)
    ward.send("uuid:d")
    ward.delete("uuid:a")
    proxy.fault = lambda path, answer: answer.cut(20) if part in path else answer
    is_needed = part == ".svc/" or age is ALL_OLD
    with pytest.raises(IncompleteAnswer) if is_needed else nullcontext():
        mirror.pull(proxied, **age)
    assert not is_needed or mirror.state == state
    proxy.fault = lambda path, answer: answer
    mirror.pull_until_quiet(proxied, **age)
    mirror.require_equal(proxied)


def test_a_form_that_comes_back_is_read_from_the_beginning(ward, manager, reader):
    mirror = filled(ward, reader)
    form = manager.get_json(manager.path("forms", ward.id))
    manager.request("DELETE", manager.path("forms", ward.id))
    gone = mirror.pull(reader)[-1]
    assert gone.key == ward.key
    mirror.state = {"form_created_at": gone.key.form_created_at}
    [trashed] = [
        item
        for item in manager.get_json(manager.path("forms"), params={"deleted": "true"})
        if item["xmlFormId"] == ward.id
    ]
    manager.request("POST", manager.path("forms", trashed["id"], "restore"))
    assert kinds(mirror.pull(reader))[:2] == ["SchemaChanged", "PullStarted"]
    assert form["createdAt"] == ward.key.form_created_at
    mirror.require_equal(reader)


def test_closing_a_form_does_not_send_its_rows_again(ward, manager, reader):
    mirror = filled(ward, reader, **ALL_OLD)
    manager.request("PATCH", manager.path("forms", ward.id), json={"state": "closed"})
    changes = mirror.pull(reader, **ALL_OLD)
    assert kinds(changes) == ["SchemaChanged", "PullStarted", "PullComplete"]
    assert changes[0].schema.state == "closed"
