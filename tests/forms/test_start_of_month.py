"""The start of a month: last month's numbers, and those of them that were different."""

import pytest

from config.codes import read_codes
from tests.forms.engine import OdkForm
from tests.forms.media import School, write_media
from tests.forms.returns import grades_of, month_of, monthly, quiet_month
from tests.forms.source import LANGUAGES, read_sheet
from tests.forms.submission import read_values

FORM = "monthly_return"
DIFFERS = "start_of_month/start_differs"
COUNTED = "30 31 32 33 34 35"
OCTOBER = {"last_month": "2026-10", "last_month_girls": COUNTED, "last_month_boys": COUNTED}
SIXTEEN = " ".join(["20"] * 16)
WHOLE = School(
    "WHOLE", lowest_grade=-1, highest_grade=14, last_month="2026-10",
    last_month_girls=SIXTEEN, last_month_boys=SIXTEEN,
)  # fmt: skip


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers: forms[FORM].new(LANGUAGES["en"]).fill(answers)


@pytest.fixture
def open_for(compiled, tmp_path):
    """A tablet with the lists of these schools."""

    def _open(*schools: School, language: str = "en"):
        write_media(tmp_path, schools)
        return OdkForm(compiled[FORM].xform, tmp_path).new(LANGUAGES[language])

    return _open


def first_screen(school: School) -> dict:
    return {"identification": monthly(school)["identification"]}


def typed(filling) -> list[str]:
    return [path for path in filling.asked() if path.endswith("_start_typed")]


def starts(values: dict[str, str], sex: str, grades: int = 6) -> str:
    rows = ["grades", *(f"grades[{n}]" for n in range(2, grades + 1))]
    return " ".join(values[f"{row}/pupils/{sex}_start"] for row in rows)


def test_it_opens_filled_from_the_last_month_for_one_tap(fill, schools):
    filling = fill(monthly(schools["KNOWN"]))
    assert typed(filling) == []
    assert filling.value("start_of_month/last_boys") == COUNTED
    assert "October 2026" in filling.label("start_of_month/last_boys")
    values = read_values(filling.finalize())
    assert values[DIFFERS] == "none"
    assert starts(values, "boys") == COUNTED
    assert values["totals/start"] == str(30 + 31 + 32 + 33 + 34 + 35)


def test_a_number_that_was_different_is_typed_alone_and_the_others_are_last_month_s(fill, schools):
    school = schools["BOTH"]
    grades = [quiet_month(school) for _ in grades_of(school)]
    grades[2] = quiet_month(school, girls_start_typed=29)
    grades[4] = quiet_month(school, boys_start_typed=40)
    filling = fill(monthly(school, *grades))
    assert typed(filling) == [
        "grades[3]/pupils/girls_start_typed", "grades[5]/pupils/boys_start_typed",
    ]  # fmt: skip
    values = read_values(filling.finalize())
    assert values[DIFFERS] == "3_girls 5_boys"
    assert starts(values, "girls") == "30 31 29 33 34 35"
    assert starts(values, "boys") == "30 31 32 33 40 35"
    assert values["grades[3]/pupils/girls_end"] == "29"
    assert values["totals/start"] == str(2 * 195 - 3 + 6)


def test_a_head_of_whom_every_number_was_different_types_them_all(fill, schools):
    school = schools["KNOWN"]
    grades = [month_of(school, boys_start_typed=20) for _ in grades_of(school)]
    assert read_values(fill(monthly(school, *grades)).finalize())["totals/start"] == str(6 * 20)


def test_a_number_that_was_the_same_after_all_is_last_month_s_again(fill, schools):
    filling = fill(monthly(schools["KNOWN"]))
    filling.answer(DIFFERS, ["2_boys", "6_boys"])
    assert len(typed(filling)) == 2
    assert filling.value("grades[6]/pupils/boys_start") == "0", "it waits for what will be typed"
    filling.answer("grades[2]/pupils/boys_start_typed", 28)
    filling.answer("grades[6]/pupils/boys_start_typed", 50)
    filling.answer(DIFFERS, ["2_boys"])
    values = read_values(filling.finalize())
    assert starts(values, "boys") == "30 28 32 33 34 35"
    assert "grades[6]/pupils/boys_start_typed" not in values, "what was typed is taken back"


@pytest.mark.parametrize(
    ("school", "grades", "sexes"),
    [
        (School("S", **OCTOBER), range(1, 7), ("girls", "boys")),
        (School("S", sex="girls", **OCTOBER), range(1, 7), ("girls",)),
        (WHOLE, range(-1, 15), ("girls", "boys")),
    ],
    ids=["mixed", "girls", "every grade"],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_school_chooses_among_the_numbers_that_it_was_shown_or_none(
    open_for, language, school, grades, sexes
):
    filling = open_for(school, language=language).fill(first_screen(school))
    names = {one.code: one.name(language) for one in read_codes("pupil_group")}
    own = [f"{grade}_{sex}" for grade in grades for sex in sexes]
    expected = [(code, names[code]) for code in (*own, "none")]
    assert list(filling.choices(DIFFERS).items()) == expected


def test_a_group_is_of_the_grade_and_the_sex_that_the_code_list_gives():
    lines = [line for line in read_sheet(FORM, "choices") if line["list_name"] == "pupil_group"]
    found = {line["name"]: (line.get("grade", ""), line.get("sex", "")) for line in lines}
    codes = read_codes("pupil_group")
    assert found == {one.code: (one.extra["grade"], one.extra["sex"]) for one in codes}


@pytest.mark.parametrize(("grade", "row"), [(-1, "grades"), (1, "grades[3]"), (11, "grades[13]")])
def test_of_a_number_the_one_of_another_grade_with_the_same_digit_stays(open_for, grade, row):
    filling = open_for(WHOLE).fill(first_screen(WHOLE))
    filling.answer(DIFFERS, [f"{grade}_girls"])
    assert typed(filling) == [f"{row}/pupils/girls_start_typed"]


def test_a_head_who_first_chose_the_wrong_school_leaves_none_of_its_choices_behind(open_for):
    """Of the higher grades of that school the right one has none, and no girls."""
    right = School("RIGHT", sex="boys", last_month="2026-10", last_month_boys=COUNTED)
    filling = open_for(WHOLE, right).fill(first_screen(WHOLE))
    filling.answer(DIFFERS, ["0_girls", "1_girls", "9_boys"])
    filling.fill(first_screen(right))
    assert not filling.value(DIFFERS), "it is asked again"
    filling.fill(monthly(right))
    assert typed(filling) == []
    values = read_values(filling.finalize())
    assert values[DIFFERS] == "none"
    assert starts(values, "boys") == COUNTED


def test_a_sex_that_is_not_there_after_all_opens_no_box(open_for):
    school = School("S", sex="boys", **OCTOBER)
    filling = open_for(school).fill(first_screen(school))
    filling.answer("identification/has_other_sex", "yes")
    filling.answer(DIFFERS, ["1_girls", "1_boys"])
    assert len(typed(filling)) == 2
    filling.answer("identification/has_other_sex", "no")
    assert typed(filling) == ["grades/pupils/boys_start_typed"]


def test_in_a_round_of_which_the_start_is_not_known_every_number_is_typed(fill, schools):
    filling = fill(monthly(schools["BOTH"]))
    filling.answer(DIFFERS, ["1_girls"])
    filling.answer("identification/round", "R2027L")
    assert DIFFERS not in filling.asked()
    assert len(typed(filling)) == 12
    assert filling.value("grades[6]/pupils/boys_start") == "0"
    filling.answer("identification/round", "R2026")
    assert typed(filling) == ["grades/pupils/girls_start_typed"]
    assert filling.value("grades[6]/pupils/boys_start") == "35"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("MIXED", "nothing is known"),
        ("LATER", "a later month has been reported already"),
        ("SPRING", "it was another school year, and each in another grade"),
        ("FEWER", "the school has another number of grades by now"),
        ("ONESEX", "the other sex is not known"),
    ],
)
def test_numbers_that_do_not_fit_are_not_carried_over(fill, schools, code, why):
    school = schools[code]
    filling = fill(first_screen(school))
    assert DIFFERS not in filling.asked(), why
    assert len(typed(filling)) == (12 if school.sex == "mixed" else 6)
