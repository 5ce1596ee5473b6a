"""The stage `feedback`: from open issues to correction tasks and messages, and from answers back.

In: slices, after `validate`; answers from tablets (returns of the form `corrections`) and from
officers. Out: `quality.correction_task` within the limits of `config/thresholds.toml`,
`quality.message`, and for answers waived issues, adjustments, and the slices to be validated again.
Promised: it knows no network; twice is the same as once; a change of the submission that is only
our own review makes no further task and no further message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import sqlalchemy as sa

from config.clock import day_of
from config.corrections import load_screens
from config.rules import load_rules
from config.thresholds import load_thresholds
from processing.db.queries import correction_answers, correction_tasks, messages
from processing.db.queries.returns import find_columns, load_submissions
from processing.db.slices import Slice, load_slices
from processing.feedback.words import comment_text, school_language


@dataclass(frozen=True)
class FeedbackReport:
    """due: slices whose returns were answered for. The counts are of what is new."""

    answers_taken: int
    answers_applied: int
    tasks_closed: int
    messages_made: int
    due: tuple[Slice, ...]


def feedback_slices(
    connection: sa.Connection, slices: Iterable[Slice], now: datetime
) -> FeedbackReport:
    """Take answers, then decide anew about the schools of the slices, in one transaction."""
    load_slices(connection, slices)
    load_submissions(connection)
    columns = find_columns(connection)
    taken = correction_answers.take_answers(connection, columns)
    screens = load_screens()
    correction_tasks.load_schools(connection)
    applied = correction_answers.apply_answers(connection, _landing_rules(), now)
    correction_tasks.load_asked(connection, screens)
    closed = correction_tasks.close_tasks(connection, now)
    correction_tasks.save_tasks(connection)
    correction_tasks.save_values(connection, screens.values(), columns)
    limits = load_thresholds()
    due_on = day_of(now) + timedelta(days=limits["correction_days"])
    correction_tasks.give_places(connection, limits["correction_tasks_max"], due_on, now)
    made = messages.add_reviews(connection, now) + _add_comments(connection, now)
    due = tuple(correction_answers.list_applied_slices(connection))
    return FeedbackReport(taken, applied, closed, made, due)


def _landing_rules() -> list[str]:
    return [name for name, rule in load_rules().items() if rule.origin == "landing"]


def _add_comments(connection: sa.Connection, now: datetime) -> int:
    """One comment a submission, of what was not told yet, in the school's language."""
    untold = messages.list_untold(connection)
    count = 0
    for place, issues in groupby(untold, _place):
        rows = list(issues)
        body = comment_text(school_language(rows[0]["language_code"]), rows)
        ids = [row["issue_id"] for row in rows]
        messages.add_comment(connection, place, body, ids, now)
        count += 1
    return count


def _place(row) -> tuple[int, str, str]:
    return row["form_key"], row["instance_id"], row["version_id"]
