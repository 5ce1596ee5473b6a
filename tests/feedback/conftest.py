"""A department's desk: returns are validated, and the stage decides what schools are asked."""

from datetime import timedelta

import pytest

from processing.db.queries.task_lists import list_wanted
from processing.db.slices import Slice
from processing.feedback import FeedbackReport, feedback_slices
from processing.feedback.listing import task_rows
from processing.normalize import normalize_slices
from processing.validate import validate_slices
from tests.feedback.ministry import (  # noqa: F401  fixtures of this folder
    central,
    here,
    manager,
    tablet,
)
from tests.warehouse.builder import NOW, Warehouse
from tests.warehouse.fixtures import (  # noqa: F401  fixtures of this folder
    warehouse,
    worker_engine,
)

SCHOOLS = """
    school | grades | language_code
    S1     | 1..9   | ar
    S2     | 1..9   | ckb
"""


class Desk:
    """Each act is an hour after the one before. `work` does what is due, as the jobs do."""

    def __init__(self, country: Warehouse):
        self.warehouse, self.now = country, NOW
        country.add_schools(SCHOOLS)

    def send(self, text: str, **root) -> list[Slice]:
        """A census, validated and decided about."""
        slices = self.warehouse.send_census(text, **root)
        self.work(slices)
        return slices

    def work(self, slices: list[Slice]) -> FeedbackReport:
        """validate → normalize → feedback, and again for the returns that were answered for."""
        self.now += timedelta(hours=1)
        connection = self.warehouse.connection
        validate_slices(connection, slices, self.now)
        normalize_slices(connection, slices, self.now)
        report = feedback_slices(connection, slices, self.now)
        if report.due:
            self.work(list(report.due))
        return report

    def answer(self, task: dict, answer: str, reason: str = "in the register", **numbers: int):
        """A school answers on its tablet; the outcome."""
        school, code = task["school_code"], task["task_code"]
        self.work([self.warehouse.send_answer(school, code, answer, reason, **numbers)])
        (row,) = self.warehouse.run(
            "SELECT outcome FROM quality.answer ORDER BY answer_id DESC LIMIT 1"
        )
        return row.outcome

    def tasks(self, school: str = "S1") -> list[dict]:
        """What the tablet of a school is given."""
        connection = self.warehouse.connection
        rows = task_rows(connection, list_wanted(connection, "test", 1))
        return [row for row in rows if row["school_code"] == school]

    def states(self) -> dict[str, int]:
        rows = self.warehouse.run("SELECT state, count(*) FROM quality.correction_task GROUP BY 1")
        return {row.state: row.count for row in rows}

    def issues(self, rule: str) -> list[str]:
        rows = self.warehouse.run(
            "SELECT state FROM quality.issue WHERE rule = :rule ORDER BY subject", rule=rule
        )
        return [row.state for row in rows]

    def messages(self) -> list[tuple]:
        rows = self.warehouse.run(
            "SELECT kind, body, outcome FROM quality.message ORDER BY message_id"
        )
        return [tuple(row) for row in rows]

    def sent(self, review_state: str | None = "hasIssues") -> None:
        """All messages have been sent, and the pull has brought the review state back."""
        self.warehouse.connection.exec_driver_sql(
            "UPDATE quality.message SET outcome = 'sent', ended_at = now() WHERE outcome IS NULL"
        )
        self.warehouse.run(
            "UPDATE raw.submission SET review_state = :state WHERE instance_id IN ("
            " SELECT instance_id FROM quality.message) RETURNING 1",
            state=review_state,
        )


@pytest.fixture
def desk(warehouse) -> Desk:  # noqa: F811
    return Desk(warehouse)
