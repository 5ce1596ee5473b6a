"""The call list: who is on it, what an officer may answer, and what becomes of it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from processing.db.slices import Slice
from processing.feedback import feedback_slices
from processing.web.clock import use_clock
from processing.web.i18n import use_languages
from processing.web.views.calls import find_fault
from tests.web.factories import NOW, ROUND

RULE = "value_fits_its_type"
GOOD = {
    "answer": "confirmed",
    "reason": "it is in the register",
    "spoke_with": "the head",
    "called_on": NOW.date().isoformat(),
}
ENTERED_SQL = """
INSERT INTO ops.entry (instance_id, form_key, form_version, school_code, period, source_code,
  given_by, given_on, entered_by, entered_at, xml, answers_sha256, sent_at, not_before)
SELECT instance_id, form_key, '1', school_code, period, 'paper_sheet', 'the head', :now,
  'an officer', :now, NULL, '', :now, :now FROM quality.correction_task
"""
SLICES = [Slice("school_census", school, ROUND) for school in ("S1", "S2", "S3")]


@pytest.fixture(scope="module")
def asked(country):
    """S2 was asked twenty days ago, and had fourteen; S1's issue is of nobody's concern."""
    with country.begin() as connection:
        feedback_slices(connection, SLICES, NOW - timedelta(days=20))
        return connection.execute(
            sa.text("SELECT task_code FROM quality.correction_task")
        ).scalar_one()


def page(client, path: str = "/calls") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_department_sees_its_own_schools_that_are_late(asked, client_as):
    shown = page(client_as("department"))
    assert "Al-Noor School for Boys" in shown
    assert ">6<" in shown, "days late"
    assert asked in shown


@pytest.fixture
def not_late_yet(asked, country):
    """Each task is due a month later."""
    change = "UPDATE quality.correction_task SET due_on = due_on {} 30"
    with country.begin() as connection:
        connection.exec_driver_sql(change.format("+"))
    yield
    with country.begin() as connection:
        connection.exec_driver_sql(change.format("-"))


def test_what_is_not_late_is_shown_on_request(not_late_yet, client_as):
    client = client_as("department")
    assert "Al-Noor" not in page(client)
    assert "Al-Noor" in page(client, "/calls?which=all")


def test_a_school_whose_return_was_entered_for_it_is_called_at_once(
    not_late_yet, client_as, web_engine
):
    """It has no tablet on which it could read the question."""
    client = client_as("department")
    assert "Al-Noor" not in page(client)
    with web_engine.begin() as connection:
        connection.execute(sa.text(ENTERED_SQL), {"now": NOW})
    assert "Al-Noor" in page(client)


def test_another_directorate_sees_nothing_of_it(asked, client_as, country):
    with country.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE ops.user_account SET scope_code = 'DEP-B1' WHERE login = 'general_directorate'"
        )
    client = client_as("general_directorate")
    assert "Al-Noor" not in page(client)
    assert client.get(f"/calls/{asked}").status_code == 404


def test_a_task_that_nobody_has_is_not_there(asked, client_as):
    assert client_as("ministry").get("/calls/nothing").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "لماذا نسأل"), ("ckb", "بۆچی دەپرسین"), ("en", "Why we ask")]
)
def test_the_page_of_a_call_speaks_three_languages(asked, client_as, language, words):
    assert words in page(client_as("department", language), f"/calls/{asked}")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"answer": ""}, "Choose an answer"),
        ({"answer": "maybe"}, "Choose an answer"),
        ({"reason": "  "}, "Write the reason"),
        ({"spoke_with": ""}, "with whom you spoke"),
        ({"reason": "x" * 1001}, "“The reason”: write at most 1,000 characters; there are 1,001."),
        ({"spoke_with": "x" * 1234}, "Name and post”: write at most 1,000 characters; there are"),
        ({"called_on": "yesterday"}, "Give the day"),
        ({"called_on": (NOW + timedelta(days=1)).date().isoformat()}, "Give the day"),
        ({"called_on": (NOW - timedelta(days=91)).date().isoformat()}, "Give the day"),
        ({"answer": "corrected"}, "at least one right number"),
    ],
)
def test_an_answer_that_lacks_something_is_refused_and_nothing_is_lost(
    asked, client_as, token_of, country, changed, words
):
    client = client_as("department")
    token = token_of(client, f"/calls/{asked}")
    answer = client.post(f"/calls/{asked}", data=GOOD | changed | {"csrf_token": token})
    shown = answer.get_data(as_text=True)
    assert (answer.status_code, words in shown) == (400, True)
    assert changed.get("spoke_with", "the head") in shown
    with country.begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM quality.answer")).scalar_one() == 0


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [("17", True), ("١٧", True), ("۱۷", True), ("30001", False), ("-1", False), ("1.5", False),
     ("²", False), ("9" * 40, False)],
)  # fmt: skip
def test_a_number_is_taken_in_the_digits_of_either_keyboard(text, is_taken):
    app = Flask("calls")
    use_clock(app, lambda: NOW)
    use_languages(app, "en")
    with app.test_request_context():
        fault = find_fault(GOOD | {"answer": "corrected"}, {1: text})
    assert (fault is None) == is_taken


def test_what_is_confirmed_has_no_right_numbers_beside_it():
    """Nothing that was written may be dropped unsaid."""
    app = Flask("calls")
    use_clock(app, lambda: NOW)
    use_languages(app, "en")
    with app.test_request_context():
        assert find_fault(GOOD, {}) is None
        assert "leave one" in find_fault(GOOD, {1: "17"})


def test_that_questions_wait_for_an_account_is_said_on_the_page(asked, client_as, country):
    client = client_as("department")
    assert "Questions wait here" not in page(client)
    with country.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO ops.due (stage, since, not_before, attempts, reason) VALUES"
                " ('send_feedback', :now, :now, 1, '[central-no-manager] This needs an account')"
            ),
            {"now": NOW},
        )
    assert "Questions wait here" in page(client)


def test_an_officers_answer_is_taken_marked_and_applied_once(asked, client_as, token_of, country):
    client = client_as("department")
    token = token_of(client, f"/calls/{asked}")
    answer = client.post(f"/calls/{asked}", data=GOOD | {"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/calls")
    assert "Al-Noor" not in page(client), "it waits for the stage, nobody calls again"
    assert client.post(f"/calls/{asked}", data=GOOD | {"csrf_token": token}).status_code == 404
    with country.begin() as connection:
        marks = connection.execute(
            sa.text("SELECT form_id, school_code, period FROM ops.due WHERE stage = 'feedback'")
        ).all()
        assert [Slice(*mark) for mark in marks] == [SLICES[1]]
        report = feedback_slices(connection, [SLICES[1]], NOW)
        assert (report.answers_applied, report.due) == (1, (SLICES[1],))
        row = connection.execute(
            sa.text(
                "SELECT i.state, e.actor, e.reason FROM quality.issue i"
                " JOIN quality.issue_event e USING (issue_id) WHERE i.rule = :rule"
            ),
            {"rule": RULE},
        ).one()
        trail = connection.execute(
            sa.text("SELECT actor, subject FROM ops.audit_trail WHERE action = 'call_answered'")
        ).all()
    day = GOOD["called_on"]
    assert row.state == "waived"
    assert row.actor == f"officer Post of department (department), with the head, {day}"
    assert row.reason == GOOD["reason"]
    assert [tuple(entry) for entry in trail] == [("department", "S2")]
