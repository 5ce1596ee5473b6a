"""A reason that the form has asked for and got: the issue is waived with it, and not for ever."""

from datetime import timedelta

import pytest

from config.rules import load_rules
from processing.db.queries.issues import IN_THE_RETURN
from processing.db.queries.quality import decide_issue
from processing.validate import validate_slices
from tests.warehouse.builder import NOW

RULE = "sections_plausible"
SCHOOLS = """
    school | grades | pupil_count_last_year
    S1     | 1..6   | 100
"""
CROWDED = """
    school | sent | grade | girls | girls_age_0 | sections | reason_sections
    S1     | one  | 2     |   100 |         100 |        1 | one room
"""


class Story:
    """Validates S1 again and again, an hour later each time."""

    def __init__(self, warehouse):
        self.warehouse, self.now = warehouse, NOW
        warehouse.add_schools(SCHOOLS)

    def send(self, text: str = CROWDED, **root) -> None:
        self.slices = self.warehouse.send_census(text, **root)
        self.validate()

    def validate(self):
        self.now += timedelta(hours=1)
        return validate_slices(self.warehouse.connection, self.slices, self.now)

    def edit(self, **answers) -> None:
        for column, value in answers.items():
            self.warehouse.run(
                f"UPDATE survey.school_census_grades SET {column} = :value RETURNING 1", value=value
            )
        self.validate()

    def correct(self, column: str, reported: int, value: int) -> None:
        """A number of the only grade, as after an answer to some other task."""
        self.warehouse.run(
            """
            WITH answered AS (
              INSERT INTO quality.answer (source, form_key, instance_id, task_code, school_code,
                answer, reason, name, received_at)
              SELECT 'tablet', form_key, instance_id, 'a1-1', 'S1', 'value', 'miscounted', 'head',
                :now
              FROM raw.submission RETURNING answer_id, form_key, instance_id, received_at
            )
            INSERT INTO quality.adjustment (form_key, instance_id, path, row_position, table_name,
              column_name, reported_value, value, reason, name, answer_id, adjusted_at)
            SELECT form_key, instance_id, '/grades/girls/age_0', 1, 'school_census_grades',
              :column, :reported, :value, 'miscounted', 'head', answer_id, received_at
            FROM answered RETURNING 1
            """,
            column=column, reported=reported, value=value, now=self.now,
        )  # fmt: skip
        self.validate()

    def decide(self, state: str) -> None:
        (issue,) = self.issues()
        self.now += timedelta(minutes=1)
        done = decide_issue(
            self.warehouse.connection, issue.issue_id, state, "officer", "not so", self.now
        )
        assert done

    def issues(self, rule: str = RULE) -> list:
        return self.warehouse.run(
            "SELECT * FROM quality.issue WHERE rule = :rule ORDER BY subject", rule=rule
        )

    def state(self, rule: str = RULE) -> str:
        (issue,) = self.issues(rule)
        return issue.state

    def events(self) -> list[tuple]:
        rows = self.warehouse.run(
            "SELECT from_state, to_state, actor, e.reason FROM quality.issue_event e"
            " JOIN quality.issue i USING (issue_id) WHERE i.rule = :rule"
            " ORDER BY e.at, from_state NULLS FIRST",
            rule=RULE,
        )
        return [tuple(row) for row in rows]


@pytest.fixture
def story(warehouse):
    return Story(warehouse)


def test_a_reason_in_the_return_waives_the_issue_and_is_kept_with_it(story):
    story.send()
    assert story.validate().issues_open == 0
    assert story.events() == [
        (None, "open", "validate", None),
        ("open", "waived", IN_THE_RETURN, "one room"),
    ]


@pytest.mark.parametrize("reason", ["", "   ", "\n", "\u00a0\t"])
def test_an_empty_reason_explains_nothing(story, reason):
    story.send(CROWDED)
    story.edit(reason_sections=reason)
    assert story.state() == "open"


def test_it_is_asked_again_when_an_edit_takes_the_reason_away_and_ends_when_it_comes_back(story):
    story.send()
    story.edit(reason_sections=None)
    assert story.events()[-1] == ("waived", "open", "validate", "no reason given any more")
    story.edit(reason_sections="two rooms in one")
    assert story.events()[-1] == ("open", "waived", IN_THE_RETURN, "two rooms in one")


def test_the_newest_reason_stands_with_it(story):
    story.send()
    story.edit(reason_sections="a wall was taken out")
    story.validate()
    assert story.events()[2:] == [("waived", "waived", IN_THE_RETURN, "a wall was taken out")]


def test_what_is_put_right_is_resolved_also_where_it_was_explained(story):
    story.send()
    story.edit(classes_sections=2)
    assert story.state() == "resolved"
    story.edit(classes_sections=1)
    assert story.state() == "waived"


def test_a_withdrawn_return_has_none_and_brings_it_back_explained(story):
    story.send()
    story.warehouse.change_submission("one", review_state="rejected")
    assert story.validate().issues_resolved == 1
    story.warehouse.change_submission("one", review_state=None)
    assert story.validate().issues_open == 0
    assert story.state() == "waived"


def test_an_officer_who_takes_it_up_again_is_not_overruled(story):
    story.send()
    story.decide("open")
    story.validate()
    assert story.state() == "open"


def test_what_he_did_not_accept_is_no_reason_when_the_return_comes_back(story):
    story.send()
    story.decide("open")
    story.warehouse.change_submission("one", review_state="rejected")
    story.validate()
    story.warehouse.change_submission("one", review_state=None)
    story.validate()
    assert story.state() == "open"
    story.edit(reason_sections="two rooms in one")
    assert story.state() == "waived", "another reason"


def test_a_reason_for_what_was_sent_does_not_speak_of_what_was_corrected(story):
    story.send()
    story.correct("girls_age_0", 100, 1000)
    assert story.events()[-1] == (
        "waived", "open", "validate", "corrected since the reason was given",
    )  # fmt: skip
    story.validate()
    assert story.state() == "open"


def test_what_an_officer_waives_stays_waived_without_a_reason_in_the_return(story):
    story.send()
    story.decide("open")
    story.decide("waived")
    story.edit(reason_sections=None)
    assert story.state() == "waived"


def test_a_reason_for_the_young_does_not_speak_of_the_old(story):
    """Of 60, 7 are two years younger (more than a tenth: the form asks), 4 six years older."""
    story.send("""
        school | sent | grade | girls | girls_age_0 | girls_age_m2 | girls_age_6 | reason_ages
        S1     | one  | 2     |    60 |          53 |            7 |           0 | a late register
        S1     | one  | 3     |    60 |          49 |            7 |           4 | a late register
        S1     | one  | 4     |    60 |          40 |            4 |           0 | not known
    """)
    states = [issue.state for issue in story.issues("age_within_bounds")]
    assert states == ["waived", "open", "open"], "the last: a reason why many are not known"


@pytest.mark.parametrize(
    ("rule", "root", "line"),
    [
        ("enrolment_change_plausible", {"totals_reason_change": "a new quarter"}, ""),
        ("new_repeat_transfer_make_first_grade", {}, "from abroad"),
    ],
)
def test_other_values_of_which_the_form_asks_the_reason(story, rule, root, line):
    story.send(
        f"""
        school | sent | grade | girls | girls_age_0 | sections | reason_flow
        S1     | one  | 1     |    60 |          60 |        2 | {line}
        """,
        **root,
    )
    assert story.state(rule) == "waived"


def test_what_keeps_a_return_out_of_the_figures_is_never_explained_by_the_form():
    rules = load_rules().values()
    assert not [rule.rule for rule in rules if rule.explained_by and rule.severity == "blocking"]
