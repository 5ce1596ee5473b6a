"""A return that is opened again, when the lists have moved on: its rows are of whom they were of.

| the list since then                | rows, and what is answered in them |
|------------------------------------|------------------------------------|
| lacks somebody                     | as they were                       |
| has somebody more                  | as they were                       |
| and another school is chosen       | those of that school               |
"""

from dataclasses import asdict

import pytest

from tests.forms.engine import OdkForm
from tests.forms.media import (
    ACTIONS,
    STAFF,
    Action,
    Person,
    visit_of,
    write_list,
    write_media,
)
from tests.forms.staff import people, staff
from tests.forms.submission import read_values
from tests.forms.visits import ACTION, visit

STAFF_FORM, VISIT_FORM = "staff_return", "inspection_visit"
PLANNED, ON_LIST = ("MIXED", "GUEST"), "is_on_list"
CAME, AGREED = Person("P0", "MIXED", "زيد – معلم – 24"), Action("A0", "MIXED", "طلاء السياج")


@pytest.fixture
def opened(compiled, schools, tmp_path):
    """The form on a tablet whose lists hold these people, actions and visits."""

    def build(form_id: str, staff=STAFF, actions=ACTIONS, planned=PLANNED) -> OdkForm:
        write_media(tmp_path, [schools[code] for code in PLANNED])
        visits = [asdict(visit_of(schools[code])) for code in planned]
        write_list(tmp_path / "visit_plan.csv", visits)
        write_list(tmp_path / "staff.csv", [asdict(one) for one in staff])
        write_list(tmp_path / "agreed_actions.csv", [asdict(one) for one in actions])
        return OdkForm(compiled[form_id].xform, tmp_path)

    return build


def two_changed(school) -> dict:
    """P2 has left, P3 has another contract and was trained."""
    return staff(
        school,
        roster={"has_changes": "yes", "changed_people": ["P2", "P3"], "new_count": 0},
        in_service={"any_trained": "yes", "trained_people": ["P3"]},
        people=people(
            school,
            P2={"change": {"changes": ["left"], "left_how": "moved"}},
            P3={
                "change": {"changes": ["contract"], "new_contract": "contract"},
                "training": {"training_kinds": ["ict"]},
            },
        ),
    )


def one_closed(school) -> dict:
    """Of two agreed actions the first is closed; a third is agreed now."""
    states = ("closed", "in_progress")
    return visit(
        school,
        earlier_actions=[{"earlier_action": {"action_state": state}} for state in states],
        agreeing={"action_count": 1},
        actions=[{"action": ACTION}],
    )


def rows_of(xml: bytes, repeat: str) -> dict[str, str]:
    values = read_values(xml).items()
    return {
        path: at for path, at in values if path.startswith(repeat) and not path.endswith(ON_LIST)
    }


def without(rows, gone: str) -> list:
    return [one for one in rows if gone not in asdict(one).values()]


@pytest.mark.parametrize(
    "since", [without(STAFF, "P1"), without(STAFF, "P2"), without(STAFF, "P3"), [CAME, *STAFF]],
    ids=["the head gone", "who left gone", "who changed gone", "somebody more"],
)  # fmt: skip
def test_what_is_said_of_a_person_stays_with_the_person(opened, schools, since):
    sent = opened(STAFF_FORM).new().fill(two_changed(schools["MIXED"])).finalize()
    again = opened(STAFF_FORM, staff=since).reopen(sent).finalize()
    for part in ("people", "totals"):
        assert rows_of(again, part) == rows_of(sent, part)


@pytest.mark.parametrize(
    "since", [without(ACTIONS, "A1"), [*without(ACTIONS, "A1"), AGREED], [AGREED, *ACTIONS]],
    ids=["closed and gone", "another in its place", "one more"],
)  # fmt: skip
def test_what_had_come_of_an_action_stays_with_the_action(opened, schools, since):
    sent = opened(VISIT_FORM).new().fill(one_closed(schools["MIXED"])).finalize()
    again = opened(VISIT_FORM, actions=since).reopen(sent).finalize()
    assert rows_of(again, "earlier") == rows_of(sent, "earlier")
    assert rows_of(again, "earlier_actions/action_text") == {
        "earlier_actions/action_text": ACTIONS[0].label
    }


def test_another_school_brings_its_own_people(opened, schools):
    filling = opened(STAFF_FORM).new().fill(two_changed(schools["MIXED"]))
    filling.answer("identification/school", "GUEST")
    names = [row for row in rows_of(filling.xml(), "people").items() if row[0].endswith("_name")]
    assert [name for _, name in names if name] == [
        one.label for one in STAFF if one.school_code == "GUEST"
    ]


@pytest.mark.parametrize("path", ["visit", "other_school"])
def test_another_school_brings_its_own_actions(opened, schools, path):
    filling = opened(VISIT_FORM).new().fill(one_closed(schools["MIXED"]))
    if path == "other_school":
        filling.answer("identification/visit", None)
    choice = {"visit": "V-GUEST", "other_school": "GUEST"}[path]
    filling.answer(f"identification/{path}", choice)
    found = read_values(filling.xml())
    assert found["earlier_actions/action_code"] == ACTIONS[2].action_code
    assert found["earlier_actions/action_text"] == ACTIONS[2].label
    assert found["earlier_actions/action_due"] == ""


def test_a_visit_that_is_no_longer_planned_asks_for_its_school(opened, schools):
    """The plan gave the school: without it the visit would be of none."""
    sent = opened(VISIT_FORM).new().fill(one_closed(schools["MIXED"])).finalize()
    again = opened(VISIT_FORM, planned=["GUEST"], actions=ACTIONS[1:]).reopen(sent)
    assert_asked_for(again, "identification/other_school")
    again.answer("identification/other_school", "MIXED")
    again.answer("arrival/session_visited", "morning")
    changed = again.finalize()
    assert read_values(changed)["identification/school"] == "MIXED"
    assert rows_of(changed, "earlier") == rows_of(sent, "earlier")


def test_a_visit_in_another_district_than_the_one_chosen_last_asks_for_its_school(opened, schools):
    """The tablet empties the visit then, and tells nothing that hangs on it."""
    filling = opened(VISIT_FORM).new().fill(visit(schools["MIXED"]))
    filling.answer("identification/district", "IQG01Q02")
    assert_asked_for(filling, "identification/other_school")


def assert_asked_for(filling, path: str) -> None:
    missing = filling.violation()
    assert missing
    assert (missing.path, missing.kind) == (path, "required")
