"""The staff return, filled as a tablet fills it: a tap where nothing is new, else who and what."""

import pytest

from config.codes import read_codes
from config.entity_lists import STAFF_PROPERTIES
from processing.command.teaching_file import MOST_LINES, PERIODS_A_LINE
from tests.forms.engine import NotAsked, Rejected
from tests.forms.media import STAFF, Person
from tests.forms.source import LANGUAGES, read_survey
from tests.forms.staff import (
    ALL_FACTS,
    LESSON,
    LINE,
    NOTHING_NEW,
    many_changes,
    newcomer,
    people,
    staff,
)
from tests.forms.submission import read_values

FORM = "staff_return"
ON_STAFF = ("roster", "in_service", "people", "newcomers", "totals")


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers, language="en": forms[FORM].new(LANGUAGES[language]).fill(answers)


def _with(school, code: str, change: dict, **more) -> dict:
    """One person of the list changed; more: further groups of the person's row."""
    roster = {"has_changes": "yes", "changed_people": [code], "new_count": 0}
    rows = people(school, **{code: {"change": change, **more}})
    return staff(school, roster=roster, people=rows)


def test_the_list_has_the_properties_that_central_is_given():
    assert set(Person.__dataclass_fields__) == {"label", *STAFF_PROPERTIES}


@pytest.mark.parametrize("code", ["MIXED", "ALL"])
def test_a_staff_without_news_costs_one_tap_whatever_its_size(fill, schools, code):
    asked = [path for path in fill(staff(schools[code])).asked() if path.startswith(ON_STAFF)]
    assert asked == ["roster/has_changes"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tap_confirms_everyone_whose_name_stands_above_it(fill, schools, language):
    filling = fill(staff(schools["MIXED"]), language)
    screen = next(screen for screen in filling.screens() if screen.path == "roster")
    assert (screen.shown, screen.inputs) == (("roster/listed_people",), ("roster/has_changes",))
    assert filling.value("roster/listed_people") == (
        "هدى – مدير – 4 · سعاد – معلم – 24 · علي – معلم – 20"
    )
    words = {
        "ar": "تؤكد كل من في القائمة",
        "ckb": "هەموو ئەوانەی لیستەکە",
        "en": "you confirm everyone",
    }
    assert words[language] in filling.hint("roster/has_changes")


def test_a_school_s_own_tablet_wants_four_answers_of_a_staff_without_news(forms, schools):
    """The round, the one tap, and the head's name and word."""
    form, answers = forms[FORM], staff(schools["MIXED"])
    for name in ("governorate", "district", "school"):
        del answers["identification"][name]
    given = [f"{group}/{name}" for group, part in answers.items() for name in part]
    assert given == [
        "identification/round", "declaration/head_name", "declaration/confirmed",
        "roster/has_changes",
    ]  # fmt: skip
    form.properties = {"username": "MIXED"}
    try:
        form.new().fill(answers).finalize()
    finally:
        form.properties = {}


def test_of_whom_nothing_changed_nothing_is_asked_where_others_changed(fill, schools):
    filling = fill(many_changes(schools["MIXED"]))
    asked = {path.split("/")[0] for path in filling.asked() if path.startswith("people")}
    assert asked == {"people[2]", "people[3]"}
    assert read_values(filling.finalize())["people/state"] == "as_listed"


def test_unchanged_people_are_rows_all_the_same_as_the_list_has_them(fill, schools):
    values = read_values(fill(staff(schools["MIXED"])).finalize())
    rows = [
        [values[f"people{at}/{name}"] for name in ("assignment_code", "state", "work_now")]
        for at in ("", "[2]", "[3]")
    ]
    assert rows == [
        ["P1", "as_listed", "head"],
        ["P2", "as_listed", "class_teacher"],
        ["P3", "as_listed", "class_teacher"],
    ]
    assert values["people[2]/qualification_now"] == "teacher_institute"
    assert {name: values[f"totals/{name}"] for name in ("people_here", "teachers", "heads")} == {
        "people_here": "3",
        "teachers": "2",
        "heads": "1",
    }
    assert values["totals/weekly_periods"] == str(4 + 24 + 20)


def test_only_the_school_s_own_people_can_be_chosen(fill, schools):
    roster = {"has_changes": "yes", "new_count": 1}
    filling = fill({"identification": staff(schools["MIXED"])["identification"], "roster": roster})
    assert list(filling.choices("roster/changed_people")) == ["P1", "P2", "P3"]


def test_a_change_is_a_new_fact_and_the_others_stay(fill, schools):
    change = {"changes": ["contract"], "new_contract": "unpaid_lecturer"}
    filling = fill(_with(schools["MIXED"], "P2", change))
    asked = [path.split("/")[-1] for path in filling.asked() if path.startswith("people")]
    assert asked == ["changes", "new_contract"]
    values = read_values(filling.finalize())
    names = ("state", "contract_now", "post_now", "qualification_now", "periods_now")
    assert [values[f"people[2]/{name}"] for name in names] == [
        "changed", "unpaid_lecturer", "class_teacher", "teacher_institute", "24",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_head_reads_what_is_on_record_in_the_form_s_language(fill, schools, language):
    filling = fill(_with(schools["MIXED"], "P2", {"changes": ["left"], "left_how": "leave"}))
    filling.set_language(LANGUAGES[language])
    assert getattr(STAFF[1], f"facts_{language}") in filling.hint("people[2]/change/changes")
    assert STAFF[1].label in next(s.title for s in filling.screens() if "change" in s.path)


def test_who_left_is_no_longer_counted_nor_their_periods(fill, schools):
    left = {"changes": ["left"], "left_how": "left_teaching"}
    values = read_values(fill(_with(schools["MIXED"], "P3", left)).finalize())
    assert (values["people[3]/state"], values["people[3]/periods_now"]) == ("left", "0")
    assert (values["totals/people_here"], values["totals/weekly_periods"]) == ("2", "28")


def test_who_is_seconded_elsewhere_stays_on_the_list_and_does_not_count(fill, schools):
    change = {"changes": ["work"], "new_work": "class_teacher", "new_attachment": "seconded_out"}
    values = read_values(fill(_with(schools["MIXED"], "P3", change)).finalize())
    assert values["people[3]/state"] == "changed"
    assert (values["totals/people_here"], values["totals/teachers"]) == ("2", "1")


def test_periods_are_asked_by_level_and_subject_and_added_up(fill, schools):
    lines = [{"line": LINE}, {"line": LINE | {"line_subject": "science", "line_periods": 7}}]
    change = {"changes": ["teaching"], "line_count": 2}
    filling = fill(_with(schools["MIXED"], "P3", change, teaching=lines))
    values = read_values(filling.finalize())
    assert values["people[3]/periods_now"] == str(12 + 7)
    assert values["people[3]/teaching[2]/line/line_subject"] == "science"
    assert values["totals/weekly_periods"] == str(4 + 24 + 12 + 7)


def test_a_file_of_what_is_taught_may_hold_what_the_form_takes():
    limits = {
        row.name: row.cells["constraint"]
        for row in read_survey(FORM)
        if row.cells.get("constraint")
    }
    lowest, highest = PERIODS_A_LINE
    for name in ("line_periods", "lesson_periods"):
        assert limits[name] == f". >= {lowest} and . <= {highest}"
    for name in ("line_count", "lesson_count"):
        assert limits[name] == f". >= 0 and . <= {MOST_LINES}"


def test_lines_of_two_people_are_not_mixed(fill, schools):
    """A sum in a nested repeat is of its own person."""
    change = {"changes": ["teaching"], "line_count": 1}
    row = {"change": change, "teaching": [{"line": LINE}]}
    roster = {"has_changes": "yes", "changed_people": ["P2", "P3"], "new_count": 0}
    answers = staff(
        schools["MIXED"], roster=roster, people=people(schools["MIXED"], P2=row, P3=row)
    )
    values = read_values(fill(answers).finalize())
    assert [values[f"people[{at}]/periods_now"] for at in (2, 3)] == ["12", "12"]


def test_training_is_asked_of_those_who_took_part_alone(fill, schools):
    answers = staff(
        schools["MIXED"],
        in_service={"any_trained": "yes", "trained_people": ["P1", "P3"]},
        people=people(
            schools["MIXED"],
            P1={"training": {"training_kinds": ["leadership"]}},
            P3={"training": {"training_kinds": ["subject", "ict"]}},
        ),
    )
    values = read_values(fill(answers).finalize())
    assert values["people[3]/training/training_kinds"] == "subject ict"
    assert [values[f"people{at}/is_trained"] for at in ("", "[2]", "[3]")] == ["1", "0", "1"]


def test_new_people_are_rows_of_their_own(fill, schools):
    values = read_values(fill(many_changes(schools["MIXED"])).finalize())
    assert values["newcomers[2]/newcomer/name"] == "ليلى"
    assert values["newcomers[2]/newcomer_periods"] == "24"
    assert values["totals/people_here"] == str(3 - 1 + 2)
    assert values["totals/weekly_periods"] == str(4 + 2 * 12 + 2 * 24)


def test_a_school_without_a_list_writes_who_works_there(fill, schools):
    answers = staff(
        schools["ONE"],
        roster={"new_count": 1},
        newcomers=[newcomer(work="head", post="head")],
    )
    values = read_values(fill(answers).finalize())
    assert not [path for path in values if path.startswith("people")]
    assert (values["totals/people_here"], values["totals/heads"]) == ("1", "1")


@pytest.mark.parametrize(
    ("new_count", "changed", "any_trained", "is_asked"),
    [
        (0, [], "no", True),
        (1, [], "no", False),
        (0, ["P2"], "no", False),
        (0, [], "yes", False),
        (0, [], None, False),  # not yet said
    ],
)
def test_news_of_nobody_ask_for_a_reason(fill, schools, new_count, changed, any_trained, is_asked):
    roster = {"has_changes": "yes", "changed_people": changed, "new_count": new_count}
    training = {"in_service": {"any_trained": any_trained}} if any_trained else {}
    first = staff(schools["MIXED"])["identification"]
    filling = fill({"identification": first, "roster": roster, **training})
    asked = [path for path in filling.asked() if path.split("/")[-1].startswith("reason_")]
    assert ("in_service/reason_nothing" in asked) is is_asked
    assert "roster/reason_roster" not in asked


@pytest.mark.parametrize(("code", "roster"), [("ONE", {"new_count": 0}), ("MIXED", NOTHING_NEW)])
def test_a_school_of_nobody_asks_for_a_reason(fill, schools, code, roster):
    first = staff(schools[code])["identification"]
    asked = fill({"identification": first, "roster": roster}).asked()
    assert ("roster/reason_roster" in asked) is (code == "ONE")


@pytest.mark.parametrize(
    ("periods", "count", "is_asked"), [(15, 2, False), (16, 2, True), (0, 0, True)]
)
def test_unusual_periods_ask_for_a_reason(fill, schools, periods, count, is_asked):
    line = {"line": LINE | {"line_periods": periods}}
    change = {"changes": ["teaching"], "line_count": count}
    lines = {"teaching": [line, line]} if count else {}
    filling = fill(_with(schools["MIXED"], "P2", change, **lines))
    assert ("people[2]/reason_periods" in filling.asked()) is is_asked


@pytest.mark.parametrize(
    ("lessons", "work", "is_asked"),
    [
        ((LESSON,), "class_teacher", False),
        ((), "class_teacher", True),
        ((), "guard", False),
        ((LESSON, LESSON), "class_teacher", True),
    ],
)
def test_unusual_periods_of_a_newcomer_ask_for_a_reason(fill, schools, lessons, work, is_asked):
    answers = staff(
        schools["ONE"], roster={"new_count": 1}, newcomers=[newcomer(lessons=lessons, work=work)]
    )
    asked = fill(answers).asked()
    assert ("newcomers/reason_newcomer_periods" in asked) is is_asked


@pytest.mark.parametrize(("number", "is_asked"), [("12", True), ("120", False), ("21", False)])
def test_a_number_that_is_on_the_school_s_list_asks_for_a_reason(fill, schools, number, is_asked):
    """21 is on another school's list: staff may be shared."""
    roster = {"has_changes": "yes", "new_count": 1}
    answers = staff(schools["MIXED"], roster=roster, newcomers=[newcomer(staff_number=number)])
    asked = fill(answers).asked()
    assert ("newcomers/newcomer/reason_number" in asked) is is_asked


HEAD_WHO_TEACHES = {"post": "class_teacher", "work": "head"}
GUARD = {"post": "guard", "work": "guard", "lessons": ()}


@pytest.mark.parametrize(
    ("person", "reasons"),
    [({}, ["heads"]), (HEAD_WHO_TEACHES, []), (GUARD, ["heads", "no_teacher"])],
)
def test_a_school_without_a_head_or_a_teacher_asks_for_a_reason(fill, schools, person, reasons):
    answers = staff(schools["ONE"], roster={"new_count": 1}, newcomers=[newcomer(**person)])
    found = [path for path in fill(answers).asked() if path.startswith("totals/reason_")]
    assert found == [f"totals/reason_{name}" for name in reasons]


def test_who_works_here_no_more_has_no_other_change(fill, schools):
    with pytest.raises(Rejected):
        fill(_with(schools["MIXED"], "P2", {"changes": ["left", "post"]}))


def test_what_did_not_change_cannot_be_answered(fill, schools):
    with pytest.raises(NotAsked, match="new_post"):
        fill(_with(schools["MIXED"], "P2", ALL_FACTS | {"changes": ["work"]}))


def test_teachers_are_those_whose_work_the_code_list_calls_teaching():
    teaching = [one.code for one in read_codes("staff_job") if one.extra["is_teaching"] == "yes"]
    quoted = f"selected('{' '.join(teaching)}', "
    rows = [row for row in read_survey(FORM) if row.name in ("is_teacher", "newcomer_is_teacher")]
    assert [quoted in row.cells["calculation"] for row in rows] == [True, True]
