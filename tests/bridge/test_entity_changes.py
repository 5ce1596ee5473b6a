"""Single rows of a list: brought, changed, taken away, and back again."""

from uuid import uuid4

import pytest

from bridge.entities import derived_id, ensure_list, keep_list_equal
from bridge.entity_changes import drop_rows, find_properties, put_rows, set_entity, set_values

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
