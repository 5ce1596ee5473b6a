"""Year-end results, filled as a tablet fills them: outcomes, the ministerial exam, who left."""

import pytest

from tests.forms.engine import NotAsked, OdkForm, Rejected
from tests.forms.returns import PASSED, SAT, results, year_end
from tests.forms.source import LANGUAGES
from tests.forms.submission import read_values

FORM = "year_end_results"
NOBODY = {"enrolled": 0}
OTHER_SEX = "identification/has_other_sex"


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers: forms[FORM].new(LANGUAGES["en"]).fill(answers)


def _one_grade(school, counts, **more):
    """The first grade as given, all others without pupils."""
    others = [results(n, school, NOBODY) for n in range(2, school.highest_grade + 1)]
    return year_end(school, results(1, school, counts, **more), *others)


def test_outcomes_are_added_up_and_held_against_the_register_as_they_are_typed(fill, schools):
    filling = fill(_one_grade(schools["GIRLS"], {"enrolled": 30, "passed": 20}))
    assert filling.value("grades/girls/outcomes") == "20"
    assert filling.value("grades/girls/without_outcome") == "10"
    filling.answer("grades/girls/failed", 4)
    assert filling.value("grades/girls/without_outcome") == str(30 - 20 - 4)
    with pytest.raises(Rejected):
        filling.answer("grades/girls/left", 7)


def test_a_register_made_smaller_afterwards_is_found_on_finalize(fill, schools):
    filling = fill(year_end(schools["GIRLS"]))
    filling.answer("grades/girls/enrolled", 29)
    with pytest.raises(Rejected) as refused:
        filling.finalize()
    assert (refused.value.path, refused.value.kind) == ("grades/girls/passed", "constraint")


def test_the_school_s_totals_are_the_sums_of_its_grades(fill, schools):
    values = read_values(fill(year_end(schools["MIXED"])).finalize())
    expected = {"girls_enrolled": 6 * 30, "girls_promoted": 6 * (24 + 2), "girls_leavers": 0}
    expected |= {"boys_enrolled": 6 * 30, "boys_graduates": 20 + 4, "pupils": 6 * 60}
    assert {name: int(values[f"totals/{name}"]) for name in expected} == expected


@pytest.mark.parametrize(("code", "grades"), [("MIXED", [6]), ("BASIC", [6, 9]), ("KG", [])])
def test_the_ministerial_exam_is_asked_in_grades_6_9_and_12(fill, schools, code, grades):
    school = schools[code]
    asked = fill(year_end(school)).asked()
    expected = [f"grades[{grade - school.lowest_grade + 1}]/girls_exam/rounds" for grade in grades]
    assert [path for path in asked if path.endswith("girls_exam/rounds")] == expected


def test_a_grade_without_pupils_has_no_exam(fill, schools):
    filling = fill(_one_grade(schools["MIXED"], PASSED))
    assert not [path for path in filling.asked() if "_exam/" in path]


def test_only_the_rounds_that_were_sat_are_asked(fill, schools):
    filling = fill(year_end(schools["GIRLS"]))
    asked = [path.split("/")[-1] for path in filling.asked() if "girls_exam" in path]
    assert asked == ["rounds", "sat_first", "passed_first", "sat_second", "passed_second"]
    assert filling.value("grades[6]/girls_exam/graduates") == str(20 + 4)


def test_no_ministerial_exam_asks_and_counts_nothing(fill, schools):
    """Grade 6 of the Kurdistan Region, an institute: some grades have no such exam."""
    grades = [results(n, schools["GIRLS"]) for n in range(1, 6)]
    last = results(6, schools["GIRLS"], girls_exam={"rounds": ["none"]})
    values = read_values(fill(year_end(schools["GIRLS"], *grades, last)).finalize())
    assert "grades[6]/girls_exam/graduates" not in values
    assert values["totals/girls_graduates"] == "0"


def test_reasons_of_leaving_are_asked_only_where_pupils_left(fill, schools):
    assert not [path for path in fill(year_end(schools["MIXED"])).asked() if "leavers" in path]
    counts = {"enrolled": 30, "passed": 27, "struck_off": 1, "left": 2}
    answers = _one_grade(schools["GIRLS"], counts) | {"leavers_girls": {"married": 2, "died": 1}}
    filling = fill(answers)
    assert "Why 3 girls left" in filling.screens()[-3].title
    values = read_values(filling.finalize())
    assert (values["leavers_girls/explained"], values["leavers_girls/unexplained"]) == ("3", "0")


def test_a_school_of_boys_answers_on_girls_only_if_it_has_some(fill, schools):
    school, answers = schools["BOYS"], year_end(schools["BOYS"])
    assert not [path for path in fill(answers).asked() if "girls" in path]
    both = [results(n, school, girls=NOBODY) for n in range(1, 7)]
    values = read_values(fill(year_end(school, *both, has_other_sex="yes")).finalize())
    assert values["totals/girls_enrolled"] == "0"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("OTHERS", "yes"),  # a boys' school of which last month knows girls
        ("KNOWN", "no"),
        ("BOYS", None),  # nothing is known of it
    ],
)
def test_whether_the_other_sex_is_there_is_taken_from_the_last_month_and_can_be_changed(
    fill, schools, code, said
):
    first = year_end(schools[code])["identification"]
    del first["has_other_sex"]
    filling = fill({"identification": first})
    assert filling.value(OTHER_SEX) == said
    assert any("girls" in path for path in filling.asked()) is (said == "yes")
    filling.answer(OTHER_SEX, "yes")
    filling.answer("identification/school", code)
    assert filling.value(OTHER_SEX) == "yes"


def test_a_tablet_that_knows_its_school_knows_whether_the_other_sex_is_there(
    compiled, schools, forms
):
    form = OdkForm(compiled[FORM].xform, forms[FORM].media, {"username": "OTHERS"})
    filling = form.new()
    assert filling.value(OTHER_SEX) == "yes"
    assert "grades/girls/enrolled" in filling.asked()


@pytest.mark.parametrize(
    ("counts", "reason", "is_asked"),
    [
        ({"enrolled": 10, "passed": 10}, "grades/reason_outcomes", False),
        ({"enrolled": 10, "passed": 9}, "grades/reason_outcomes", True),
        ({"enrolled": 10, "passed": 5, "failed": 5}, "grades/reason_failed", False),
        ({"enrolled": 10, "passed": 4, "failed": 6}, "grades/reason_failed", True),
        ({"enrolled": 9, "failed": 9}, "grades/reason_failed", False),  # too few to be unusual
        ({"enrolled": 9, "passed": 8, "left": 1}, "leavers_girls/reason_girls_leavers", True),
    ],
)
def test_unusual_results_ask_for_a_reason(fill, schools, counts, reason, is_asked):
    filling = fill(_one_grade(schools["GIRLS"], counts))
    assert (reason in filling.asked()) is is_asked


@pytest.mark.parametrize(("passed_second", "is_asked"), [(4, False), (3, True)])
def test_graduates_unlike_those_who_passed_the_grade_ask_for_a_reason(
    fill, schools, passed_second, is_asked
):
    grades = [results(n, schools["GIRLS"]) for n in range(1, 6)]
    exam = SAT | {"passed_second": passed_second}
    last = results(6, schools["GIRLS"], girls_exam=exam)
    filling = fill(year_end(schools["GIRLS"], *grades, last))
    assert ("grades[6]/reason_exam" in filling.asked()) is is_asked


def test_exam_rounds_that_were_not_ticked_cannot_be_answered(fill, schools):
    last = results(6, schools["GIRLS"], girls_exam=SAT | {"sat_third": 1})
    with pytest.raises(NotAsked, match="sat_third"):
        fill(year_end(schools["GIRLS"], *[results(n, schools["GIRLS"]) for n in range(1, 6)], last))
