"""A conflict of an entity is ended with chosen values, once, and only as it was looked at."""

import functools
import time
from uuid import uuid4

import pytest

from bridge.conflicts import OVERTAKEN, RESOLVED, resolve_conflict
from bridge.entities import ListReport, derived_id, keep_list_equal, plan_list
from bridge.entity_changes import put_rows, set_entity, set_values
from tests.conformance.xforms import write_form

XML = {"Content-Type": "application/xml"}
WAIT_S = 60
CHOSEN = {"size": "4"}


@pytest.fixture
def clashing(manager) -> tuple[str, str]:
    """(list, uuid) of an entity at version 3: size 3, then 4 by us, and 9 from a tablet."""
    name = f"clash_{uuid4().hex[:6]}"
    uuid = derived_id(manager, name, "S1")
    meta = f'<entity dataset="{name}" update="" baseVersion="" id=""/>'
    xml = write_form(f"writes_{name}", "1", [("size", "int:size")], meta=meta)
    forms = manager.path("forms")
    manager.request("POST", f"{forms}?publish=true", data=xml.encode(), headers=XML)
    properties = manager.path("datasets", name, "properties")
    manager.request("POST", properties, json={"name": "school_code"})
    path = manager.path("datasets", name, "entities")
    data = {"school_code": "S1", "size": "3"}
    manager.request("POST", path, json={"uuid": uuid, "label": "E", "data": data})
    manager.request("PATCH", f"{path}/{uuid}?baseVersion=1", json={"data": {"size": "4"}})
    meta = (
        f'<instanceID>uuid:{uuid4()}</instanceID><entity dataset="{name}" update="1"'
        f' baseVersion="1" id="{uuid}"/>'
    )
    sent = (
        '<data xmlns:entities="http://www.opendatakit.org/xforms/entities"'
        f' entities:entities-version="2024.1.0" id="writes_{name}" version="1"><size>9</size>'
        f"<meta>{meta}</meta></data>"
    )
    submissions = manager.path("forms", f"writes_{name}", "submissions")
    manager.request("POST", submissions, data=sent.encode(), headers=XML)
    until = time.monotonic() + WAIT_S
    while not entity(manager, name, uuid)["conflict"]:
        assert time.monotonic() < until
        time.sleep(0.2)
    return name, uuid


def entity(manager, name: str, uuid: str) -> dict:
    return manager.get_json(manager.path("datasets", name, "entities", uuid))


def current(manager, name: str, uuid: str) -> tuple:
    found = entity(manager, name, uuid)
    version = found["currentVersion"]
    return version["version"], version["label"], version["data"]["size"], found["conflict"]


def test_the_chosen_values_are_a_new_version_without_a_conflict(manager, clashing):
    assert current(manager, *clashing) == (3, "E", "9", "hard")
    assert resolve_conflict(manager, *clashing, 3, "Erbil", CHOSEN) == RESOLVED
    assert current(manager, *clashing) == (4, "Erbil", "4", None)


def test_sent_again_it_is_found_there_already(manager, clashing):
    for _ in range(3):
        assert resolve_conflict(manager, *clashing, 3, "E", CHOSEN) == RESOLVED
    assert current(manager, *clashing) == (4, "E", "4", None)


def test_what_stays_as_it_is_still_ends_the_conflict(manager, clashing):
    assert resolve_conflict(manager, *clashing, 3, "E", {}) == RESOLVED
    assert current(manager, *clashing) == (4, "E", "9", None)


def test_an_entity_that_has_changed_meanwhile_is_left_alone(manager, clashing):
    name, uuid = clashing
    path = manager.path("datasets", name, "entities", uuid)
    manager.request("PATCH", f"{path}?baseVersion=3", json={"data": {"size": "7"}})
    assert resolve_conflict(manager, *clashing, 3, "E", CHOSEN) == OVERTAKEN
    assert current(manager, *clashing) == (4, "E", "7", "hard")


def test_a_conflict_that_somebody_else_has_ended_is_left_alone(manager, clashing):
    name, uuid = clashing
    path = manager.path("datasets", name, "entities", uuid)
    manager.request("PATCH", f"{path}?resolve=true&baseVersion=3", json={})
    assert resolve_conflict(manager, *clashing, 3, "E", CHOSEN) == OVERTAKEN
    assert current(manager, *clashing) == (3, "E", "9", None)
    other = {"data": {"size": "8"}}
    manager.request("PATCH", f"{path}?baseVersion=3", json=other)
    assert resolve_conflict(manager, *clashing, 3, "E", CHOSEN) == OVERTAKEN
    assert current(manager, *clashing) == (4, "E", "8", None)


def test_what_is_not_marked_may_be_chosen_about_too(manager, clashing):
    name, uuid = clashing
    assert resolve_conflict(manager, name, uuid, 3, "E", CHOSEN, False) == OVERTAKEN
    path = manager.path("datasets", name, "entities", uuid)
    manager.request("PATCH", f"{path}?resolve=true&baseVersion=3", json={})
    for _ in range(2):
        assert resolve_conflict(manager, name, uuid, 3, "Erbil", CHOSEN, False) == RESOLVED
        assert current(manager, name, uuid) == (4, "Erbil", "4", None)
    manager.request("PATCH", f"{path}?baseVersion=4", json={"data": {"size": "8"}})
    assert resolve_conflict(manager, name, uuid, 4, "E", CHOSEN, False) == OVERTAKEN
    assert current(manager, name, uuid) == (5, "Erbil", "8", None)


def test_what_is_left_to_somebody_is_not_written(manager):
    name = f"list_{uuid4().hex[:8]}"
    rows = [{"school_code": code, "label": code, "size": "1"} for code in "abcd"]
    keep = functools.partial(keep_list_equal, manager, name, ["size"])
    keep(rows)
    keep([row | {"label": row["label"] * 2} for row in rows[:3]] + rows[3:])
    asked = []
    ids = [derived_id(manager, name, code) for code in "abcd"]
    left = {ids[0]: ("label", "size"), ids[1]: ("label",)}

    def find_left(uuid, version, wanted):
        asked.append((uuid, version, wanted["size"]))
        return left.get(uuid, ())

    rows = [row | {"label": "new", "size": "2"} for row in rows]
    plan = plan_list(manager, name, ["size"], rows, find_left=find_left)
    assert plan == keep(rows, find_left=find_left) == ListReport(0, 3, 0, 1)
    once = [(uuid, 2, "2") for uuid in ids[:3]]
    assert asked == once * 2, "what nobody has changed since it was made is not asked about"
    assert [current(manager, name, uuid)[:3] for uuid in ids] == [
        (2, "aa", "1"), (3, "bb", "2"), (3, "new", "2"), (2, "new", "2"),
    ]  # fmt: skip
    put_rows(
        manager, name, ["size"], rows[:2], "school_code", known={"a", "b"}, find_left=find_left
    )
    assert set_values(manager, name, ids[0], {"size": "2"}, find_left=find_left) is False
    assert [current(manager, name, uuid)[0] for uuid in ids[:2]] == [2, 3]


def test_what_changes_while_a_list_is_brought_up_to_date_is_left_for_the_next_time(manager):
    name = f"list_{uuid4().hex[:8]}"
    rows = [{"school_code": code, "label": code} for code in ("a", "b", "c")]
    keep_list_equal(manager, name, [], rows)
    path = manager.path("datasets", name, "entities")

    def edit(done: int, total: int) -> None:
        if done == 1:
            body = {"label": "by hand"}
            uuid = derived_id(manager, name, "b")
            manager.request("PATCH", f"{path}/{uuid}?baseVersion=1", json=body)
            manager.request("DELETE", f"{path}/{derived_id(manager, name, 'c')}")

    rows = [row | {"label": "new"} for row in rows]
    assert keep_list_equal(manager, name, [], rows, progress=edit) == ListReport(0, 1, 0, 2)
    held = manager.get_json(f"{path}/{derived_id(manager, name, 'b')}")["currentVersion"]
    assert (held["version"], held["label"]) == (2, "by hand")


def test_an_entity_that_is_gone_is_overtaken(manager, clashing):
    name, uuid = clashing
    manager.request("DELETE", manager.path("datasets", name, "entities", uuid))
    assert resolve_conflict(manager, name, uuid, 3, "E", CHOSEN) == OVERTAKEN
    assert resolve_conflict(manager, name, str(uuid4()), 1, "E", CHOSEN) == OVERTAKEN


def test_nobody_but_a_person_changes_an_entity_in_conflict(manager, clashing):
    name, uuid = clashing
    row = {"label": "registry", "school_code": "S1", "size": "5"}
    assert keep_list_equal(manager, name, ["size"], [row]) == ListReport(0, 0, 0, 1)
    assert set_values(manager, name, uuid, {"size": "5"}) is False
    assert set_entity(manager, name, uuid, "registry", {"size": "5"}) is False
    put_rows(manager, name, ["size"], [row], "school_code", known={"S1"})
    assert current(manager, *clashing) == (3, "E", "9", "hard")
    resolve_conflict(manager, *clashing, 3, "E", CHOSEN)
    assert keep_list_equal(manager, name, ["size"], [row]) == ListReport(0, 1, 0, 0)
    assert current(manager, *clashing) == (5, "registry", "5", None)


def test_spared_codes_are_neither_made_nor_taken_away(manager):
    name = f"list_{uuid4().hex[:8]}"
    rows = [{"school_code": code, "label": code} for code in ("a", "b", "c")]
    keep_list_equal(manager, name, [], rows[:2])
    report = keep_list_equal(manager, name, [], rows[1:], spare={"a", "c"})
    assert report == ListReport(0, 0, 0, 1)
    assert keep_list_equal(manager, name, [], rows[1:]) == ListReport(1, 0, 1, 1)
