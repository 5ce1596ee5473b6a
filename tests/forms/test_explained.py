"""A reason that a form has asked for and got is not asked again: no correction task comes of it.

Each return that meets a question named `reason_…` (found in the forms, not listed here) gives all
its reasons, is sent to the sandbox Central, pulled, landed, held against every rule and decided on.
"""

import datetime as dt
import re
import uuid
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from config.rules import load_rules
from processing.feedback import feedback_slices
from tests.forms.answers import census, grade
from tests.forms.odd_returns import ODD_RETURNS
from tests.forms.odd_schools import ODD_SCHOOLS
from tests.forms.source import FORM_IDS, LANGUAGES
from tests.forms.test_branches import answers_of, branches
from tests.forms.test_odd_schools_land import NOW, landing, send

REASON = "هكذا في السجل"
ASKED_SQL = """
SELECT DISTINCT i.rule FROM quality.correction_task t
JOIN quality.task_issue l USING (task_id) JOIN quality.issue i USING (issue_id)
"""
EXPLAINED_SQL = """
SELECT i.rule, e.reason FROM quality.issue i
JOIN quality.issue_event e ON e.issue_id = i.issue_id AND e.to_state = 'waived'
WHERE i.state = 'waived'
"""


HELD = {"school_code": "HELD", "topic_code": "pupils", "source_code": "e_parwarda"}
HELD_FIGURE = HELD | {
    "as_of_date": dt.date(2026, 11, 1), "school_year": 2026, "pupil_count": 412,
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """reasons: the questions, with positions, in which the return gives one."""

    form_id: str
    instance_id: str
    reasons: frozenset[str]
    xml: bytes


def soft_questions(form_id: str) -> set[str]:
    return {path for path in branches(form_id) if path.rpartition("/")[2].startswith("reason_")}


def plain(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


def ways_of(form_id: str, schools) -> list[dict]:
    """The answers that meet every branch; and a census in which all is unusual at once."""
    grades = [grade(number, {"age_m2": 30}, sections=0) for number in range(1, 7)]
    unusual = [census(schools["LAST80"], *grades)] if form_id == "school_census" else []
    return answers_of(form_id, schools) + unusual


def with_reasons(form_id: str, form, schools) -> list[Sent]:
    """A return for each way that meets a reason, whole or not: all its reasons are given."""
    sent = []
    for number, answers in enumerate(ways_of(form_id, schools)):
        instance_id = f"uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{form_id} {number}')}"
        filling = form.new(LANGUAGES["ar"], instance_id=instance_id).fill(answers)
        reasons = {path for path in filling.asked() if plain(path) in soft_questions(form_id)}
        for path in reasons:
            filling.answer(path, REASON)
        if reasons:
            sent.append(Sent(form_id, instance_id, frozenset(reasons), filling.xml()))
    return sent


@pytest.fixture(scope="module")
def sent(forms, schools) -> list[Sent]:
    return [one for form_id in FORM_IDS for one in with_reasons(form_id, forms[form_id], schools)]


def test_every_soft_question_is_among_them(sent):
    given = {(one.form_id, plain(path)) for one in sent for path in one.reasons}
    assert given == {(form_id, path) for form_id in FORM_IDS for path in soft_questions(form_id)}


@pytest.fixture(scope="module")
def landed(sent, compiled, schools, sandbox, database):
    settings = sandbox.fill(database)
    send(settings, compiled, [(one.form_id, one.xml) for one in sent])
    known = {
        one.school_code: one
        for one in (*schools.values(), *(odd.school for odd in (*ODD_SCHOOLS, *ODD_RETURNS)))
    }
    registry = {"sources": [HELD], "held": [HELD_FIGURE]}
    form_ids = {one.form_id for one in sent}
    with landing(settings, known.values(), form_ids, **registry) as (connection, slices):
        feedback_slices(connection, slices, NOW)
        yield connection


def test_of_no_value_whose_reason_was_given_a_school_is_asked_again(landed):
    """What is asked is of no value: some schools of these tests send two returns of a round."""
    assert set(landed.execute(sa.text(ASKED_SQL)).scalars()) <= {"one_return_per_school_and_round"}


def test_each_rule_that_looks_at_such_a_value_has_found_it_and_keeps_it_with_its_reason(landed):
    explained = {rule.rule for rule in load_rules().values() if rule.explained_by}
    found = landed.execute(sa.text(EXPLAINED_SQL)).all()
    assert {row.rule for row in found} == explained
    assert {row.reason for row in found} == {REASON}


def test_the_question_that_a_rule_names_is_one_of_its_forms():
    for rule in load_rules().values():
        for form_id in rule.form_ids if rule.explained_by else ():
            assert rule.explained_by.removeprefix("/") in soft_questions(form_id), rule.rule
