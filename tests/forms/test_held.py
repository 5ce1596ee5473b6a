"""A figure that is held elsewhere: the census shows it and asks, with one tap, whether it is so.

| the list of schools                     | the census                                          |
|-----------------------------------------|-----------------------------------------------------|
| says what is held for this school year  | shows it beside the total; the same, or differs: why |
| says it for another year, or nothing    | asks nothing                                        |
| has no such property                    | asks nothing                                        |
"""

import pytest

from tests.forms.answers import census, everyone_special, grade
from tests.forms.engine import NotAsked, OdkForm, Rejected
from tests.forms.limits import FULL, TOTAL
from tests.forms.media import HELD, write_media
from tests.forms.source import LANGUAGES
from tests.forms.submission import read_values

FORM = "school_census"
ANSWER, REASON = "elsewhere/held_answer", "elsewhere/reason_held"
COUNTED = {
    "ar": f"وعددتم أنتم {12 * TOTAL}. هل العدد نفسه؟",
    "ckb": f"ئێوە {12 * TOTAL} قوتابیتان ژماردووە. ئایا هەمان ژمارەیە؟",
    "en": f"You have counted {12 * TOTAL}. Is it the same?",
}


def six_grades(**by_sex) -> list[dict]:
    return [grade(number, **by_sex) for number in range(1, 7)]


def answers_of(school, **more) -> dict:
    return census(school, *six_grades(girls=FULL, boys=FULL), **more)


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers, language="en": forms[FORM].new(LANGUAGES[language]).fill(answers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_held_stands_beside_the_total_after_it(fill, schools, language):
    filling = fill(answers_of(schools["HELD"]), language)
    assert filling.label(ANSWER) == f"{HELD[f'pupils_held_{language}']} {COUNTED[language]}"
    paths = [screen.path for screen in filling.screens()]
    assert paths.index("elsewhere") == paths.index("totals") + 1
    assert list(filling.choices(ANSWER)) == ["same", "differs"]


def test_one_tap_says_that_it_is_the_same(fill, schools):
    before = len(fill(answers_of(schools["MIXED"])).asked())
    filling = fill(answers_of(schools["HELD"], elsewhere={"held_answer": "same"}))
    assert len(filling.asked()) == before + 1
    values = read_values(filling.finalize())
    assert values[ANSWER] == "same"
    assert values["totals/pupils_held_en"] == HELD["pupils_held_en"], "what was shown is sent"
    assert values["totals/pupils"] == str(12 * TOTAL), "and is added to nothing"


def test_who_says_that_it_differs_says_why(fill, schools):
    filling = fill(answers_of(schools["HELD"], elsewhere={"held_answer": "differs"}))
    with pytest.raises(Rejected) as refused:
        filling.finalize()
    assert refused.value.path == REASON
    filling.answer(REASON, "ثلاثة تلاميذ نُقلوا")
    values = read_values(filling.finalize())
    assert (values[ANSWER], values[REASON]) == ("differs", "ثلاثة تلاميذ نُقلوا")


def test_without_an_answer_it_is_not_finished(fill, schools):
    with pytest.raises(Rejected) as refused:
        fill(answers_of(schools["HELD"])).finalize()
    assert refused.value.path == ANSWER


@pytest.mark.parametrize("code", ["MIXED", "HELDBEFORE"])
def test_a_school_of_which_nothing_is_held_for_this_year_is_asked_nothing(fill, schools, code):
    filling = fill(answers_of(schools[code]))
    assert not [path for path in filling.asked() if path.startswith("elsewhere")]
    assert "elsewhere" not in [screen.path for screen in filling.screens()]
    with pytest.raises(NotAsked):
        filling.answer(ANSWER, "same")
    assert ANSWER not in read_values(filling.finalize())


def test_before_a_school_is_picked_nothing_is_asked(forms):
    filling = forms[FORM].new(LANGUAGES["en"])
    assert not [path for path in filling.asked() if path.startswith("elsewhere")]


def test_a_list_that_has_no_such_property_yet_stops_nothing(compiled, schools, tmp_path):
    write_media(tmp_path, [schools["HELD"]], without=tuple(HELD))
    filling = OdkForm(compiled[FORM].xform, tmp_path).new(LANGUAGES["en"])
    values = read_values(filling.fill(answers_of(schools["HELD"])).finalize())
    assert ANSWER not in values


@pytest.mark.parametrize(
    ("code", "by_sex", "most"),
    [("HELDGIRLS", {"girls": FULL}, 120), ("HELD", {"girls": FULL, "boys": FULL}, 230)],
)
def test_the_budget_holds_on_the_school_s_own_tablet_with_a_tap_and_a_reason(
    compiled, schools, tmp_path, code, by_sex, most
):
    """Every box of ages, every reason of leaving, every domain: the most that can be asked."""
    school = schools[code]
    write_media(tmp_path, [school])
    form = OdkForm(compiled[FORM].xform, tmp_path, {"username": code})
    answers = census(
        school, *six_grades(**by_sex), special=everyone_special(school),
        elsewhere={"held_answer": "differs", "reason_held": "نقل"},
    )  # fmt: skip
    for name in ("governorate", "district", "school"):
        del answers["identification"][name]
    asked = form.new(LANGUAGES["en"]).fill(answers).asked()
    assert {ANSWER, REASON} <= set(asked)
    assert most - 20 <= len(asked) <= most
