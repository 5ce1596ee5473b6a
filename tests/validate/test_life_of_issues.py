"""An issue opens, stays, is resolved, opens again; it is never deleted, and each step is told."""

from datetime import timedelta

import pytest

from processing.db.queries.quality import count_open_issues, decide_issue, list_issues
from processing.validate import validate_slices
from tests.warehouse.builder import NOW

RULE = "repeaters_within_enrolment"
SCHOOLS = """
    school | grades
    S1     | 1..6
    S2     | 1..6
"""
TOO_MANY = """
    school | sent | grade | girls | girls_age_0 | girls_repeaters
    S1     | one  | 2     |    10 |          10 |              11
"""


class Story:
    """Validates S1 again and again, an hour later each time."""

    def __init__(self, warehouse):
        self.warehouse, self.now = warehouse, NOW
        warehouse.add_schools(SCHOOLS)
        self.slices = warehouse.send_census(TOO_MANY)

    def validate(self):
        self.now += timedelta(hours=1)
        return validate_slices(self.warehouse.connection, self.slices, self.now)

    def issue(self):
        (row,) = self.warehouse.run("SELECT * FROM quality.issue WHERE rule = :rule", rule=RULE)
        return row

    def events(self):
        return self.warehouse.run(
            "SELECT e.from_state, e.to_state, e.reason FROM quality.issue_event e"
            " JOIN quality.issue i USING (issue_id) WHERE i.rule = :rule ORDER BY e.at",
            rule=RULE,
        )

    def answer_repeaters(self, count):
        self.warehouse.run(
            "UPDATE survey.school_census_grades SET flow_girls_repeaters = :count RETURNING 1",
            count=count,
        )


@pytest.fixture
def story(warehouse):
    return Story(warehouse)


def test_an_issue_opens_once(story):
    report = story.validate()
    assert (report.submission_count, report.issues_opened, report.issues_open) == (1, 1, 1)
    assert story.events() == [(None, "open", None)]


def test_the_same_findings_again_change_only_when_they_were_last_seen(story):
    story.validate()
    report = story.validate()
    assert (report.issues_opened, report.issues_reopened, report.issues_resolved) == (0, 0, 0)
    issue = story.issue()
    assert issue.last_seen_at - issue.first_seen_at == timedelta(hours=1)
    assert len(story.events()) == 1


def test_what_is_put_right_is_resolved_and_opens_again_when_it_returns(story):
    story.validate()
    story.answer_repeaters(9)
    assert story.validate().issues_resolved == 1
    assert (story.issue().state, story.issue().resolved_at) == ("resolved", story.now)
    story.answer_repeaters(12)
    assert story.validate().issues_reopened == 1
    issue = story.issue()
    assert (issue.state, issue.resolved_at, issue.arguments["repeaters"]) == ("open", None, 12)
    assert story.events() == [
        (None, "open", None),
        ("open", "resolved", "no longer found"),
        ("resolved", "open", "found again"),
    ]


def test_what_is_waived_stays_waived(story):
    story.validate()
    assert decide_issue(
        story.warehouse.connection, story.issue().issue_id, "waived", "officer", "true", story.now
    )
    story.validate()
    assert story.issue().state == "waived"
    story.answer_repeaters(9)
    story.validate()
    assert story.issue().state == "waived"


def test_what_is_sent_back_is_resolved_when_put_right(story):
    story.validate()
    now = story.now + timedelta(minutes=1)
    decide_issue(
        story.warehouse.connection, story.issue().issue_id, "sent_back", "officer", "see", now
    )
    story.answer_repeaters(9)
    story.validate()
    assert story.events()[-1] == ("sent_back", "resolved", "no longer found")


def test_a_decision_that_the_state_forbids_changes_nothing(story):
    story.validate()
    story.answer_repeaters(9)
    story.validate()
    connection, issue_id = story.warehouse.connection, story.issue().issue_id
    assert not decide_issue(connection, issue_id, "waived", "officer", "late", story.now)
    assert story.issue().state == "resolved"


@pytest.mark.parametrize(
    "change", [{"review_state": "rejected"}, {"deleted_at": NOW}, {"purged_at": NOW}]
)
def test_a_withdrawn_submission_has_no_open_issue(story, change):
    story.validate()
    story.warehouse.change_submission("one", **change)
    assert story.validate().issues_resolved == 1
    assert story.events()[-1] == ("open", "resolved", "submission withdrawn")


def add_landing_issue(story):
    story.warehouse.run(
        "INSERT INTO quality.issue (rule, severity, form_key, form_id, instance_id, subject,"
        " arguments, school_code, period, first_seen_at, last_seen_at)"
        " SELECT 'value_fits_its_type', 'error', form_key, 'school_census', 'one', '/x', '{}',"
        " 'S1', 'census-2026', now(), now() FROM raw.submission RETURNING 1"
    )


def landing_state(story):
    ((state,),) = story.warehouse.run(
        "SELECT state FROM quality.issue WHERE rule = 'value_fits_its_type'"
    )
    return state


def test_landings_issues_are_landings(story):
    add_landing_issue(story)
    story.validate()
    assert landing_state(story) == "open"


def test_landings_issues_rest_while_the_submission_is_withdrawn(story):
    add_landing_issue(story)
    story.warehouse.change_submission("one", review_state="rejected")
    story.validate()
    assert landing_state(story) == "resolved"
    story.warehouse.change_submission("one", review_state=None)
    story.validate()
    assert landing_state(story) == "open"


def test_other_slices_are_left_alone(story):
    story.validate()
    story.answer_repeaters(9)
    others = story.warehouse.send_census(
        """
        school | sent | grade | girls | girls_age_0
        S2     | two  | 2     |    10 |          10
        """
    )
    validate_slices(story.warehouse.connection, others, NOW)
    assert story.issue().state == "open"


def test_a_rule_that_is_switched_off_finds_nothing(story):
    story.validate()
    story.warehouse.run(
        "UPDATE quality.rule SET is_active = false WHERE rule = :r RETURNING 1", r=RULE
    )
    assert story.validate().issues_resolved == 1


def test_issues_are_listed_the_gravest_first_and_counted_by_directorate(story):
    story.validate()
    connection = story.warehouse.connection
    assert [row["rule"] for row in list_issues(connection, ["S1"])] == [RULE]
    assert list_issues(connection, ["S2"]) == []
    ((rule, severity, issues, schools),) = [
        tuple(row.values()) for row in count_open_issues(connection, "D1")
    ]
    assert (rule, severity, issues, schools) == (RULE, "blocking", 1, 1)
    assert count_open_issues(connection, "D2") == []
