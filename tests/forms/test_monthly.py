"""The monthly return, filled as a tablet fills it: days, pupils carried over, absences."""

from dataclasses import replace

import pytest

from config.codes import read_codes
from tests.forms.engine import OdkForm, Rejected
from tests.forms.media import School, write_media
from tests.forms.returns import grades_of, month_of, monthly, quiet_month, teachers
from tests.forms.source import LANGUAGES, read_sheet
from tests.forms.submission import read_values

FORM = "monthly_return"


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers: forms[FORM].new(LANGUAGES["en"]).fill(answers)


def test_the_end_of_the_month_is_the_start_and_those_who_came_less_those_who_went(fill, schools):
    values = read_values(fill(monthly(schools["MIXED"])).finalize())
    assert values["grades/pupils/girls_end"] == str(30 + 2 - 1)
    expected = {"start": 12 * 30, "joined": 12 * 2, "left": 12, "end": 12 * 31}
    expected["absent_days"] = 12 * 40
    assert {name: int(values[f"totals/{name}"]) for name in expected} == expected


def test_a_month_in_which_nobody_joined_or_left_opens_no_box_for_it(fill, schools):
    school = schools["BOTH"]
    filling = fill(monthly(school, *(quiet_month(school) for _ in grades_of(school))))
    assert not [path for path in filling.asked() if path.endswith(("_joined", "_left"))]
    values = read_values(filling.finalize())
    assert values["moves/moved"] == "none"
    assert values["grades[6]/pupils/girls_end"] == "35"
    start = 2 * (30 + 31 + 32 + 33 + 34 + 35)
    expected = {"start": start, "joined": 0, "left": 0, "end": start, "absent_days": 12 * 40}
    assert {name: int(values[f"totals/{name}"]) for name in expected} == expected


def test_girls_who_joined_one_grade_and_boys_who_left_another_open_one_box_each(fill, schools):
    school = schools["BOTH"]
    grades = [quiet_month(school) for _ in grades_of(school)]
    grades[2] = quiet_month(school, girls_joined=3)
    grades[4] = quiet_month(school, boys_left=1)
    filling = fill(monthly(school, *grades))
    opened = [path for path in filling.asked() if path.endswith(("_joined", "_left"))]
    assert opened == ["grades[3]/pupils/girls_joined", "grades[5]/pupils/boys_left"]
    values = read_values(filling.finalize())
    assert values["moves/moved"] == "3_girls_joined 5_boys_left"
    assert values["grades[3]/pupils/girls_end"] == str(32 + 3)
    assert values["grades[3]/pupils/boys_end"] == "32"
    assert values["grades[5]/pupils/boys_end"] == str(34 - 1)
    assert (values["totals/joined"], values["totals/left"]) == ("3", "1")


def test_a_head_who_says_that_nobody_left_after_all_sends_no_number_of_them(fill, schools):
    filling = fill(monthly(schools["BOTH"]))
    joined = [f"{grade}_{sex}_joined" for grade in range(1, 7) for sex in ("girls", "boys")]
    filling.answer("moves/moved", joined)
    values = read_values(filling.finalize())
    assert not [path for path in values if path.endswith("_left") and values[path] != "0"]
    assert values["grades/pupils/girls_end"] == str(30 + 2)
    assert (values["totals/joined"], values["totals/left"]) == (str(12 * 2), "0")


@pytest.mark.parametrize(
    ("code", "grades", "sexes"),
    [
        ("MIXED", range(1, 7), ("girls", "boys")),
        ("GIRLS", range(1, 7), ("girls",)),
        ("KG", (-1, 0), ("girls", "boys")),
        ("ALL", range(-1, 15), ("girls", "boys")),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_school_chooses_among_its_own_grades_and_sexes_or_nobody(
    forms, schools, language, code, grades, sexes
):
    first = {"identification": monthly(schools[code])["identification"]}
    filling = forms[FORM].new(LANGUAGES[language]).fill(first)
    names = {one.code: one.name(language) for one in read_codes("pupil_move")}
    moves = [f"{sex}_{move}" for move in ("joined", "left") for sex in sexes]
    own = [f"{grade}_{move}" for grade in grades for move in moves]
    offered = filling.choices("moves/moved")
    assert list(offered.items()) == [(code, names[code]) for code in (*own, "none")]


def test_a_move_belongs_to_the_grade_and_the_sex_that_the_code_list_gives():
    lines = [line for line in read_sheet(FORM, "choices") if line["list_name"] == "pupil_move"]
    found = {line["name"]: (line.get("grade", ""), line.get("sex", "")) for line in lines}
    expected = {
        one.code: (one.extra["grade"], one.extra["sex"]) for one in read_codes("pupil_move")
    }
    assert found == expected


def test_of_one_grade_the_boxes_of_another_with_the_same_first_digit_stay_closed(fill, schools):
    school = schools["ALL"]
    grades = [quiet_month(school) for _ in grades_of(school)]
    grades[11] = month_of(school, joined=2, left=None)
    filling = fill(monthly(school, *grades))
    opened = [path for path in filling.asked() if path.endswith(("_joined", "_left"))]
    assert opened == [f"grades[12]/pupils/{sex}_joined" for sex in ("girls", "boys")]
    moved = read_values(filling.finalize())["moves/moved"]
    assert set(moved.split()) == {"10_girls_joined", "10_boys_joined"}


def test_absences_are_not_asked_where_nobody_is_or_on_no_day_held(fill, schools):
    school = schools["MIXED"]
    grades = [quiet_month(school) for _ in grades_of(school)]
    grades[0]["pupils"] |= {"girls_start_typed": 0}
    del grades[0]["pupils"]["girls_absent_days"]
    filling = fill(monthly(school, *grades))
    assert "grades/pupils/girls_absent_days" not in filling.asked()
    assert "grades/pupils/boys_absent_days" in filling.asked()
    assert read_values(filling.finalize())["totals/absent_days"] == str(11 * 40)
    filling.answer("grades/pupils/girls_start_typed", 1)
    assert "grades/pupils/girls_absent_days" in filling.asked(), "somebody is there now"
    filling.answer("days/days_held", 0)
    assert not [path for path in filling.asked() if path.endswith("/girls_absent_days")]


def test_outages_are_not_asked_of_a_month_in_which_no_day_was_held(fill, schools):
    boxes = {"outages/water_days", "outages/power_days"}
    filling = fill(monthly(schools["MIXED"]))
    assert boxes <= set(filling.asked())
    filling.answer("days/days_held", 0)
    assert not boxes & set(filling.asked())
    filling.answer("reason_days", "x")
    values = read_values(filling.finalize())
    assert not boxes & values.keys(), "what was written before is taken back"
    filling.answer("days/days_held", 1)
    assert boxes <= set(filling.asked())


@pytest.mark.parametrize(("code", "said"), [("OTHERS", "yes"), ("KNOWN", "no"), ("BOYS", None)])
def test_whether_the_other_sex_is_there_is_taken_from_the_last_month_and_can_be_changed(
    fill, schools, code, said
):
    first = monthly(schools[code])["identification"]
    del first["has_other_sex"]
    filling = fill({"identification": first})
    assert filling.value("identification/has_other_sex") == said
    assert ("1_girls_joined" in filling.choices("moves/moved")) is (said == "yes")
    filling.answer("identification/has_other_sex", "yes")
    assert "1_girls_joined" in filling.choices("moves/moved")


def test_a_list_without_last_month_s_figures_opens_the_form_empty(compiled, tmp_path):
    """The list on a Central that does not keep these properties yet."""
    school = School("OLD")
    figures = ("last_month", "last_month_girls", "last_month_boys", "teachers_on_duty")
    write_media(tmp_path, [school], without=figures)
    form = OdkForm(compiled[FORM].xform, tmp_path)
    values = read_values(form.new().fill(monthly(school)).finalize())
    assert values["totals/start"] == str(12 * 30)
    assert on_duty_of(values) == ("5", "3")


def test_the_month_is_the_round_s_and_never_the_clock_s(fill, schools):
    values = read_values(fill(monthly(schools["MIXED"])).finalize())
    assert values["identification/month"] == "2026-11"
    assert values["days_in_month"] == "30"


@pytest.mark.parametrize(("round_code", "days"), [("R2026", 30), ("R2027F", 28), ("R2027L", 29)])
def test_a_month_holds_no_more_days_than_the_calendar(fill, schools, round_code, days):
    filling = fill(monthly(schools["MIXED"], round=round_code))
    filling.answer("days/days_held", days)
    with pytest.raises(Rejected):
        filling.answer("days/days_held", days + 1)


def test_days_lost_are_asked_for_each_reason_and_added_up(fill, schools):
    days = {"days_held": 15, "lost_reasons": ["weather", "strike"]}
    lost = {"weather": 4, "strike": 3}
    filling = fill(monthly(schools["MIXED"], days=days, lost_days=lost))
    asked = [path for path in filling.asked() if path.startswith("lost_days")]
    assert asked == ["lost_days/weather", "lost_days/strike"]
    assert filling.value("lost_days/lost") == str(4 + 3)


@pytest.mark.parametrize(
    ("days", "lost", "is_asked"),
    [
        ({"days_held": 22, "lost_reasons": ["none"]}, None, False),
        ({"days_held": 0, "lost_reasons": ["none"]}, None, True),
        ({"days_held": 0, "lost_reasons": ["security"]}, {"security": 22}, False),
        ({"days_held": 23, "lost_reasons": ["weather"]}, {"weather": 4}, False),
        ({"days_held": 23, "lost_reasons": ["weather"]}, {"weather": 5}, True),  # 28 of 30
    ],
)
def test_unusual_days_ask_for_a_reason(fill, schools, days, lost, is_asked):
    first = monthly(schools["MIXED"])["identification"]
    answers = {"identification": first, "days": days}
    filling = fill(answers | ({"lost_days": lost} if lost else {}))
    assert ("reason_days" in filling.asked()) is is_asked


@pytest.mark.parametrize(
    ("counts", "reason", "is_asked"),
    [
        ({"joined": 3, "left": 3}, "reason_moves", False),  # a fifth of 30
        ({"joined": 4, "left": 3}, "reason_moves", True),
        ({"joined": 0, "left": 0, "absent_days": 30 * 11}, "reason_absence", False),
        ({"joined": 0, "left": 0, "absent_days": 30 * 11 + 1}, "reason_absence", True),
    ],
)
def test_an_unusual_month_of_a_grade_asks_for_a_reason(fill, schools, counts, reason, is_asked):
    school = schools["GIRLS"]
    boxes = {f"girls_{name}": number for name, number in counts.items()}
    filling = fill(monthly(school, month_of(school, **boxes), declaration=None, outages=None,
                           teachers=None))  # fmt: skip
    assert (f"grades/{reason}" in filling.asked()) is is_asked


TYPED = ["teachers/female_on_duty_typed", "teachers/male_on_duty_typed"]


def on_duty_of(values: dict[str, str]) -> tuple[str | None, str | None]:
    return values.get("teachers/female_on_duty"), values.get("teachers/male_on_duty")


@pytest.mark.parametrize("code", ["KNOWN", "STAFFED"])
def test_teachers_who_are_known_cost_one_tap(fill, schools, code):
    filling = fill(monthly(schools[code]))
    assert filling.label("teachers/known_note") == "On duty: women 5, men 3"
    asked = [path for path in filling.asked() if path.startswith("teachers/")]
    assert asked == ["teachers/as_known", "teachers/absence_reasons"]
    assert on_duty_of(read_values(filling.finalize())) == ("5", "3")


def test_a_head_with_other_teachers_types_how_many(fill, schools):
    filling = fill(monthly(schools["KNOWN"], teachers=teachers(schools["KNOWN"], female=6)))
    assert set(TYPED) <= set(filling.asked())
    assert on_duty_of(read_values(filling.finalize())) == ("6", "3")
    filling.answer("teachers/as_known", "yes")
    assert not set(TYPED) & set(filling.asked())
    assert on_duty_of(read_values(filling.finalize())) == ("5", "3"), "what was typed is taken back"


def test_teachers_on_duty_are_not_known_before_the_head_has_typed_them(fill, schools):
    """Neither are absences asked of them, nor a reason for having none."""
    filling = fill({"identification": monthly(schools["MIXED"])["identification"]})
    filling.answer("days/days_held", 20)
    open_now = set(filling.asked())
    assert set(TYPED) <= open_now
    assert not {"teachers/as_known", "teachers/absence_reasons", "reason_teachers"} & open_now


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ("", "nothing is known"),
        ("5", "of one sex alone"),
        ("5 3 1", "more than two numbers"),
        ("five 3", "no number"),
        ("5 -3", "less than nobody"),
        ("5.5 3", "half a person"),
    ],
)
def test_teachers_on_duty_that_are_not_two_numbers_are_typed(compiled, tmp_path, known, why):
    school = School("ODD", teachers_on_duty=known)
    write_media(tmp_path, [school])
    form = OdkForm(compiled[FORM].xform, tmp_path)
    answers = monthly(replace(school, teachers_on_duty=""))
    assert on_duty_of(read_values(form.new().fill(answers).finalize())) == ("5", "3"), why


def test_teachers_on_duty_of_a_later_month_are_not_taken_for_this_one(fill, schools):
    """A return that is opened again when it has arrived keeps what it said."""
    filling = fill({"identification": monthly(schools["LATER"])["identification"]})
    assert "teachers/as_known" not in filling.asked()
    assert set(TYPED) <= set(filling.asked())


def test_absences_of_teachers_are_asked_by_reason_and_by_sex(fill, schools):
    school = schools["MIXED"]
    absent = teachers(school, male=0, absent=["sick", "maternity"])
    absences = {"female_sick": 3, "female_maternity": 22}
    filling = fill(monthly(school, teachers=absent, teacher_absences=absences))
    asked = [path for path in filling.asked() if path.startswith("teacher_absences")]
    assert asked == ["teacher_absences/female_sick", "teacher_absences/female_maternity"]
    values = read_values(filling.finalize())
    assert values["teacher_absences/female_absent_days"] == str(3 + 22)


@pytest.mark.parametrize(
    ("female", "absences", "is_asked"),
    [
        (0, None, True),
        (1, {"female_sick": 11}, False),
        (1, {"female_sick": 12}, True),  # over half of 22
    ],
)
def test_too_few_teachers_ask_for_a_reason(fill, schools, female, absences, is_asked):
    school = schools["MIXED"]
    few = teachers(school, female, 0, absent=["sick"])
    filling = fill(monthly(school, teachers=few, teacher_absences=absences))
    assert ("reason_teachers" in filling.asked()) is is_asked


def test_fewer_days_held_afterwards_are_found_on_finalize(fill, schools):
    """40 days of absence of 32 pupils are possible in 2 days and not in 1."""
    filling = fill(monthly(schools["ONE"], days={"days_held": 2, "lost_reasons": ["none"]},
                           outages={"water_days": 0, "power_days": 0},
                           teachers=teachers(schools["ONE"])))  # fmt: skip
    filling.answer("grades/reason_absence", "x")
    filling.finalize()
    filling.answer("days/days_held", 1)
    with pytest.raises(Rejected) as refused:
        filling.finalize()
    assert refused.value.path == "grades/pupils/girls_absent_days"
