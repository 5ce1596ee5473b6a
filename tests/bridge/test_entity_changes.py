"""Single rows of a list: brought, changed, taken away, and back again."""

import itertools
from uuid import uuid4

import pytest

from bridge.entities import OTHER_VERSION, derived_id, ensure_list, keep_list_equal, leave_none
from bridge.entity_changes import (
    LOOKS_MAX,
    drop_rows,
    find_properties,
    put_rows,
    set_entity,
    set_values,
)
from bridge.errors import CentralRefused

PROPERTIES = ["school_code", "work"]


@pytest.fixture
def name(manager):
    name = f"list_{uuid4().hex[:8]}"
    ensure_list(manager, name, ["code", *PROPERTIES])
    return name


def row(code: str, work: str = "head", label: str = "هدى") -> dict:
    return {"label": label, "code": code, "school_code": "S1", "work": work}


def put(manager, name: str, *rows: dict, known=()) -> None:
    put_rows(manager, name, PROPERTIES, rows, "code", known)


def held(manager, name: str) -> dict[str, tuple]:
    """Code -> (label, work, version)."""
    found = manager.get_json(manager.path("datasets", f"{name}.svc", "Entities"))["value"]
    return {row["code"]: (row["label"], row["work"], row["__system"]["version"]) for row in found}


def test_new_rows_are_made_and_known_ones_change_where_they_differ(manager, name):
    put(manager, name, row("a"), row("b"))
    put(manager, name, row("a", "clerk"), row("b"), row("c"), known={"a", "b"})
    assert held(manager, name) == {
        "a": ("هدى", "clerk", 2), "b": ("هدى", "head", 1), "c": ("هدى", "head", 1),
    }  # fmt: skip
    put(manager, name, row("a", "clerk", label="سارة"), known={"a"})
    assert held(manager, name)["a"] == ("سارة", "clerk", 3)


def test_what_a_broken_off_turn_has_made_is_found_there(manager, name):
    put(manager, name, row("a"), row("b"))
    put(manager, name, row("a"), row("b", "clerk"), row("c"))
    assert held(manager, name) == {
        "a": ("هدى", "head", 1), "b": ("هدى", "clerk", 2), "c": ("هدى", "head", 1),
    }  # fmt: skip


def test_what_was_taken_away_comes_back_and_can_be_changed_and_taken_again(manager, name):
    for turn in range(3):
        put(manager, name, row("a"), row("b"), known={"b"} if turn else ())
        put(manager, name, row("a", f"turn {turn}"), known={"a", "b"})
        assert held(manager, name)["a"] == ("هدى", f"turn {turn}", 2)
        drop_rows(manager, name, ["a", "a", "never there"])
        assert set(held(manager, name)) == {"b"}
    assert held(manager, name)["b"][2] == 1


def test_rows_that_publishing_has_made_are_the_same_rows(manager, name):
    keep_list_equal(manager, name, PROPERTIES, [row("a"), row("b")], "code")
    keep_list_equal(manager, name, PROPERTIES, [row("b")], "code")
    keep_list_equal(manager, name, PROPERTIES, [row("a"), row("b")], "code")
    put(manager, name, row("a", "clerk"), row("b"), known={"a", "b"})
    assert {code: work for code, (_, work, _) in held(manager, name).items()} == {
        "a": "clerk", "b": "head",
    }  # fmt: skip
    assert keep_list_equal(
        manager, name, PROPERTIES, [row("a", "clerk"), row("b")], "code"
    ).unchanged == 2  # fmt: skip


def test_only_what_differs_is_written(manager, name, monkeypatch):
    uuid = derived_id(manager, name, "a")
    put(manager, name, row("a"))
    sent, request = [], manager.request

    def overhear(method, path, **named):
        sent.extend([named["json"]] if method == "PATCH" else [])
        return request(method, path, **named)

    monkeypatch.setattr(manager, "request", overhear)
    put(manager, name, row("a", "clerk"), known={"a"})
    assert set_values(manager, name, uuid, {"work": "guard", "school_code": "S1"})
    assert set_entity(manager, name, uuid, "سارة", {"work": "guard", "school_code": "S2"})
    assert set_entity(manager, name, uuid, "سارة", {"work": "guard", "school_code": "S2"}) is False
    assert sent == [
        {"data": {"work": "clerk"}},
        {"data": {"work": "guard"}},
        {"data": {"school_code": "S2"}, "label": "سارة"},
    ]


def test_a_list_tells_its_properties(manager, name):
    assert find_properties(manager, name) == {"code", *PROPERTIES}
    assert find_properties(manager, f"{name}_not") == set()


# -- between our look and our writing --------------------------------------------------------------


@pytest.fixture
def between(manager, monkeypatch):
    """between(act, times): act happens at Central just before each of our next writings."""
    send = manager.request

    def between(act, times: int = 1) -> None:
        left = [act] * times

        def request(method, path, **kwargs):
            if method == "PATCH" and left:
                left.pop()()
            return send(method, path, **kwargs)

        monkeypatch.setattr(manager, "request", request)

    between.send = send
    return between


@pytest.fixture
def edit(manager, name, between):
    """edit(**values): somebody changes the entity of the code `a`, whatever its version."""
    path = manager.path("datasets", name, "entities", derived_id(manager, name, "a"))

    def edit(**values) -> None:
        between.send("PATCH", f"{path}?force=true", json={"data": values})

    return edit


WRITERS = {
    "set_values": lambda manager, name, find_left: set_values(
        manager, name, derived_id(manager, name, "a"), {"work": "clerk"}, find_left
    ),
    "set_entity": lambda manager, name, find_left: set_entity(
        manager, name, derived_id(manager, name, "a"), "هدى", {"work": "clerk"}, find_left
    ),
    "put_rows": lambda manager, name, find_left: put_rows(
        manager, name, PROPERTIES, [row("a", "clerk")], "code", {"a"}, find_left
    ),
}


@pytest.fixture(params=WRITERS)
def write(request, manager, name):
    """write(find_left): the entity's work shall be `clerk`."""
    put(manager, name, row("a"))
    return lambda find_left=leave_none: WRITERS[request.param](manager, name, find_left)


def test_what_somebody_changes_in_between_is_seen_and_not_written_over(
    manager, name, write, between, edit
):
    between(lambda: edit(work="guard"))
    asked = []

    def find_left(uuid, version, wanted):
        asked.append(version)
        return {"work"}

    assert not write(find_left)
    assert asked == [2], "of the version that came in between"
    assert held(manager, name)["a"] == ("هدى", "guard", 2)


def test_what_somebody_changes_in_between_beside_ours_stays(manager, name, write, between, edit):
    between(lambda: edit(school_code="S2"))
    write(lambda uuid, version, wanted: {"school_code"})
    assert held(manager, name)["a"] == ("هدى", "clerk", 3)
    path = manager.path("datasets", name, "entities", derived_id(manager, name, "a"))
    assert manager.get_json(path)["currentVersion"]["data"]["school_code"] == "S2"


def test_what_is_so_already_when_it_is_looked_at_again_makes_no_version(
    manager, name, write, between, edit
):
    between(lambda: edit(work="clerk"))
    write()
    assert held(manager, name)["a"] == ("هدى", "clerk", 2)


def test_an_entity_that_changes_all_the_time_is_not_waited_for(manager, name, write, between, edit):
    numbers = itertools.count()
    between(lambda: edit(school_code=f"S{next(numbers)}"), times=LOOKS_MAX)
    with pytest.raises(CentralRefused) as raised:
        write()
    assert raised.value.problem == OTHER_VERSION
    assert held(manager, name)["a"] == ("هدى", "head", 1 + LOOKS_MAX)


def test_what_is_deleted_in_between_comes_back_where_rows_are_put_and_nowhere_else(
    manager, name, between
):
    put(manager, name, row("a"))
    path = manager.path("datasets", name, "entities", derived_id(manager, name, "a"))
    between(lambda: between.send("DELETE", path))
    assert set_values(manager, name, derived_id(manager, name, "a"), {"work": "clerk"}) is False
    assert held(manager, name) == {}
    put(manager, name, row("a"), known={"a"})
    path = manager.path("datasets", name, "entities", derived_id(manager, name, "a", 1))
    between(lambda: between.send("DELETE", path))
    put(manager, name, row("a", "clerk"), known={"a"})
    assert held(manager, name) == {"a": ("هدى", "clerk", 1)}
