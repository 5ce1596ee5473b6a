"""What the hand meets: how much is asked, on which screen, in which language, as of which day."""

from collections.abc import Collection, Iterable
from random import Random

import pytest

from config.codes import read_codes
from tests.forms.answers import census, everyone_special, facility, grade
from tests.forms.engine import OdkForm
from tests.forms.limits import CASES
from tests.forms.media import write_media
from tests.forms.returns import (
    connectivity,
    monthly,
    quiet_month,
    results,
    teachers,
    textbooks,
    year_end,
)
from tests.forms.source import BUTTONS, FORM_IDS, LANGUAGES
from tests.forms.staff import newcomer, staff
from tests.forms.updates import closing, opening
from tests.forms.visits import closed_school, visit

MOST_INPUTS_PER_SCREEN = 12
"""Collect saves when a screen is left: a longer one is lost when the battery ends."""

FULL = {f"age_{band}": 2 for band in ("m2", "m1", "0", "1", "2", "3", "4", "5", "6", "unknown")}


def _six_grades(**by_sex) -> list[dict]:
    return [grade(number, **by_sex) for number in range(1, 7)]


@pytest.fixture(scope="module")
def fill(forms):
    """Fill a form in a language; the filling comes back, not yet finalized."""

    def _fill(form_id: str, answers: dict, language: str = "en"):
        return forms[form_id].new(LANGUAGES[language]).fill(answers)

    return _fill


@pytest.mark.parametrize(("code", "by_sex"), [("GIRLS", {"girls": FULL}), ("BOYS", {"boys": FULL})])
def test_a_census_of_six_grades_of_one_sex_asks_at_most_120(fill, schools, code, by_sex):
    """Every box of ages, every reason of leaving, every domain: the most that can be asked."""
    special = everyone_special(schools[code])
    filling = fill("school_census", census(schools[code], *_six_grades(**by_sex), special=special))
    assert len(filling.asked()) == 120


def test_a_census_of_six_mixed_grades_asks_at_most_230(fill, schools):
    special = everyone_special(schools["MIXED"])
    answers = census(schools["MIXED"], *_six_grades(girls=FULL, boys=FULL), special=special)
    assert 210 <= len(fill("school_census", answers).asked()) <= 230


@pytest.mark.parametrize("code", ["MIXED", "GUEST"])
def test_a_facility_return_asks_at_most_60(fill, schools, code):
    assert len(fill("facility_return", facility(schools[code])).asked()) <= 60


MONTH_BUDGET = 40
MOVES = [
    f"{grade}_{sex}_{move}"
    for grade in range(1, 7)
    for sex in ("girls", "boys")
    for move in ("joined", "left")
]
"""The girls who joined grade 1, those who left it, and so on: what can be named of a month."""
STARTS = [f"{grade}_{sex}_start_typed" for grade in range(1, 7) for sex in ("girls", "boys")]
"""The girls with whom grade 1 began, where they were others than last month's, and so on."""


def _usual(school) -> dict:
    """A reason for lost days and one for absences of teachers, women and men: three boxes more."""
    return {
        "days": {"days_held": 20, "lost_reasons": ["weather"]},
        "lost_days": {"weather": 1},
        "teachers": teachers(school, absent=["sick"]),
        "teacher_absences": {"female_sick": 4, "male_sick": 1},
    }


def _grades_of_a_month(school, named: Collection[str]) -> list[dict]:
    """Six grades; of each group of pupils that is named one joined or left, or 29 were there."""
    boxes = [[group[2:] for group in named if group.startswith(f"{n}_")] for n in range(1, 7)]
    return [
        quiet_month(school, **{box: 29 if box.endswith("start_typed") else 1 for box in of_grade})
        for of_grade in boxes
    ]


def _some(groups: Iterable[str], count: int) -> list[str]:
    """So many of the groups: the same ones in each run."""
    return Random(count).sample(list(groups), count)


def _of(school, groups: Iterable[str]) -> list[str]:
    """Those of them that the school can name."""
    return [group for group in groups if school.sex in ("mixed", group.split("_")[1])]


@pytest.fixture
def ask_a_month(compiled, schools, tmp_path):
    """How many inputs a month asks on the school's own tablet, which has no other school."""

    def ask(code: str, named: Collection[str], is_usual: bool = False) -> int:
        school = schools[code]
        write_media(tmp_path, [school])
        form = OdkForm(compiled["monthly_return"].xform, tmp_path, {"username": code})
        usual = _usual(school) if is_usual else {}
        answers = monthly(school, *_grades_of_a_month(school, named), **usual)
        for name in ("governorate", "district", "school"):
            del answers["identification"][name]
        return len(form.new().fill(answers).asked())

    return ask


QUIET = [
    ("BOTH", 22),  # mixed
    ("KNOWN", 17),  # boys
    ("STAFFED", 21 + 12),  # a first month, mixed: the numbers at the start are typed
    ("MIXED", 22 + 12),  # the same, and who teaches is not on record: two numbers for one tap
    ("BOYS", 17 + 6),  # the same of boys
]
"""What a month of six grades asks in which nothing happened, on the school's own tablet."""


@pytest.mark.parametrize(("code", "quiet"), QUIET)
def test_a_quiet_month_asks_the_days_of_absence_and_little_more(ask_a_month, code, quiet):
    assert ask_a_month(code, []) == quiet <= MONTH_BUDGET


@pytest.mark.parametrize(("code", "quiet", "all_started"), [("BOTH", 22, 34), ("KNOWN", 17, 23)])
def test_a_month_asks_one_more_for_each_number_that_was_different_at_its_start(
    ask_a_month, schools, code, quiet, all_started
):
    possible = _of(schools[code], STARTS)
    for count in (1, 4, len(possible)):
        assert ask_a_month(code, _some(possible, count)) == quiet + count <= MONTH_BUDGET
    assert quiet + len(possible) == all_started


@pytest.mark.parametrize(("code", "quiet"), QUIET)
def test_a_month_asks_one_more_for_each_group_of_pupils_that_moved(
    ask_a_month, schools, code, quiet
):
    """The budget holds until so many groups have moved that their numbers alone are beyond it."""
    possible = _of(schools[code], MOVES)
    for count in (1, 5, min(MONTH_BUDGET - quiet, len(possible))):
        assert ask_a_month(code, _some(possible, count)) == quiet + count <= MONTH_BUDGET


@pytest.mark.parametrize(
    ("code", "started", "moving", "asked"),
    [
        ("BOTH", 0, 15, 22 + 15 + 3),
        ("BOTH", 1, 14, 22 + 1 + 14 + 3),
        ("BOTH", 12, 3, 22 + 12 + 3 + 3),  # every number at the start was different
        ("KNOWN", 6, 12, 17 + 6 + 12 + 3),  # each group that there is
        ("STAFFED", 0, 4, 33 + 4 + 3),
        ("MIXED", 0, 3, 34 + 3 + 3),
        ("BOYS", 0, 12, 23 + 12 + 3),
    ],
)
def test_a_usual_month_with_days_lost_and_teachers_absent_asks_at_most_40(
    ask_a_month, schools, code, started, moving, asked
):
    named = _some(_of(schools[code], STARTS), started) + _some(_of(schools[code], MOVES), moving)
    assert ask_a_month(code, named, is_usual=True) == asked <= MONTH_BUDGET


def test_the_busiest_first_month_asks_82(fill, schools):
    """Each group of pupils moved, each reason for a lost day and an absence, 28 days to explain.

    It cannot be 40: joined, left and days of absence of six grades and two sexes alone are 36
    numbers, their start 12 more, and none of them follows from the others.
    """
    school = schools["MIXED"]
    asked = fill("monthly_return", CASES["monthly_return"].answers(school)).asked()
    assert len(asked) == 25 + 12 + len(MOVES) + (10 + 1) + (5 + 4) + 1


@pytest.mark.parametrize(("code", "most"), [("GIRLS", 70), ("MIXED", 125)])
def test_year_end_results_of_six_grades(fill, schools, code, most):
    counts = {"enrolled": 30, "passed": 24, "left": 6}
    grades = [results(number, schools[code], counts) for number in range(1, 7)]
    assert most - 10 <= len(fill("year_end_results", year_end(schools[code], *grades)).asked())
    assert len(fill("year_end_results", year_end(schools[code], *grades)).asked()) <= most


def test_a_textbook_return_of_six_grades_asks_at_most_75(fill, schools):
    assert 60 <= len(fill("textbook_return", textbooks(schools["GIRLS"])).asked()) <= 75


def test_a_connectivity_return_asks_at_most_60_with_five_devices(fill, schools):
    devices = [
        {"kind": "tablet", "serial": f"T-{number}", "state": "working"} for number in range(5)
    ]
    answers = connectivity(schools["MIXED"], *devices)
    assert len(fill("connectivity_readiness", answers).asked()) <= 60


@pytest.mark.parametrize("code", ["MIXED", "ALL"])
def test_a_staff_return_without_news_asks_8_whatever_the_size_of_the_staff(fill, schools, code):
    """The school and the round, one question on the staff, the declaration."""
    assert len(fill("staff_return", staff(schools[code])).asked()) == 4 + 1 + 3


def test_a_new_person_costs_at_most_17_answers(fill, schools):
    one = staff(schools["ONE"], roster={"new_count": 1}, newcomers=[newcomer()])
    asked = fill("staff_return", one).asked()
    assert len([path for path in asked if path.startswith("newcomers")]) <= 17


def test_a_visit_of_two_classes_asks_at_most_50(fill, schools):
    assert 30 <= len(fill("inspection_visit", visit(schools["MIXED"])).asked()) <= 50


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_no_screen_of_a_form_with_every_box_in_use_has_more_than_twelve_inputs(
    fill, schools, form_id
):
    case = CASES[form_id]
    screens = fill(form_id, case.answers(schools[case.school])).screens()
    assert max(len(screen.inputs) for screen in screens) <= MOST_INPUTS_PER_SCREEN


def test_no_screen_of_a_census_has_more_than_twelve_inputs(fill, schools):
    """The school of all grades meets every screen that there is, reasons included."""
    grades = [grade(number, FULL, FULL) for number in range(-1, 15)]
    filling = fill("school_census", census(schools["ALL"], *grades))
    sizes = {screen.path: len(screen.inputs) for screen in filling.screens()}
    assert max(sizes.values()) == sizes["grades[3]/entrants"] == MOST_INPUTS_PER_SCREEN


DAYS = {
    "ar": ("بتاريخ 1 تشرين الثاني 2026", "بتاريخ 15 أيلول 2027", "لشهر تشرين الثاني 2026"),
    "ckb": (
        "لە ڕێکەوتی 1ی تشرینی دووەمی 2026",
        "لە ڕێکەوتی 15ی ئەیلوولی 2027",
        "بۆ مانگی تشرینی دووەمی 2026",
    ),
    "en": ("as of 1 November 2026", "as of 15 September 2027", "for November 2026"),
}
"""What the screens of most forms, of year-end results and of the monthly return must say."""
OTHER_DAYS = {"year_end_results": 1, "monthly_return": 2}


def _with_reasons(schools) -> dict[str, list[dict]]:
    """Returns that meet every kind of screen, those of reasons included."""
    grades = [grade(number, {"age_m2": 30}, sections=0) for number in range(1, 7)]
    guest = facility(schools["GUEST"], building_confirmed="no", building_dispute="x")
    odd_days = {"days": {"days_held": 0, "lost_reasons": ["none"]}, "outages": None}
    no_teacher = {"teachers": teachers(schools["GIRLS"], 0, 0), "declaration": None}
    month = [{"pupils": {"girls_start_typed": 30, "girls_joined": 9}}]
    return {
        "school_census": [census(schools["LAST80"], *grades)],
        "facility_return": [facility(schools["MIXED"]), guest],
        "monthly_return": [
            monthly(schools["GIRLS"], *month, **odd_days, **no_teacher),
            monthly(schools["KNOWN"]),
        ],
        "inspection_visit": [closed_school(schools["MIXED"])],
        "school_update": [opening(schools["MIXED"]), closing(schools["MIXED"])],
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_screen_says_the_day_or_the_month_that_the_figures_are_of(
    fill, schools, form_id, language
):
    case, day = CASES[form_id], DAYS[language][OTHER_DAYS.get(form_id, 0)]
    usual = case.answers(schools[case.school])
    for answers in [usual, *_with_reasons(schools).get(form_id, [])]:
        filling = fill(form_id, answers, language)
        for screen in filling.screens():
            texts = [screen.title, *(filling.label(path) for path in screen.inputs[:1])]
            assert any(day in text for text in texts), screen.path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form_id", FORM_IDS)
def test_the_last_screen_says_that_nothing_is_sent_yet_and_which_button_sends(
    fill, form_id, schools, language
):
    first = CASES[form_id].answers(schools["GUEST"])["identification"]
    filling = fill(form_id, {"identification": first}, language)
    last = filling.screens()[-1]
    assert last.inputs[-1] == "declaration/confirmed"
    places = [filling.hint(last.inputs[-1]).find(button) for button in BUTTONS[language]]
    assert -1 < places[0] < places[1] < places[2]


@pytest.mark.parametrize("month", read_codes("month"), ids=lambda month: month.name_en)
def test_each_month_is_named_as_in_iraq(fill, schools, month):
    answers = census(schools["KG"], round=f"M{month.code}")
    filling = fill("school_census", {"identification": answers["identification"]})
    for language in LANGUAGES:
        filling.set_language(LANGUAGES[language])
        title = filling.screens()[-1].title
        assert f"15 {month.name(language)}" in title.replace("15ی", "15"), title
        assert "2027" in title


def test_each_grade_is_named_in_three_languages(fill, schools):
    answers = census(schools["ALL"])
    filling = fill("school_census", {"identification": answers["identification"]})
    for language in LANGUAGES:
        filling.set_language(LANGUAGES[language])
        titles = [one.title for one in filling.screens() if one.path.endswith("/classes")]
        names = [one.name(language) for one in read_codes("grade")]
        assert len(titles) == len(names) == 16
        assert all(f"{name}: " in title for name, title in zip(names, titles, strict=True))


def test_boxes_show_the_year_of_birth_and_never_an_age(fill, schools):
    """School year 2026, grade 3: the intended age is 8 on 31 December 2026, so 2018."""
    answers = census(schools["MIXED"])
    filling = fill("school_census", {"identification": answers["identification"]})
    girls = [filling.label(f"grades[3]/girls/age_{band}") for band in ("m2", "m1", "0", "1", "6")]
    assert girls == [
        "Girls born in 2020 or later",
        "Girls born in 2019",
        "Girls born in 2018",
        "Girls born in 2017",
        "Girls born in 2012 or earlier",
    ]
    assert (
        filling.label("grades/entrants/boys_age_2")
        == "Boys newly admitted, born in 2018 or earlier"
    )


def test_schools_and_rounds_come_from_the_lists_filtered(fill, schools):
    answers = census(schools["MIXED"])
    filling = fill("school_census", {"identification": answers["identification"]})
    offered = filling.choices("identification/school")
    assert {"MIXED", "BOYS"} <= set(offered)
    assert "ELSEWHERE" not in offered
    assert "F2026" not in filling.choices("identification/round")
    assert offered["MIXED"] == schools["MIXED"].label
