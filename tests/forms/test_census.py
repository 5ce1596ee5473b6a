"""The school census, filled as a tablet fills it: what it refuses, asks, hides and calculates."""

import pytest

from config.codes import read_codes
from tests.forms.answers import census, everyone_special, grade
from tests.forms.engine import NotAsked, Rejected
from tests.forms.limits import FULL, TOTAL
from tests.forms.source import LANGUAGES
from tests.forms.submission import read_values

FORM = "school_census"


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers: forms[FORM].new(LANGUAGES["en"]).fill(answers)


def test_a_total_made_smaller_afterwards_is_found_on_finalize(fill, schools):
    """2 new + 1 repeating are 3 of 3 pupils; then one pupil is taken away again.

    The engine checks no box that is empty, so each box of the flow carries the rule for all.
    """
    counts = {"age_0": 3, "repeaters": 1}
    filling = fill(census(schools["KG"], grade(-1, counts, FULL), grade(0, FULL, FULL)))
    filling.answer("grades/girls/age_0", 2)
    with pytest.raises(Rejected) as refused:
        filling.finalize()
    assert refused.value.path == "grades/flow/girls_new"


def test_totals_show_while_the_numbers_are_typed(fill, schools):
    filling = fill({"identification": census(schools["MIXED"])["identification"]})
    assert filling.value("grades/girls/total") == "0"
    filling.answer("grades/girls/age_0", 12)
    filling.answer("grades/girls/age_unknown", 1)
    assert filling.value("grades/girls/total") == "13"
    assert filling.value("totals/girls") == "13"


def test_what_is_newly_admitted_or_in_difficulty_or_displaced_is_added_up_as_it_is_typed(
    fill, schools
):
    special = {"special_groups": ["difficulty", "displaced"]}
    filling = fill(_first(schools["MIXED"], special=special))
    shown = {
        "grades/entrants/girls_sum": ("grades/entrants/girls_age_0", "grades/entrants/girls_age_1"),
        "grades/entrants/boys_sum": ("grades/entrants/boys_age_m1", "grades/entrants/boys_age_2"),
        "levels/difficulties/difficulty_sum": (
            "levels/difficulties/girls_seeing", "levels/difficulties/boys_behaviour",
        ),
        "levels/displacement/displaced_sum": (
            "levels/displacement/girls_displaced", "levels/displacement/boys_displaced",
        ),
    }  # fmt: skip
    enrolled = ("girls/age_0", "girls/age_1", "boys/age_m1", "boys/age_2")
    for path in (f"grades/{one}" for one in enrolled):
        filling.answer(path, 9)
    for note, (first, second) in shown.items():
        assert filling.label(note).endswith(": 0")
        filling.answer(first, 3)
        filling.answer(second, 4)
        assert filling.label(note).endswith(": 7"), "3 + 4"
    places = {path: screen for screen in filling.screens() for path in screen.shown}
    assert all(places[note].path == note.rpartition("/")[0] for note in shown)


def test_sums_of_a_sex_that_the_school_has_not_are_not_shown(fill, schools):
    filling = fill(_first(schools["GIRLS"]))
    shown = {path for screen in filling.screens() for path in screen.shown}
    assert "grades/entrants/girls_sum" in shown
    assert "grades/entrants/boys_sum" not in shown


def test_promoted_is_what_the_other_flows_leave(fill, schools):
    girls = {"age_0": 20, "age_1": 3, "repeaters": 2, "transferred_in": 1, "returners": 1}
    boys = {"age_0": 15}
    grades = [grade(n, girls, boys, sections=2) for n in range(1, 7)]
    values = read_values(fill(census(schools["MIXED"], *grades)).finalize())
    assert values["grades[2]/girls/total"] == str(20 + 3)
    assert values["grades[2]/flow/girls_new_entrants"] == "0"
    assert values["grades[2]/flow/girls_promoted"] == str(23 - 2 - 1 - 1)
    assert values["grades[2]/flow/boys_promoted"] == "15"
    assert values["grades/flow/girls_new_entrants"] == str(23 - 2 - 1 - 1)
    assert values["grades/flow/girls_promoted"] == "0"


def test_the_school_s_totals_are_the_sums_of_its_grades(fill, schools):
    girls, boys = {"age_0": 20, "repeaters": 2}, {"age_m1": 4, "age_6": 1, "repeaters": 1}
    grades = [grade(n, girls, boys, sections=n) for n in range(1, 7)]
    values = read_values(fill(census(schools["MIXED"], *grades)).finalize())
    totals = {name: values[f"totals/{name}"] for name in ("girls", "boys", "pupils")}
    assert totals == {"girls": str(6 * 20), "boys": str(6 * 5), "pupils": str(6 * 25)}
    assert values["totals/sections"] == str(1 + 2 + 3 + 4 + 5 + 6)
    assert values["totals/repeaters"] == str(6 * (2 + 1))


def test_the_facts_of_the_school_and_of_the_round_come_from_the_lists(fill, schools):
    grades = [grade(n, FULL, FULL) for n in range(1, 10)]
    values = read_values(fill(census(schools["BASIC"], *grades)).finalize())
    expected = {
        "school_name": schools["BASIC"].label, "school_sex": "mixed", "level_code": "basic",
        "lowest_grade": "1", "highest_grade": "9", "school_year": "2026",
        "reference_date": "2026-11-01",
    }  # fmt: skip
    assert {name: values[f"identification/{name}"] for name in expected} == expected
    assert values["meta/instanceName"] == f"{schools['BASIC'].label} – C2026K"


@pytest.mark.parametrize(
    ("code", "own", "other"), [("BOYS", "boys", "girls"), ("GIRLS", "girls", "boys")]
)
def test_a_school_of_one_sex_is_asked_about_the_other_only_if_it_says_so(
    fill, schools, code, own, other
):
    alone = [grade(n, **{own: FULL}) for n in range(1, 7)]
    filling = fill(census(schools[code], *alone))
    assert not [path for path in filling.asked() if other in path]
    values = read_values(filling.finalize())
    assert not [path for path in values if path.startswith("grades") and other in path]
    assert values["totals/pupils"] == values[f"totals/{own}"] == str(6 * TOTAL)

    both = [grade(n, **{own: FULL, other: {"age_0": 1}}) for n in range(1, 7)]
    values = read_values(fill(census(schools[code], *both, has_other_sex="yes")).finalize())
    assert values[f"totals/{other}"] == "6"


def test_a_mixed_school_is_not_asked_about_the_other_sex(fill, schools):
    with pytest.raises(NotAsked, match="has_other_sex"):
        fill(census(schools["MIXED"], has_other_sex="yes"))


def test_a_kindergarten_has_two_years_and_asks_new_children_in_the_first(fill, schools):
    values = read_values(
        fill(census(schools["KG"], grade(-1, FULL, FULL), grade(0, FULL, FULL))).finalize()
    )
    assert (values["grades/grade"], values["grades[2]/grade"]) == ("-1", "0")
    assert values["grades/intended_birth_year"] == str(2026 - 4)
    assert values["grades/flow/girls_new_entrants"] == str(TOTAL)
    assert "grades[2]/flow/girls_new" not in values
    assert not [path for path in values if "entrants/" in path]


def test_a_basic_school_asks_new_entrants_in_grades_1_and_7(fill, schools):
    filling = fill(census(schools["BASIC"], *(grade(n, FULL, FULL) for n in range(1, 10))))
    asked = [
        path for path in filling.asked() if path.endswith(("/girls_new", "/girls_kindergarten"))
    ]
    assert asked == ["grades/entrants/girls_kindergarten", "grades[7]/flow/girls_new"]
    assert read_values(filling.finalize())["grades[9]/grade"] == "9"


@pytest.mark.parametrize(
    ("counts", "sections", "is_asked"),
    [
        ({"age_0": 70}, 1, False),
        ({"age_0": 71}, 1, True),
        ({"age_0": 140}, 2, False),
        ({"age_0": 1}, 0, True),
        ({}, 1, True),
        ({}, 0, True),
    ],
)
def test_unusual_sections_ask_for_a_reason(fill, schools, counts, sections, is_asked):
    filling = fill(census(schools["MIXED"], grade(1, counts, sections=sections)))
    assert ("grades/reason_sections" in filling.asked()) is is_asked


def test_combined_classes_need_no_reason_for_having_no_section(fill, schools):
    filling = fill(census(schools["MIXED"], grade(1, {"age_0": 3}, sections=0, combined="yes")))
    assert "grades/reason_sections" not in filling.asked()


@pytest.mark.parametrize(
    ("counts", "is_asked"),
    [
        ({"age_0": 8, "age_unknown": 2}, False),  # a fifth of ten
        ({"age_0": 7, "age_unknown": 3}, True),
        ({"age_0": 9, "age_m2": 1}, False),  # a tenth of ten
        ({"age_0": 8, "age_m2": 2}, True),
        ({"age_unknown": 9}, False),  # too few to be unusual
    ],
)
def test_unusual_years_of_birth_ask_for_a_reason(fill, schools, counts, is_asked):
    filling = fill(census(schools["MIXED"], grade(1, counts)))
    assert ("grades/reason_ages" in filling.asked()) is is_asked


@pytest.mark.parametrize(
    ("number", "counts", "entrants", "is_asked"),
    [
        (1, {"age_0": 10}, {"girls_age_0": 10}, False),
        (1, {"age_0": 10}, {"girls_age_0": 9}, True),  # one of unknown origin
        (1, {"age_0": 10, "repeaters": 5}, {"girls_age_0": 5}, False),
        (1, {"age_0": 10, "repeaters": 6}, {"girls_age_0": 4}, True),  # more than half
    ],
)
def test_unusual_flows_ask_for_a_reason(fill, schools, number, counts, entrants, is_asked):
    filling = fill(census(schools["MIXED"], grade(number, counts, entrants=entrants)))
    assert ("grades/reason_flow" in filling.asked()) is is_asked


@pytest.mark.parametrize(
    ("code", "pupils", "is_asked"),
    [
        ("LAST80", 80 + 15, False),
        ("LAST80", 80 + 16, True),  # a fifth of 80
        ("LAST80", 80 - 15, False),
        ("LAST80", 80 - 16, True),
        ("LAST40", 40 + 29, False),
        ("LAST40", 40 + 30, True),
        ("LAST40", 40 - 30, True),
        ("MIXED", 500, False),  # last year is not known
    ],
)
def test_a_great_change_since_last_year_asks_for_a_reason(fill, schools, code, pupils, is_asked):
    filling = fill(census(schools[code], grade(1, {"age_0": pupils})))
    assert ("totals/reason_change" in filling.asked()) is is_asked


def test_the_round_of_the_other_ministry_asks_for_a_reason(fill, schools):
    filling = fill({"identification": census(schools["MIXED"], round="C2026K")["identification"]})
    assert "identification/reason_round" in filling.asked()


def test_a_reason_that_is_asked_must_be_given_but_never_blocks(fill, schools):
    answers = census(schools["KG"], grade(-1, {"age_0": 90}), grade(0, FULL, FULL))
    filling = fill(answers)
    with pytest.raises(Rejected) as refused:
        filling.finalize()
    assert (refused.value.path, refused.value.kind) == ("grades/reason_sections", "required")
    filling.answer("grades/reason_sections", "one hall")
    assert read_values(filling.finalize())["totals/pupils"] == str(90 + 2 * TOTAL)


SPECIAL = ("special", "leavers", "levels", "reason_special")


def _special(filling) -> list[str]:
    return [path for path in filling.asked() if path.startswith(SPECIAL)]


def test_leavers_difficulties_and_displaced_are_asked_only_of_schools_that_have_some(fill, schools):
    assert _special(fill(_first(schools["MIXED"]))) == ["special/special_groups"]
    for group, prefix in {
        "leavers": "leavers_",
        "difficulty": "levels/difficulties",
        "displaced": "levels/displacement",
    }.items():
        asked = _special(fill(_first(schools["MIXED"], special={"special_groups": [group]})))
        assert all(path.startswith(prefix) for path in asked[1:])
        assert len(asked) > 1


def _first(school, **groups) -> dict:
    return {"identification": census(school)["identification"]} | groups


@pytest.mark.parametrize(
    ("code", "stages"),
    [
        ("MIXED", ["primary"]),
        ("KG", ["kindergarten"]),
        ("BASIC", ["primary", "intermediate"]),
        ("ALL", ["kindergarten", "primary", "intermediate", "preparatory", "institute"]),
    ],
)
def test_each_level_of_the_school_has_screens_of_its_own(fill, schools, code, stages):
    answers = _first(schools[code], special={"special_groups": ["displaced"]})
    answers["levels"] = [{"displacement": {"girls_displaced": 0, "boys_displaced": 0}}] * len(
        stages
    )
    filling = fill(answers)
    titles = [one.title for one in filling.screens() if one.path.endswith("/displacement")]
    names = {level.code: level.name_en for level in read_codes("teaching_level")}
    assert [names[stage] in title for stage, title in zip(stages, titles, strict=True)] == [
        True for _ in stages
    ]


def test_the_numbers_of_a_level_are_its_own(fill, schools):
    grades = [grade(number, FULL, FULL) for number in range(1, 8)]
    special = everyone_special(schools["TO7"], levels=2)
    values = read_values(fill(census(schools["TO7"], *grades, special=special)).finalize())
    assert [values[f"levels{at}/stage"] for at in ("", "[2]")] == ["primary", "intermediate"]
    assert [values[f"levels{at}/with_difficulty"] for at in ("", "[2]")] == [str(2 * 6)] * 2
    assert values["levels[2]/displaced_in_stage"] == "2"
    assert values["leavers_girls/total"] == values["leavers_boys/total"] == "8"


def test_a_school_of_one_sex_is_asked_about_that_sex_alone(fill, schools):
    special = everyone_special(schools["GIRLS"])
    asked = _special(fill(_first(schools["GIRLS"], **special)))
    assert len(asked) == 1 + 8 + 6 + 1
    assert not [path for path in asked if "boys" in path]


@pytest.mark.parametrize(
    ("counts", "is_asked"),
    [
        ({"girls_displaced": 10}, False),
        ({"girls_displaced": 11}, True),
        ({"girls_seeing": 2}, False),
        ({"girls_seeing": 3}, True),
    ],
)
def test_more_than_a_fifth_with_difficulties_or_all_displaced_ask_for_a_reason(
    fill, schools, counts, is_asked
):
    """Ten girls."""
    level = {
        "difficulties": {name: n for name, n in counts.items() if "displaced" not in name},
        "displacement": {name: n for name, n in counts.items() if "displaced" in name},
    }
    special = {"special": {"special_groups": ["difficulty", "displaced"]}, "levels": [level]}
    filling = fill(census(schools["GIRLS"], grade(1, {"age_0": 10}), special=special))
    assert ("reason_special" in filling.asked()) is is_asked
