"""An entity list kept equal to our rows."""

from dataclasses import replace
from uuid import uuid4

import pytest

from bridge.client import open_client
from bridge.entities import ListReport, ensure_list, keep_list_equal
from bridge.entity_changes import set_values
from config.errors import OperatorError


@pytest.fixture
def name():
    return f"list_{uuid4().hex[:8]}"


def rows(*codes: str, **values) -> list[dict]:
    return [{"school_code": code, "label": f"مدرسة {code}", **values} for code in codes]


def held(client, name: str) -> dict:
    path = client.path("datasets", f"{name}.svc", "Entities")
    return {row["school_code"]: row for row in client.get_json(path)["value"]}


def test_a_list_is_made_changed_and_left_alone(manager, name):
    keep = lambda given: keep_list_equal(manager, name, ["level"], given)  # noqa: E731
    assert keep(rows("a", "b", "c", level="primary")) == ListReport(3, 0, 0, 0)
    assert keep(rows("a", "b", "c", level="primary")) == ListReport(0, 0, 0, 3)
    changed = rows("b", level="primary") + rows("c", level="basic") + rows("d", level="primary")
    # a is gone, b is as it was, c has another level, d is new.
    assert keep(changed) == ListReport(created=1, updated=1, deleted=1, unchanged=1)
    assert {code: row["level"] for code, row in held(manager, name).items()} == {
        "b": "primary",
        "c": "basic",
        "d": "primary",
    }
    with pytest.raises(OperatorError) as raised:
        keep([])
    assert raised.value.code == "list-would-be-emptied"
    assert len(held(manager, name)) == 3


def test_what_a_form_has_emptied_stays_empty_and_all_else_is_kept_equal(manager, name):
    keep = lambda given: keep_list_equal(  # noqa: E731
        manager, name, ["open_for", "level"], given, emptied=("open_for",)
    )
    keep(rows("a", "b", open_for="S", level="primary"))
    uuid = held(manager, name)["a"]["__id"]
    set_values(manager, name, uuid, {"open_for": ""})
    assert keep(rows("a", "b", open_for="S", level="primary")) == ListReport(0, 0, 0, 2)
    assert keep(rows("a", "b", "c", open_for="S", level="basic")) == ListReport(1, 2, 0, 0)
    found = {
        code: (row["open_for"] or "", row["level"]) for code, row in held(manager, name).items()
    }
    assert found == {"a": ("", "basic"), "b": ("S", "basic"), "c": ("S", "basic")}


def test_a_school_that_comes_back_is_made_again_and_again(manager, name):
    for _ in range(3):
        assert keep_list_equal(manager, name, [], rows("a", "b")).created in (1, 2)
        assert keep_list_equal(manager, name, [], rows("b")) == ListReport(0, 0, 1, 1)
    assert set(held(manager, name)) == {"b"}


def test_a_code_that_somebody_has_changed_or_emptied_is_put_back(manager, name):
    keep_list_equal(manager, name, [], rows("a", "b", "c"))
    uuids = {code: row["__id"] for code, row in held(manager, name).items()}
    set_values(manager, name, uuids["a"], {"school_code": "z"})
    set_values(manager, name, uuids["b"], {"school_code": ""})
    assert keep_list_equal(manager, name, [], rows("a", "b", "c")) == ListReport(0, 2, 0, 1)
    assert {code: row["__id"] for code, row in held(manager, name).items()} == uuids
    set_values(manager, name, uuids["a"], {"school_code": "c"})
    assert keep_list_equal(manager, name, [], rows("a", "b", "c")) == ListReport(0, 1, 0, 2)
    set_values(manager, name, uuids["a"], {"school_code": "c"})
    assert keep_list_equal(manager, name, [], rows("a", "b")) == ListReport(0, 1, 1, 1)
    found = {code: row["__id"] for code, row in held(manager, name).items()}
    assert found == {code: uuids[code] for code in ("a", "b")}


def test_values_are_text_and_nothing_is_empty_text(manager, name):
    given = [{"school_code": 7, "label": "x", "n": 12, "yes": True, "none": None}]
    keep_list_equal(manager, name, ["n", "yes", "none", "absent"], given)
    row = held(manager, name)["7"]
    assert [row[item] for item in ("n", "yes")] == ["12", "true"]
    assert not row["none"]
    assert not row["absent"]
    assert keep_list_equal(manager, name, ["n", "yes", "none", "absent"], given).unchanged == 1


def test_properties_of_others_stay(manager, name):
    keep_list_equal(manager, name, ["mine", "received"], rows("a", mine="1", received="12 Nov"))
    assert keep_list_equal(manager, name, ["mine"], rows("a", mine="2")).updated == 1
    assert held(manager, name)["a"]["received"] == "12 Nov"


def test_a_list_that_only_has_to_be_there_keeps_what_others_put_into_it(manager, name):
    ensure_list(manager, name, ["school_code", "level"])
    assert held(manager, name) == {}
    keep_list_equal(manager, name, ["level"], rows("a", level="primary"))
    ensure_list(manager, name, ["school_code", "level", "sex"])
    assert held(manager, name)["a"]["level"] == "primary"
    assert not held(manager, name)["a"]["sex"]


def test_a_key_that_stands_at_central_twice_is_made_one(manager, name):
    keep_list_equal(manager, name, [], rows("a"))
    path = manager.path("datasets", name, "entities")
    manager.request("POST", path, json={"label": "again", "data": {"school_code": "a"}})
    manager.request("POST", path, json={"label": "no key", "data": {}})
    report = keep_list_equal(manager, name, [], rows("a"))
    assert report.deleted == 2
    assert {code: row["label"] for code, row in held(manager, name).items()} == {"a": "مدرسة a"}


def test_another_key_and_progress_in_batches(manager, name, monkeypatch):
    monkeypatch.setattr("bridge.entities.BATCH_ROWS", 4)
    seen = []
    given = [{"round_code": f"R{n}", "label": f"Round {n}"} for n in range(10)]
    report = keep_list_equal(
        manager, name, ["round_code"], given, key="round_code", progress=lambda *at: seen.append(at)
    )
    assert report.created == 10
    assert seen == [(4, 10), (8, 10), (10, 10)]


def test_a_run_that_was_broken_off_is_taken_up(manager, central, proxy, name, monkeypatch):
    monkeypatch.setattr("bridge.entities.BATCH_ROWS", 4)
    sent = iter(range(100))

    def cut(path, answer):
        is_batch = path.endswith("/entities") and answer.status == 200
        return replace(answer, ending="dropped") if is_batch and next(sent) == 1 else answer

    proxy.fault = cut
    through = replace(central.settings, central_url=proxy.url, central_name=manager.name)
    with open_client(through, "manager") as client:
        with pytest.raises(OperatorError) as error:
            keep_list_equal(client, name, [], rows(*"abcdefghij"))
        assert error.value.code == "central-unreachable"
        # The second batch had reached Central, though its answer never came back.
        assert keep_list_equal(client, name, [], rows(*"abcdefghij")) == ListReport(2, 0, 0, 8)
    assert set(held(manager, name)) == set("abcdefghij")


def test_half_a_list_is_never_compared_with(manager, central, proxy, name):
    keep_list_equal(manager, name, [], rows("a", "b", "c"))
    proxy.on_data(lambda answer: answer.cut(len(answer.body) // 2))
    through = replace(central.settings, central_url=proxy.url)
    with open_client(through, "manager") as client:
        with pytest.raises(OperatorError) as error:
            keep_list_equal(client, name, [], rows("a", "b", "c"))
    assert error.value.code == "answer-incomplete"
    assert set(held(manager, name)) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("given", "properties"),
    [
        (rows("a", "a"), []),
        (rows(""), []),
        ([{"school_code": "a", "label": " "}], []),
        (rows("a"), ["label"]),
        (rows("a"), ["a.b"]),
    ],
)
def test_rows_that_make_no_list_are_refused_before_anything_is_sent(
    manager, name, given, properties
):
    with pytest.raises(OperatorError) as error:
        keep_list_equal(manager, name, properties, given)
    assert error.value.code == "list-rows-invalid"
    assert manager.find_json(manager.path("datasets", name)) is None


def test_a_report_reads_as_counts():
    assert str(ListReport(1_000, 0, 2, 9)) == "1,000 created, 0 updated, 2 deleted, 9 unchanged"
