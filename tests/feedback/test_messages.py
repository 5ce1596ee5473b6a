"""What is said at Central: once, in the school's language, and never over what a person decided."""

import pytest

from config.corrections import text
from tests.feedback.test_answers import ONE, RULE, edit
from tests.feedback.test_tasks import many


def kinds(desk) -> list[tuple]:
    return [(kind, body if kind == "review" else "", out) for kind, body, out in desk.messages()]


HAS_ISSUES, COMMENT = ("review", "hasIssues"), ("comment", "")


def test_a_problem_gives_a_review_state_and_a_comment(desk):
    desk.send(ONE)
    assert kinds(desk) == [(*HAS_ISSUES, None), (*COMMENT, None)]


def test_a_return_without_a_problem_gives_none(desk):
    desk.send(ONE.replace("11", " 9"))
    assert desk.messages() == []


@pytest.mark.parametrize(("school", "language"), [("S1", "ar"), ("S2", "ckb")])
def test_the_comment_is_in_the_schools_language(desk, school, language):
    desk.send(ONE.replace("S1", school))
    comment = desk.messages()[1][1]
    assert comment.endswith(text("comment_answer", language))
    assert {"ar": "الراسبون 11", "ckb": "دەرنەچووان 11"}[language] in comment


@pytest.mark.parametrize(
    ("code", "language"), [("en", "en"), ("kmr", "ar"), ("tr", "ar"), ("syr", "ar")]
)
def test_a_language_that_the_system_does_not_speak_yet_is_answered_in_arabic(desk, code, language):
    desk.warehouse.run("UPDATE emis.school_history SET language_code = :c RETURNING 1", c=code)
    desk.send(ONE)
    assert text("comment_answer", language) in desk.messages()[1][1]


def test_one_comment_tells_all_and_a_long_list_is_cut_with_its_number(desk):
    lines = [
        "school | sent | grade | girls | girls_age_0 | girls_repeaters | boys | boys_repeaters"
    ]
    lines += [f"S1 | one | {grade} | 10 | 10 | 11 | 10 | 11" for grade in range(-1, 15)]
    desk.send("\n".join(lines))
    (comment,) = [body for kind, body, _ in desk.messages() if kind == "comment"]
    assert comment.count("•") == 20
    issues = desk.warehouse.run("SELECT count(*) FROM quality.told_issue")[0][0]
    assert text("comment_more", "ar", count=issues - 20) in comment


def test_our_own_review_comes_back_and_changes_nothing_further(desk):
    slices = desk.send(many(7))
    desk.sent("hasIssues")
    tasks, messages = desk.tasks(), desk.messages()
    for _ in range(3):
        report = desk.work(slices)
        assert (report.messages_made, report.tasks_closed, report.due) == (0, 0, ())
    assert (desk.tasks(), desk.messages()) == (tasks, messages)


def test_what_was_answered_takes_the_review_state_back_and_rests(desk):
    slices = desk.send(ONE)
    desk.sent("hasIssues")
    desk.answer(desk.tasks()[0], "confirmed")
    assert kinds(desk)[2:] == [("review", "", None)]
    desk.sent(None)
    for _ in range(3):
        desk.work(slices)
    assert len(desk.messages()) == 3


def test_what_was_settled_before_it_was_sent_is_not_sent(desk):
    desk.send(ONE)
    desk.answer(desk.tasks()[0], "confirmed")
    assert kinds(desk) == [(*HAS_ISSUES, "overtaken"), (*COMMENT, "overtaken")]


@pytest.mark.parametrize("state", ["approved", "rejected", "hasIssues"])
def test_what_a_person_decided_is_left_alone(desk, state):
    slices = desk.warehouse.send_census(ONE)
    desk.warehouse.change_submission("one", review_state=state)
    desk.work(slices)
    assert [kind for kind, _, _ in kinds(desk)] == ([] if state == "rejected" else ["comment"])


def test_a_person_who_sets_another_state_is_not_fought(desk):
    slices = desk.send(ONE)
    desk.sent("hasIssues")
    desk.warehouse.change_submission("one", review_state=None)
    desk.work(slices)
    assert len(desk.messages()) == 2
    desk.warehouse.change_submission("one", review_state="approved")
    desk.answer(desk.tasks()[0], "confirmed")
    assert len(desk.messages()) == 2, "approved stays approved"


def test_a_new_version_that_is_still_wrong_is_told_once_more(desk):
    slices = desk.send(ONE)
    desk.sent("hasIssues")
    edit(desk, 15)
    desk.work(slices)
    assert kinds(desk)[2:] == [(*HAS_ISSUES, None), (*COMMENT, None)]
    assert "15" in desk.messages()[3][1]


def test_what_is_found_again_after_it_was_taken_back_is_told_again(desk):
    slices = desk.send(ONE)
    desk.sent("hasIssues")
    desk.answer(desk.tasks()[0], "corrected", value_2=1)
    desk.sent(None)
    desk.warehouse.connection.exec_driver_sql(
        "UPDATE survey.school_census_grades SET girls_age_0 = 0, girls_total = 0"
    )
    desk.work(slices)
    assert desk.issues(RULE) == ["open"]
    assert kinds(desk)[-1][:2] == HAS_ISSUES
