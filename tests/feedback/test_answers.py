"""Four ways in which a question is closed: confirmed, corrected, edited, answered by an officer.

And what is no answer: another school's task, an old version's, the second of two, one without a
reason.
"""

from datetime import date

import pytest

from processing.db.queries.correction_answers import add_call
from tests.feedback.test_tasks import many

RULE = "repeaters_within_enrolment"
ONE = """
    school | sent | grade | girls | girls_age_0 | girls_repeaters
    S1     | one  | 2     |    10 |          10 |              11
"""


def pupils(desk) -> list[tuple]:
    """(pupils, repeaters) of the girls in grade 2, in the warehouse."""
    rows = desk.warehouse.run(
        "SELECT pupil_count, repeater_count FROM emis.enrolment WHERE sex_code = 'female'"
    )
    return [tuple(row) for row in rows]


def reported(desk) -> int:
    ((count,),) = desk.warehouse.run("SELECT flow_girls_repeaters FROM survey.school_census_grades")
    return count


def last_event(desk):
    return desk.warehouse.run(
        "SELECT to_state, actor, reason FROM quality.issue_event e JOIN quality.issue i"
        " USING (issue_id) WHERE i.rule = :rule ORDER BY e.at DESC LIMIT 1",
        rule=RULE,
    )[0]


def test_confirmed_with_a_reason_is_waived_and_the_return_counts(desk):
    desk.send(ONE)
    assert pupils(desk) == [], "a blocking issue keeps the return out of the figures"
    assert desk.answer(desk.tasks()[0], "confirmed", "late registration") == "confirmed"
    assert desk.issues(RULE) == ["waived"]
    assert tuple(last_event(desk)) == ("waived", "school S1: Ahmed Ali", "late registration")
    assert pupils(desk) == [(10, 11)]
    assert desk.tasks() == []


def test_a_corrected_number_is_an_adjustment_that_counts_and_what_was_sent_stays(desk):
    desk.send(ONE)
    assert desk.answer(desk.tasks()[0], "corrected", "miscopied", value_2=1) == "corrected"
    assert desk.issues(RULE) == ["resolved"]
    assert pupils(desk) == [(10, 1)]
    assert reported(desk) == 11
    ((path, position, sent, value, reason, name),) = desk.warehouse.run(
        "SELECT path, row_position, reported_value, value, reason, name FROM quality.adjustment"
    )
    assert (path, position) == ("/grades/flow/girls_repeaters", 1)
    assert (sent, value, reason, name) == (11, 1, "miscopied", "Ahmed Ali")
    assert desk.tasks() == []


def test_a_total_moves_with_the_numbers_that_it_adds_up(desk):
    """Ten girls, all of them two years too young: eight are moved to the intended age."""
    desk.send(
        """
        school | sent | grade | girls | girls_age_m2
        S1     | one  | 2     |    10 |           10
        """
    )
    assert desk.answer(desk.tasks()[0], "corrected", value_1=1, value_3=8) == "corrected"
    assert desk.issues("age_within_bounds") == ["resolved"]
    assert desk.issues("ages_make_the_total") == []
    assert pupils(desk) == [(1 + 8, 0)]


def test_a_corrected_number_that_is_still_doubted_is_asked_about_again(desk):
    desk.send(ONE)
    (first,) = desk.tasks()
    assert desk.answer(first, "corrected", value_2=12) == "corrected"
    (second,) = desk.tasks()
    assert second["task_code"] == first["task_code"].replace("-1", "-2")
    assert second["reported_2"] == "12", "what counts now"
    assert "repeaters (12)" in second["why_en"]
    assert desk.answer(second, "corrected", value_2=3) == "corrected"
    assert (desk.tasks(), pupils(desk)) == ([], [(10, 3)])


def edit(desk, repeaters: int) -> None:
    """The head edits the sent form in Collect, or an officer in Central: a new version comes."""
    desk.warehouse.run(
        "UPDATE survey.school_census_grades SET flow_girls_repeaters = :n RETURNING 1", n=repeaters
    )
    desk.warehouse.change_submission(
        "one", review_state="edited", current_version_id=f"version-of-{repeaters}"
    )


def test_an_edit_that_puts_it_right_closes_it(desk):
    slices = desk.send(ONE)
    desk.sent()
    edit(desk, 9)
    desk.work(slices)
    assert desk.issues(RULE) == ["resolved"]
    assert desk.tasks() == []
    assert pupils(desk) == [(10, 9)]


def test_an_edit_that_is_still_wrong_is_asked_about_anew(desk):
    slices = desk.send(ONE)
    (before,) = desk.tasks()
    edit(desk, 15)
    desk.work(slices)
    (after,) = desk.tasks()
    assert after["task_code"].split("-")[0] != before["task_code"].split("-")[0]
    assert "repeaters (15)" in after["why_en"]
    assert desk.answer(before, "confirmed") == "overtaken", "it spoke of 11"
    assert desk.issues(RULE) == ["open"]


def test_an_edit_ends_an_adjustment_of_the_number_that_it_changes(desk):
    slices = desk.send(ONE)
    desk.answer(desk.tasks()[0], "corrected", value_2=1)
    edit(desk, 4)
    desk.work(slices)
    assert pupils(desk) == [(10, 4)]


def test_an_edit_of_something_else_leaves_the_adjustment(desk):
    slices = desk.send(ONE)
    desk.answer(desk.tasks()[0], "corrected", value_2=1)
    edit(desk, 11)
    desk.work(slices)
    assert pupils(desk) == [(10, 1)]
    assert desk.tasks() == []


def call(desk, task: dict, answer: str, values=None, code: str | None = None) -> str:
    """An officer has called the school; the stage runs because its page has marked the slice."""
    add_call(
        desk.warehouse.connection, code or task["task_code"].split("-")[0], task["school_code"],
        answer, "as told", values or {}, name="Zainab", spoke_with="the deputy",
        called_on=date(2026, 12, 9), now=desk.now,
    )  # fmt: skip
    desk.work(desk.warehouse.all_slices())
    return desk.warehouse.run("SELECT outcome FROM quality.answer ORDER BY answer_id DESC")[0][0]


def test_an_officer_answers_after_a_call_and_it_is_known_who_with_whom_and_when(desk):
    desk.send(ONE)
    assert call(desk, desk.tasks()[0], "confirmed") == "confirmed"
    assert desk.issues(RULE) == ["waived"]
    event = last_event(desk)
    assert event.actor == "officer Zainab, with the deputy, 2026-12-09"
    assert event.reason == "as told"


def test_an_officer_may_correct_a_number_too(desk):
    desk.send(ONE)
    assert call(desk, desk.tasks()[0], "corrected", {2: 2}) == "corrected"
    assert pupils(desk) == [(10, 2)]


def test_the_second_of_two_answers_changes_nothing(desk):
    desk.send(ONE)
    (task,) = desk.tasks()
    assert desk.answer(task, "corrected", value_2=1) == "corrected"
    assert desk.answer(task, "confirmed") == "overtaken"
    assert (desk.issues(RULE), pupils(desk)) == (["resolved"], [(10, 1)])


def test_of_two_answers_that_come_together_the_first_counts(desk):
    desk.send(ONE)
    (task,) = desk.tasks()
    slices = [
        desk.warehouse.send_answer("S1", task["task_code"], "corrected", "first", value_2=1),
        desk.warehouse.send_answer("S1", task["task_code"], "corrected", "second", value_2=2),
    ]
    desk.work(slices)
    assert pupils(desk) == [(10, 1)]


@pytest.mark.parametrize(
    ("answer", "reason", "numbers"),
    [
        ("confirmed", "", {}),
        ("confirmed", "   ", {}),
        ("corrected", "miscopied", {}),
        ("corrected", "", {"value_2": 1}),
        ("corrected", "miscopied", {"value_9": 1}),
        ("corrected", "miscopied", {"value_2": -1}),
        ("something", "else", {}),
    ],
)
def test_without_words_or_without_a_number_it_is_no_answer(desk, answer, reason, numbers):
    desk.send(ONE)
    assert desk.answer(desk.tasks()[0], answer, reason, **numbers) == "empty"
    assert desk.issues(RULE) == ["open"]
    assert len(desk.tasks()) == 1


def test_a_school_cannot_answer_for_another(desk):
    desk.send(ONE)
    (task,) = desk.tasks()
    assert desk.answer(task | {"school_code": "S2"}, "confirmed") == "unknown"
    assert desk.answer(task | {"task_code": "000000000000-1"}, "confirmed") == "unknown"
    assert desk.issues(RULE) == ["open"]


def test_an_answer_from_a_school_that_has_closed_since_still_counts(desk):
    desk.send(ONE)
    (task,) = desk.tasks()
    desk.warehouse.run("UPDATE emis.school_history SET is_open = false RETURNING 1")
    assert desk.answer(task, "confirmed") == "confirmed"


def test_a_rejected_answer_is_none(desk):
    desk.send(ONE)
    (task,) = desk.tasks()
    answer = desk.warehouse.send_answer("S1", task["task_code"], "confirmed")
    desk.warehouse.run(
        "UPDATE raw.submission s SET review_state = 'rejected' FROM raw.form f"
        " WHERE f.form_key = s.form_key AND f.form_id = 'corrections' RETURNING 1"
    )
    desk.work([answer])
    assert desk.issues(RULE) == ["open"]


def test_an_answer_to_what_stood_there_before_does_not_speak_of_what_was_added(desk):
    slices = desk.send(ONE)
    (task,) = desk.tasks()
    desk.warehouse.run(
        "UPDATE survey.school_census_grades SET boys_total = 5, boys_age_0 = 5,"
        " flow_boys_repeaters = 6 RETURNING 1"
    )
    desk.work(slices)
    assert desk.answer(task, "confirmed") == "confirmed"
    # Boys before girls: flow/boys_repeaters, flow/girls_repeaters.
    assert desk.issues(RULE) == ["open", "waived"]
    (left,) = desk.tasks()
    assert "repeaters (6)" in left["why_en"]
    assert "repeaters (11)" not in left["why_en"]


def test_a_number_that_could_not_be_read_is_put_right_and_stays_so(desk):
    """Landing finds it again with every review of the submission: it is waived, not resolved."""
    slices = desk.send(
        """
        school | sent | grade | girls | girls_age_0
        S1     | one  | 2     |    10 |          10
        """
    )
    desk.warehouse.run(
        "INSERT INTO quality.issue (rule, severity, form_key, form_id, instance_id, subject,"
        " arguments, school_code, period, first_seen_at, last_seen_at)"
        " SELECT 'value_fits_its_type', 'error', form_key, 'school_census', 'one',"
        " '/grades[1]/flow/girls_repeaters', '{}', 'S1', 'census-2026', now(), now()"
        " FROM raw.submission RETURNING 1"
    )
    desk.work(slices)
    assert desk.answer(desk.tasks()[0], "corrected", value_2=3) == "corrected"
    assert desk.issues("value_fits_its_type") == ["waived"]
    assert pupils(desk) == [(10, 3)]


def test_answers_and_adjustments_are_never_changed(desk):
    desk.send(many(2))
    for task in desk.tasks():
        desk.answer(task, "corrected", value_2=1)
    before = desk.warehouse.run("SELECT * FROM quality.adjustment ORDER BY 1")
    desk.work(desk.warehouse.all_slices())
    assert desk.warehouse.run("SELECT * FROM quality.adjustment ORDER BY 1") == before
    assert len(before) == 2
