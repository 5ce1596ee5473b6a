"""What a tablet knows of a school stands on its worksheet beside the questions about it."""

from dataclasses import replace

import pytest

from config.corrections import FORM_ID as CORRECTIONS
from config.forms import load_catalogue
from config.settings import LANGUAGES
from tests.command.sheets import labels, make_screens
from tests.forms.media import HELD, HOST_SAID, LAST_RETURN, Person, School

INSTRUMENTS = sorted(load_catalogue().keys() - {CORRECTIONS})


@pytest.fixture(scope="module")
def sheet():
    """sheet(form_id, School(...)) -> [Screen, ...]."""
    return make_screens


def test_what_is_held_elsewhere_is_printed_for_the_school_of_which_it_is_known(sheet):
    asked = labels(sheet("school_census", School("S", **HELD)))
    (line,) = [label for label in asked if label.startswith(HELD["pupils_held_en"])]
    assert line.endswith("Is it the same?")
    assert not any(
        "Is it the same?" in label for label in labels(sheet("school_census", School("S")))
    )


def question_of(screens, label: str):
    (line,) = (line for screen in screens for line in screen.lines if line.label == label)
    return line


CHANGED = "What has changed in the building since your last return?"


@pytest.mark.parametrize(
    ("language", "label"),
    [("en", CHANGED), ("ar", "ما الذي تغيّر في البناية منذ استمارتكم السابقة؟")],
)
def test_a_host_reads_on_paper_what_its_last_return_said(sheet, language, label):
    line = question_of(sheet("facility_return", School("S", **LAST_RETURN), language), label)
    assert LAST_RETURN[f"host_said_{language}"] in line.known
    assert (line.kind, len(line.choices)) == ("many", 8)
    first = sheet("facility_return", School("S"), language)
    assert label not in labels(first)
    assert not [line for screen in first for line in screen.lines if line.known]


LAST_MONTH = School(
    "S", last_month="2026-10", last_month_girls="30 31 32 33 34 35",
    last_month_boys="20 21 22 23 24 25", teachers_on_duty="5 3",
)  # fmt: skip


def known(screens) -> list[tuple[str, str]]:
    """(label, facts) of each line that shows any."""
    return [(line.label, line.known) for screen in screens for line in screen.lines
            if line.kind == "known" or line.known]  # fmt: skip


def test_last_months_numbers_stand_before_the_question_which_of_them_were_different(sheet):
    screens = sheet("monthly_return", LAST_MONTH)
    month = next(screen.lines for screen in screens if "Start of the month" in screen.heading)
    assert [(line.kind, line.known) for line in month] == [
        ("known", "30 31 32 33 34 35"), ("known", "20 21 22 23 24 25"), ("text", ""),
    ]  # fmt: skip
    assert month[0].label.startswith("Girls at the end of October 2026")
    assert month[2].label == "Which of these numbers were different when the month began?"
    asked = labels(screens)
    on_duty = asked.index("On duty: women 5, men 3")
    assert asked[on_duty + 1] == "Are the same numbers on duty in this month?"


def test_each_grade_keeps_its_table_where_last_month_is_known(sheet):
    screens = sheet("monthly_return", LAST_MONTH)
    grades = [screen for screen in screens if screen.heading.startswith("Grade")]
    assert [screen.heading.partition(":")[0] for screen in grades] == [
        f"Grade {grade}" for grade in range(1, 7)
    ]
    assert not any(screen.is_copied for screen in screens)
    assert {len(screen.lines) for screen in grades} == {12}


def test_a_sheet_shows_of_one_sex_what_is_known_of_that_sex(sheet):
    shown = known(sheet("monthly_return", replace(LAST_MONTH, sex="boys"), "ar"))
    assert [facts for _, facts in shown] == ["20 21 22 23 24 25", ""]
    assert shown[1][0] == "في الخدمة: المعلمات 5، المعلمون 3"


def test_of_what_is_not_known_a_sheet_shows_nothing(sheet):
    for form_id in INSTRUMENTS:
        assert known(sheet(form_id, School("S"))) == [], form_id
    asked = labels(sheet("monthly_return", School("S")))
    assert not any(label.startswith(("On duty", "Girls at the end of")) for label in asked
                   if label != "Girls at the end of the month")  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guest_reads_what_the_host_has_said_below_the_question_about_it(sheet, language):
    screens = sheet("facility_return", School("S", building_role="guest", **HOST_SAID), language)
    ((label, said),) = known(screens)
    assert said == HOST_SAID[f"host_said_{language}"]
    line = next(line for screen in screens for line in screen.lines if line.label == label)
    assert line.kind == "one"


def test_what_has_been_received_is_told_where_the_tablet_tells_it(sheet):
    school = School("S", received="Census: arrived on 12 November 2026, 412 pupils")
    assert known(sheet("staff_return", school)) == [(f"Received from you: {school.received}", "")]


def test_the_list_that_is_joined_is_printed_as_a_list_and_not_twice(sheet):
    people = (Person("P1", "S", "سعاد – معلم – 24", "1001"),)
    screens = sheet("staff_return", School("S"), lists=(("staff", people),))
    assert known(screens) == []
    assert [line.kind for screen in screens for line in screen.lines].count("list") == 1
