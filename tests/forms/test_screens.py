"""What the hand meets: how much is asked, on which screen, in which language, as of which day."""

import pytest

from config.codes import read_codes
from tests.forms.answers import census, facility, grade
from tests.forms.source import LANGUAGES

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
    filling = fill("school_census", census(schools[code], *_six_grades(**by_sex)))
    assert 100 <= len(filling.asked()) <= 120


def test_a_census_of_six_mixed_grades_asks_at_most_230(fill, schools):
    answers = census(schools["MIXED"], *_six_grades(girls=FULL, boys=FULL))
    assert 180 <= len(fill("school_census", answers).asked()) <= 230


@pytest.mark.parametrize("code", ["MIXED", "GUEST"])
def test_a_facility_return_asks_at_most_60(fill, schools, code):
    assert len(fill("facility_return", facility(schools[code])).asked()) <= 60


def test_no_screen_of_a_census_has_more_than_twelve_inputs(fill, schools):
    """The school of all grades meets every screen that there is, reasons included."""
    grades = [grade(number, FULL, FULL) for number in range(-1, 15)]
    filling = fill("school_census", census(schools["ALL"], *grades))
    sizes = {screen.path: len(screen.inputs) for screen in filling.screens()}
    assert max(sizes.values()) == sizes["grades[3]/entrants"] == MOST_INPUTS_PER_SCREEN


@pytest.mark.parametrize("code", ["MIXED", "GUEST"])
def test_no_screen_of_a_facility_return_has_more_than_twelve_inputs(fill, schools, code):
    screens = fill("facility_return", facility(schools[code])).screens()
    assert max(len(screen.inputs) for screen in screens) <= MOST_INPUTS_PER_SCREEN


@pytest.mark.parametrize(
    ("language", "as_of"),
    [
        ("ar", "بتاريخ 1 تشرين الثاني 2026"),
        ("ckb", "لە ڕێکەوتی 1ی تشرینی دووەمی 2026"),
        ("en", "as of 1 November 2026"),
    ],
)
def test_every_screen_says_the_day_that_the_figures_are_of(fill, schools, language, as_of):
    grades = [grade(number, {"age_m2": 30}, sections=0) for number in range(1, 7)]
    returns = {
        "school_census": census(schools["LAST80"], *grades),
        "facility_return": facility(schools["MIXED"]),
    }
    for form_id, answers in returns.items():
        filling = fill(form_id, answers, language)
        for screen in filling.screens():
            texts = [screen.title, *(filling.label(path) for path in screen.inputs[:1])]
            assert any(as_of in text for text in texts), screen.path


def test_a_guest_s_screens_say_the_day_as_well(fill, schools):
    answers = facility(schools["GUEST"], building_confirmed="no", building_dispute="x")
    filling = fill("facility_return", answers)
    for screen in filling.screens():
        texts = [screen.title, *(filling.label(path) for path in screen.inputs[:1])]
        assert any("as of 1 November 2026" in text for text in texts), screen.path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form_id", ["school_census", "facility_return"])
def test_the_last_screen_says_that_nothing_is_sent_before_finalize(
    fill, form_id, schools, language
):
    answers = {
        "school_census": census(schools["KG"], grade(-1, FULL, FULL), grade(0, FULL, FULL)),
        "facility_return": facility(schools["GUEST"]),
    }[form_id]
    filling = fill(form_id, answers, language)
    last = filling.screens()[-1]
    assert last.inputs[-1] == "declaration/confirmed"
    assert "Finalize" in filling.hint(last.inputs[-1])


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
