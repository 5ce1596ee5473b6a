"""What a school is asked, and how much at a time."""

from datetime import UTC, date, datetime

import pytest

from config.thresholds import load_thresholds
from processing.feedback import feedback_slices
from processing.validate import validate_slices

REPEATERS = "repeaters_within_enrolment"
ONE = """
    school | sent | grade | girls | girls_age_0 | girls_repeaters
    S1     | one  | 2     |    10 |          10 |              11
"""
PLACES = load_thresholds()["correction_tasks_max"]


def test_one_issue_is_one_task_with_its_screen_its_numbers_and_its_day(desk):
    desk.send(ONE)
    (task,) = desk.tasks()
    assert (task["form_id"], task["round"], task["open_for"]) == (
        "school_census",
        "census-2026",
        "S1",
    )
    # Sent on 23 November: 14 days.
    assert task["due_on"] == "2026-12-07"
    assert task["title_en"] == "Annual school census – Grade 2 – where the pupils came from"
    assert "more repeaters (11) than pupils (10)" in task["why_en"]
    assert task["number_count"] == "4", "the boys' numbers were not answered: a girls' row"
    assert (task["number_2_en"], task["reported_2"]) == ("Girls repeating this grade", "11")
    assert "11" in task["reported_ar"]
    assert task["label"] == f"{task['title_ar']} (حتى 7 كانون الأول 2026)"


def test_the_label_and_the_words_are_in_the_schools_language(desk):
    desk.send(ONE.replace("S1", "S2"))
    (task,) = desk.tasks("S2")
    assert task["label"] == f"{task['title_ckb']} (تا 7 کانوونی یەکەم 2026)"
    assert "پۆلی دووەم" in task["why_ckb"]


def test_years_of_birth_are_named_as_in_the_form(desk):
    # 2026, grade 2: the intended age is 7, so 2019; two years younger: 2021 or later.
    desk.send(
        """
        school | sent | grade | girls | girls_age_m2
        S1     | one  | 2     |    10 |          10
        """
    )
    (task,) = desk.tasks()
    assert task["number_1_en"] == "Girls born in 2021 or later"
    assert task["number_3_en"] == "Girls born in 2019"
    assert task["number_count"] == "10"


def test_issues_of_one_screen_are_one_task_and_of_two_screens_two(desk):
    desk.send(
        """
        school | grade | girls | girls_age_0 | girls_repeaters | boys | boys_age_0 | boys_repeaters
        S1     | 2     |    10 |          10 |              11 |   10 |         10 |             12
        S1     | 3     |    10 |          10 |              13 |   10 |         10 |              0
        """
    )
    first, second = desk.tasks()
    assert "repeaters (11)" in first["why_en"]
    assert "repeaters (12)" in first["why_en"]
    assert first["number_count"] == "8"
    assert "repeaters (13)" in second["why_en"]


def many(count: int, school: str = "S1", sent: str = "one") -> str:
    lines = [f"{school} | {sent} | {grade} | 10 | 10 | 11" for grade in range(2, 2 + count)]
    return "school | sent | grade | girls | girls_age_0 | girls_repeaters\n" + "\n".join(lines)


def test_a_school_has_five_tasks_at_a_time_and_the_others_wait(desk):
    desk.send(many(7))
    assert len(desk.tasks()) == PLACES == 5
    assert desk.states() == {"open": 5, "waiting": 2}


def test_the_limit_is_a_schools_over_all_its_forms_and_another_school_has_its_own(desk):
    desk.send(many(5))
    desk.send(many(4, "S2", "two"))
    desk.work(
        desk.warehouse.send_facility(
            """
            school | sent  | rooms_classrooms | rooms_classrooms_usable
            S1     | three |                2 |                       3
            """
        )
    )
    assert (len(desk.tasks("S1")), len(desk.tasks("S2"))) == (5, 4)
    assert all(task["form_id"] == "school_census" for task in desk.tasks("S1"))


def test_a_place_that_is_free_goes_to_one_that_waits(desk):
    desk.send(many(7))
    first = desk.tasks()[0]
    assert desk.answer(first, "confirmed") == "confirmed"
    assert desk.states() == {"open": 5, "waiting": 1, "closed": 1}


WARNINGS = "\n".join(f"S1 | one | {grade} | 100 | 100 | 1" for grade in range(1, 7))


def test_blocking_ones_come_first_and_take_the_place_of_a_warning(desk):
    desk.send("school | sent | grade | girls | girls_age_0 | sections\n" + WARNINGS)
    before = {task["task_code"] for task in desk.tasks()}
    desk.work(
        desk.warehouse.send_facility(
            """
            school | sent | rooms_classrooms | rooms_classrooms_usable
            S1     | two  |            40000 |                       3
            """
        )
    )
    after = desk.tasks()
    assert len(after) == 5
    assert len(before & {task["task_code"] for task in after}) == 4
    assert any(task["form_id"] == "facility_return" for task in after)


def test_a_task_that_gave_way_comes_back_with_a_new_code_and_a_new_day(desk):
    desk.send("school | sent | grade | girls | girls_age_0 | sections\n" + WARNINGS)
    before = {task["task_code"] for task in desk.tasks()}
    slices = desk.warehouse.send_facility(
        """
        school | sent | rooms_classrooms | rooms_classrooms_usable
        S1     | two  |            40000 |                       3
        """
    )
    desk.work(slices)
    away = before - {task["task_code"] for task in desk.tasks()}
    desk.warehouse.change_submission("two", review_state="rejected")
    desk.work(slices)
    codes = {task["task_code"] for task in desk.tasks()}
    assert len(codes) == 5
    (code,) = away
    assert code not in codes
    assert code.replace("-1", "-2") in codes


def test_the_eye_of_the_directorate_and_matters_of_form_are_no_task(desk):
    """girls_have_their_own_toilet is of severity review."""
    desk.work(
        desk.warehouse.send_facility(
            """
            school | sent | sanitation_toilets | sanitation_girls_usable | sanitation_boys_usable
            S1     | one  |                  2 |                       0 |                      2
            """
        )
    )
    assert desk.issues("girls_have_their_own_toilet") == ["open"]
    assert desk.tasks() == []
    assert desk.messages() == []


def test_a_rule_without_a_number_asks_for_a_reason_alone(desk):
    desk.send(
        """
        school | sent | grade | girls | girls_age_0
        S1     | one  | 11    |    10 |          10
        """
    )
    (task,) = desk.tasks()
    assert "grades 1 to 9" in task["why_en"]
    assert task["number_count"] == "0"


def test_deciding_twice_changes_nothing(desk):
    slices = desk.send(many(7))
    tasks, messages = desk.tasks(), desk.messages()
    for _ in range(2):
        desk.work(slices)
    assert (desk.tasks(), desk.messages()) == (tasks, messages)


def test_one_more_issue_on_the_screen_shows_the_task_anew(desk):
    slices = desk.send(ONE)
    (before,) = desk.tasks()
    desk.warehouse.run(
        "UPDATE survey.school_census_grades SET boys_total = 5, boys_age_0 = 5,"
        " flow_boys_repeaters = 6 RETURNING 1"
    )
    desk.work(slices)
    (after,) = desk.tasks()
    assert after["task_code"] == before["task_code"].replace("-1", "-2")
    assert after["due_on"] == before["due_on"]
    assert "repeaters (6)" in after["why_en"]


def test_a_school_that_has_closed_has_no_task_on_its_tablet(desk):
    desk.send(ONE)
    desk.warehouse.run("UPDATE emis.school_history SET is_open = false RETURNING 1")
    assert desk.tasks() == []
    assert desk.states() == {"open": 1}, "its department still sees it"


def test_an_unknown_school_is_asked_nothing_and_its_return_is_marked(desk):
    desk.send(
        """
        school | sent | grade | girls | girls_age_0
        S9     | one  | 2     |    10 |          10
        """
    )
    assert desk.states() == {}
    assert [message[0] for message in desk.messages()] == ["review", "comment"]


@pytest.mark.parametrize("instant", ["2026-11-23T20:59", "2026-11-23T21:01"])
def test_the_day_is_counted_in_baghdad(desk, instant):
    slices = desk.warehouse.send_census(ONE)
    now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    validate_slices(desk.warehouse.connection, slices, now)
    feedback_slices(desk.warehouse.connection, slices, now)
    day = {"2026-11-23T20:59": date(2026, 12, 7), "2026-11-23T21:01": date(2026, 12, 8)}[instant]
    assert desk.tasks()[0]["due_on"] == day.isoformat()


def test_a_value_whose_reason_is_in_the_return_is_asked_of_nobody(desk):
    """100 girls in one section: the form has asked why, and the head has said so there."""
    crowded = """
        school | sent | grade | girls | girls_age_0 | sections | reason_sections
        S1     | one  | 2     |   100 |         100 |        1 | {}
        """
    desk.send(crowded.format("one room"))
    assert desk.issues("sections_plausible") == ["waived"]
    assert (desk.tasks(), desk.states(), desk.messages()) == ([], {}, [])


def test_its_task_leaves_the_tablet_when_the_reason_comes_with_an_edit(desk):
    slices = desk.send(
        """
        school | sent | grade | girls | girls_age_0 | sections | reason_sections
        S1     | one  | 2     |   100 |         100 |        1 |
        """
    )
    assert len(desk.tasks()) == 1
    desk.warehouse.run(
        "UPDATE survey.school_census_grades SET reason_sections = 'one room' RETURNING 1"
    )
    desk.work(slices)
    assert (desk.tasks(), desk.states()) == ([], {"closed": 1})
