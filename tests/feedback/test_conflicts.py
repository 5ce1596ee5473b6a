"""What the sides of a conflict say, out of the versions of an entity.

version | made from | by      | sex   | label
1       |           | us      | girls | A
2       | 1         | us      | boys  | A
3       | 1         | tablet  | mixed | B       → conflict
"""

import pytest

from processing.feedback.conflicts import (
    find_changed_by_others,
    find_choice_fault,
    find_differences,
    find_edits,
    find_own_values,
    registry_values,
)
from processing.feedback.homes import reason_finder


def version(number, label="A", base=None, conflict=None, received=None, **data):
    return {
        "version": number, "label": label, "data": data, "base_version": base,
        "conflict": conflict, "data_received": received if received is not None else data,
    }  # fmt: skip


ONE = version(1, sex="girls", level="primary")
TWO = version(2, base=1, received={"sex": "boys"}, sex="boys", level="primary")
THREE = version(3, "B", 1, "hard", {"sex": "mixed", "label": "B"}, sex="mixed", level="primary")


def said(differences) -> dict[str, list[tuple]]:
    return {
        each.property: [
            (option.value, *(side.kind for side in option.sides)) for option in each.options
        ]
        for each in differences
    }


def test_each_property_that_differs_has_the_values_of_both_sides():
    assert said(find_differences([ONE, TWO, THREE], None)) == {
        "label": [("A", "good"), ("B", "came", "now")],
        "sex": [("boys", "good"), ("mixed", "came", "now")],
    }


def test_the_registrys_value_is_offered_where_the_list_is_its_own():
    registry = {"label": "A", "sex": "girls", "level": "basic"}
    assert said(find_differences([ONE, TWO, THREE], registry)) == {
        "label": [("A", "registry", "good"), ("B", "came", "now")],
        "sex": [("girls", "registry"), ("boys", "good"), ("mixed", "came", "now")],
    }, "what no side has touched is no conflict"


def test_several_conflicts_in_a_row_offer_every_value_that_came():
    four = version(4, "B", 1, "hard", {"sex": "girls"}, sex="girls", level="primary")
    found = said(find_differences([ONE, TWO, THREE, four], None))
    assert found["sex"] == [("boys", "good"), ("mixed", "came"), ("girls", "came", "now")]


def test_what_was_changed_afterwards_is_offered_as_it_is_now():
    four = version(4, "B", 3, None, {"sex": "x"}, sex="x", level="primary")
    found = said(find_differences([ONE, TWO, THREE, four], None))
    assert found["sex"] == [("boys", "good"), ("mixed", "came"), ("x", "now")]


def test_sides_that_say_the_same_leave_nothing_to_choose():
    soft = version(3, "A", 1, "soft", {"level": "primary"}, sex="boys", level="primary")
    assert find_differences([ONE, TWO, soft], None) == ()


def test_without_versions_nothing_is_known_yet():
    assert find_differences([], None) == ()
    assert find_differences([ONE, TWO], None) == ()


def test_the_code_of_a_school_is_not_chosen():
    three = version(3, "A", 1, "hard", {"school_code": "S2"}, school_code="S2")
    two = version(2, base=1, school_code="S1")
    assert find_differences([ONE, two, three], None) == ()


IN_ARABIC = {"language_code": "ar", "name_ckb": "ب"}


@pytest.mark.parametrize(
    ("language", "name_ckb", "column"),
    [
        ("ar", "ب", "name_ar"),
        ("ckb", "ب", "name_ckb"),
        ("ckb", None, "name_ar"),
        ("ckb", "", "name_ar"),
        ("kmr", "ب", "name_ar"),
    ],
)
def test_the_label_is_the_name_that_tablets_show(language, name_ckb, column):
    school = {"language_code": language, "name_ckb": name_ckb}
    assert registry_values({"label": "B"}, school) == ({column: "B"}, {})


def test_choices_become_columns_of_the_registry():
    chosen = {"label": " B ", "district": "Q1", "lowest_grade": "1", "latitude": "33.5",
              "pupils_last_year": "", "received": "x", "governorate": "G"}  # fmt: skip
    school, building = registry_values(chosen, IN_ARABIC)
    assert school == {
        "name_ar": "B", "area_code": "Q1", "lowest_grade": 1, "pupil_count_last_year": None,
    }  # fmt: skip
    assert building == {"latitude": 33.5}


@pytest.mark.parametrize(
    ("chosen", "fault"),
    [
        ({"sex": "girls"}, None),
        ({"received": "anything"}, None),
        ({"sex": "both"}, "code_unknown"),
        ({"label": ""}, "name_missing"),
        ({"district": "Q9"}, "district_unknown"),
        ({"directorate": "D9"}, "directorate_unknown"),
        ({"building_code": "B9"}, "building_unknown"),
        ({"lowest_grade": "9"}, "grades_invalid"),
        ({"lowest_grade": ""}, "grades_invalid"),
        ({"lowest_grade": "one"}, "not_understood"),
        ({"highest_grade": "15"}, "grades_invalid"),
        ({"lowest_grade": "-2"}, "grades_invalid"),
        ({"highest_grade": "99999999999"}, "grades_invalid"),
        ({"latitude": "north"}, "not_understood"),
        ({"latitude": "90.1"}, "not_understood"),
        ({"latitude": "nan"}, "not_understood"),
        ({"longitude": "-180.1"}, "not_understood"),
        ({"longitude": "-180", "latitude": ""}, None),
        ({"pupils_last_year": "-1"}, "not_understood"),
        ({"pupils_last_year": "100000"}, "not_understood"),
        ({"pupils_last_year": "99999"}, None),
    ],
)
def test_what_the_registry_cannot_hold_is_named(chosen, fault):
    school = {"area_code": "Q1", "directorate_code": "D1", "building_code": "B1",
              "lowest_grade": 1, "highest_grade": 6, "name_ar": "A", **IN_ARABIC}  # fmt: skip
    known = {"school": school, "areas": {"Q1"}, "directorates": {"D1"}, "buildings": {"B1"}}
    assert find_choice_fault(chosen, known) == fault


US, CLERK = 5, 9
OURS = version(1, sex="girls", level="primary", governorate="") | {"creator_id": US}
EDIT = version(2, "B", 1, sex="boys", level="primary", governorate="IQG01") | {"creator_id": CLERK}
REGISTRY_ROW = {"label": "A", "sex": "girls", "level": "basic", "governorate": "IQG08"}


def test_a_school_named_in_kurdish_is_not_left_without_that_name():
    school = IN_ARABIC | {"language_code": "ckb"}
    assert find_choice_fault({"label": " "}, {"school": school}) == "name_missing"


def test_an_edit_at_central_is_shown_with_the_registrys_value_and_centrals():
    assert said(find_edits([OURS, EDIT], REGISTRY_ROW, {US})) == {
        "label": [("A", "registry"), ("B", "came", "now")],
        "sex": [("girls", "registry"), ("boys", "came", "now")],
        "governorate": [("IQG08", "registry"), ("IQG01", "came", "now")],
    }, "level is the registry's own change"


def test_of_what_has_no_home_the_registrys_value_alone_may_be_chosen():
    found = find_edits([OURS, EDIT], REGISTRY_ROW, {US}, reason_finder("schools", False))
    told = {each.property: [each.may_choose(option) for option in each.options] for each in found}
    assert told == {"label": [True, True], "sex": [True, True], "governorate": [True, False]}


@pytest.mark.parametrize(
    ("versions", "registry"),
    [
        ([OURS], REGISTRY_ROW),
        ([OURS, EDIT], REGISTRY_ROW | {"label": "B", "sex": "boys", "governorate": "IQG01"}),
        ([OURS, EDIT, OURS | {"version": 3}], REGISTRY_ROW),
        ([OURS, EDIT, OURS | {"version": 3, "creator_id": CLERK}], REGISTRY_ROW),
        ([OURS | {"creator_id": CLERK}], REGISTRY_ROW),
        ([OURS, EDIT], None),
        ([], REGISTRY_ROW),
    ],
    ids=[
        "unchanged",
        "agreed",
        "settled by us",
        "taken back",
        "made by a tablet",
        "not the registry's",
        "unseen",
    ],
)
def test_what_is_no_edit_against_the_registry(versions, registry):
    assert find_edits(versions, registry, {US}) == ()


def test_an_edit_stands_though_a_later_one_is_about_something_else():
    later = EDIT | {"version": 3, "creator_id": 11, "data": EDIT["data"] | {"note": "x"}}
    found = find_edits([OURS, EDIT, later], REGISTRY_ROW, {US})
    assert [each.property for each in found] == ["label", "sex", "governorate"]
    assert found[1].options[1].sides[0].version is EDIT


def test_an_edit_stands_though_we_have_written_something_else_since():
    after = EDIT | {"version": 3, "creator_id": US, "data": EDIT["data"] | {"level": "basic"}}
    assert find_changed_by_others([OURS, EDIT, after], {US}) == {"label", "sex", "governorate"}
    own = find_own_values([OURS, EDIT, after], {US})
    assert own == {"label": "A", "sex": "girls", "level": "basic", "governorate": ""}
