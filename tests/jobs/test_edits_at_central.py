"""What somebody changed at Central, outside of any conflict (sandbox and real Central)."""

import pytest
import sqlalchemy as sa

from bridge.entities import derived_id
from config.entity_lists import SCHOOL_PROPERTIES
from processing.feedback.conflicts import EDITED
from processing.jobs import publishing
from processing.jobs.publishing import plan_lists
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.jobs.schools_at_central import (
    KURDISH,
    entity,
    lists,  # noqa: F401  a fixture
    now,
    shown,
)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def edit(lists, central, manager):  # noqa: F811
    """make(code, **values): somebody else changes a school at Central; its uuid."""

    def make(code: str, **values) -> str:
        uuid = derived_id(manager, "schools", code)
        path = manager.path("datasets", "schools", "entities", uuid)
        version = manager.get_json(path)["currentVersion"]["version"]
        label = {"label": values.pop("label")} if "label" in values else {}
        with central.administrator() as person:
            body = label | {"data": values}
            person.request("PATCH", path, params={"baseVersion": version}, json=body)
        return uuid

    return make


def test_an_edit_at_central_is_not_written_over_and_may_be_chosen(lists, edit, manager):  # noqa: F811
    code = lists.codes[15]
    was = lists.school(code)
    uuid = edit(code, label="مدرسة دجلة", sex="girls", received="by hand")
    lists.publish(code)
    assert shown(manager, uuid)[:3] == (2, "مدرسة دجلة", "girls"), "the mirror has not seen it yet"
    lists.mirror()
    assert lists.differences(uuid) == {
        "label": [was[0], "مدرسة دجلة"], "sex": ["mixed", "girls"], "received": ["", "by hand"],
    }  # fmt: skip
    lists.publish(code)
    assert shown(manager, uuid)[0] == 2
    with lists.engine.begin() as connection:
        assert plan_lists(connection, lists.settings)["schools"].updated == 0
    assert lists.choose(uuid, label=was[0], sex="girls", received="")
    assert [each for each in lists.conflicts() if each["uuid"] == uuid] == []
    lists.publish(code)
    assert shown(manager, uuid)[0] == 2, "the choice waits for the stage"
    assert lists.resolve() == (1, None)
    assert shown(manager, uuid)[:3] == (3, was[0], "girls")
    assert lists.school(code)[:2] == (was[0], "girls")
    assert lists.outcomes(uuid) == [("resolved", None)]
    lists.mirror()
    assert [each for each in lists.conflicts() if each["uuid"] == uuid] == []
    lists.publish(code)
    found = entity(manager, uuid)["currentVersion"]
    assert (found["version"], found["data"]["received"]) == (3, "")


def test_the_registrys_value_may_be_chosen_against_an_edit(lists, edit, manager):  # noqa: F811
    code = lists.codes[16]
    was = lists.school(code)
    uuid = edit(code, sex="boys")
    lists.mirror()
    lists.choose(uuid, sex="mixed")
    assert lists.resolve(keep=False) == (1, None), "Central has it, the worker ends"
    assert lists.resolve() == (1, None)
    assert shown(manager, uuid)[:3] == (3, was[0], "mixed")
    assert lists.school(code) == was


def test_a_changed_label_of_a_school_that_teaches_in_kurdish_is_offered_as_its_kurdish_name(
    lists,  # noqa: F811
    edit,
    manager,  # noqa: F811
):
    code = lists.codes[KURDISH[0]]
    arabic, kurdish = lists.names(code)
    for wanted in (kurdish, "قوتابخانەی دیجلە"):
        uuid = edit(code, label="قوتابخانەی دیجلە")
        lists.mirror()
        assert lists.differences(uuid) == {"label": [kurdish, "قوتابخانەی دیجلە"]}
        lists.choose(uuid, label=wanted)
        assert lists.resolve() == (1, None)
        assert (shown(manager, uuid)[1], lists.names(code)) == (wanted, (arabic, wanted))
        lists.mirror()
    assert [each for each in lists.conflicts() if each["uuid"] == uuid] == []


def test_an_edit_that_is_edited_again_is_shown_again(lists, edit, manager):  # noqa: F811
    code = lists.codes[17]
    uuid = edit(code, sex="boys")
    lists.mirror()
    lists.choose(uuid, sex="boys")
    edit(code, sex="girls")
    assert lists.resolve() == (0, None)
    assert lists.outcomes(uuid) == [("overtaken", None)]
    lists.mirror()
    assert lists.differences(uuid) == {"sex": ["mixed", "girls"]}
    lists.choose(uuid, sex="girls")
    assert lists.resolve() == (1, None)


def test_what_nobody_else_has_changed_is_kept_up_to_date_beside_an_edit(lists, edit, manager):  # noqa: F811
    code = lists.codes[14]
    uuid = edit(code, received="by hand")
    set_pupils(lists, code, 77)
    lists.publish(code)
    found = entity(manager, uuid)["currentVersion"]
    assert (found["version"], found["data"]["pupils_last_year"]) == (3, "77")
    assert found["data"]["received"] == "by hand", "though we have written after it"
    lists.mirror()
    assert lists.differences(uuid) == {"received": ["", "by hand"]}
    set_pupils(lists, code, 78)
    lists.publish(code)
    assert entity(manager, uuid)["currentVersion"]["data"]["pupils_last_year"] == "78"
    lists.mirror()
    lists.choose(uuid, received="")
    assert lists.resolve() == (1, None)
    assert entity(manager, uuid)["currentVersion"]["data"]["received"] == ""
    lists.mirror()
    assert [each for each in lists.conflicts() if each["uuid"] == uuid] == []


def set_pupils(lists, code: str, pupils: int) -> None:  # noqa: F811
    with lists.engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE emis.school_history SET pupil_count_last_year = :pupils"
                " WHERE school_code = :code"
            ),
            {"pupils": pupils, "code": code},
        )


def test_each_property_that_the_registry_holds_is_shown_by_itself(lists, edit, manager):  # noqa: F811
    code = lists.codes[13]
    uuid = derived_id(manager, "schools", code)
    for name in EDITED:
        current = entity(manager, uuid)["currentVersion"]
        was = (current["data"] | {"label": current["label"]})[name]
        edit(code, **{name: "77"})
        lists.mirror()
        assert lists.differences(uuid) == {name: [was, "77"]}
        edit(code, **{name: was})
    lists.mirror()
    assert [each for each in lists.conflicts() if each["uuid"] == uuid] == [], "all is as it was"


def test_a_list_from_before_an_upgrade_takes_what_it_knows(lists, manager, monkeypatch):  # noqa: F811
    """Until publishing adds a new property, a school's entity follows in the others."""
    code, listed = lists.codes[3], publishing.list_rows

    def with_news(*given):
        return [row | {"brand_new": "words"} for row in listed(*given)]

    monkeypatch.setattr(publishing, "SCHOOL_PROPERTIES", (*SCHOOL_PROPERTIES, "brand_new"))
    monkeypatch.setattr(publishing, "list_rows", with_news)
    lists.rows(
        "UPDATE emis.school SET sex_code = 'girls' WHERE school_code = :c RETURNING 1", c=code
    )
    with lists.engine.begin() as connection:
        assert publishing.keep_schools(connection, lists.settings, [code], now()) == 1
    assert shown(manager, derived_id(manager, "schools", code))[2] == "girls"
