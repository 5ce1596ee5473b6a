"""The timetable: every task that runs by the clock, in one place.

A task sets marks, and workers do the work. One that was missed (a night without power) is caught
up once when the beat is back, not as often as it was missed.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from bridge.terms import least_listing_s, least_pull_s
from config.clock import BAGHDAD, day_of
from config.settings import Settings
from processing.db.queries import (
    attachments,
    entities,
    forms,
    late,
    measures,
    registry,
    rounds,
    runs,
    school_updates,
    sync,
    xml_trouble,
)
from processing.db.queries.due import is_marked, mark_due
from processing.db.slices import Slice
from processing.jobs import entering, resolving, telling

RUNS_KEPT_DAYS = 90
ENTITIES_EVERY_S = 60
# Forms that open with last year's figures.
PREFILLED_FORMS = ("school_census", "staff_return", "facility_return")
OPENED_DAYS = 2
# Nights without power that a round may open in.


@dataclass(frozen=True)
class Task:
    """Runs every `every_s` seconds, or daily `at` a time of Baghdad. act sets the marks.

    least_s: seconds below which Central would be asked more than its share; see bridge.terms.
    """

    name: str
    act: Callable[[sa.Connection, Settings, dt.datetime], None]
    every_s: Callable[[Settings], int] | None = None
    at: dt.time | None = None
    least_s: Callable[[sa.Connection, Settings], float] = lambda connection, settings: 0.0

    def next_after(self, settings: Settings, now: dt.datetime, least_s: float = 0.0) -> dt.datetime:
        """When the task is due next."""
        if self.every_s is not None:
            return now + dt.timedelta(seconds=max(self.every_s(settings), least_s))
        local = now.astimezone(BAGHDAD)
        today = dt.datetime.combine(local.date(), self.at, BAGHDAD)
        return today if today > local else today + dt.timedelta(days=1)


def _pull_known_forms(connection, settings: Settings, now) -> None:
    mark_due(connection, "pull", _known_forms(connection, settings), now, is_changed=False)


def _look_for_forms(connection, settings: Settings, now) -> None:
    mark_due(connection, "find_forms", [Slice("")], now, is_changed=False)


def _verify_left_over(connection, settings: Settings, now) -> None:
    mark_due(connection, "verify", _known_forms(connection, settings), now, is_changed=False)


def _verify_again(connection, settings: Settings, now) -> None:
    place = (settings.central_key, settings.central_project)
    due = [Slice(form_id) for form_id in xml_trouble.list_due_forms(connection, *place, now)]
    mark_due(connection, "verify", due, now, is_changed=False)


def _reconcile(connection, settings: Settings, now) -> None:
    mark_due(connection, "reconcile", _known_forms(connection, settings), now, is_changed=False)


def _prune_runs(connection, settings: Settings, now) -> None:
    before = now - dt.timedelta(days=RUNS_KEPT_DAYS)
    runs.prune_runs(connection, before)
    measures.prune_pulls(connection, before)


def _reread(connection, settings: Settings, now) -> None:
    mark_due(connection, "reread", _known_forms(connection, settings), now, is_changed=False)


def _look_for_late(connection, settings: Settings, now) -> None:
    place = (settings.central_key, settings.central_project)
    if late.has_late_work(connection, *place, now):
        _mark_once("late")(connection, settings, now)


def _look_for_files(connection, settings: Settings, now) -> None:
    place = (settings.central_key, settings.central_project)
    if attachments.has_work(connection, *place, now):
        _mark_once("attachments")(connection, settings, now)


def _look_for_messages(connection, settings: Settings, now) -> None:
    if telling.has_work(connection, settings, now):
        _mark_once("send_feedback")(connection, settings, now)


def _look_for_updates(connection, settings: Settings, now) -> None:
    if school_updates.has_pending(connection, day_of(now)):
        _mark_once(school_updates.STAGE)(connection, settings, now)


def _look_for_choices(connection, settings: Settings, now) -> None:
    if resolving.has_work(connection, settings):
        _mark_once("resolve_conflicts")(connection, settings, now)


def _tell_of_opened_rounds(connection, settings: Settings, now) -> None:
    """A round that opens makes the year before into last year, on every school's tablet."""
    today = day_of(now)
    before = today - dt.timedelta(days=OPENED_DAYS)
    if rounds.has_opened(connection, PREFILLED_FORMS, before, today):
        schools = registry.list_codes(connection, "school")
        mark_due(connection, "tell_schools", [Slice("", code) for code in schools], now)


def _look_for_entries(connection, settings: Settings, now) -> None:
    if entering.has_work(connection, settings, now):
        _mark_once("send_entries")(connection, settings, now)


def _check_files(connection, settings: Settings, now) -> None:
    attachments.order_check(connection, settings.central_key, settings.central_project)


def _least_pull_s(connection, settings: Settings) -> float:
    return least_pull_s(
        sync.count_forms(connection, settings.central_key, settings.central_project)
    )


def _least_listing_s(connection, settings: Settings) -> float:
    place = (settings.central_key, settings.central_project)
    return least_listing_s(entities.count_lists(connection, *place))


def _mark_once(stage: str) -> Callable[[sa.Connection, Settings, dt.datetime], None]:
    """Marks a stage unless it waits or is at work: the beat itself may never wait for a worker."""

    def act(connection, settings: Settings, now) -> None:
        if not is_marked(connection, stage):
            mark_due(connection, stage, [Slice("")], now, is_changed=False)

    return act


def _known_forms(connection, settings: Settings) -> list[Slice]:
    return [
        Slice(form.form_id)
        for form in forms.list_forms(connection, settings.central_key)
        if form.state != "gone" and form.project == settings.central_project
    ]


TASKS = {
    task.name: task
    for task in (
        Task(
            "pull",
            _pull_known_forms,
            every_s=lambda settings: settings.emis_pull_seconds,
            least_s=_least_pull_s,
        ),
        Task("find_forms", _look_for_forms, every_s=lambda settings: 60),
        Task("verify", _verify_left_over, every_s=lambda settings: 3600),
        Task("verify_again", _verify_again, every_s=lambda settings: 60),
        Task("reconcile", _reconcile, at=dt.time(2, 10)),
        Task("late", _look_for_late, every_s=lambda settings: 30),
        Task("attachments", _look_for_files, every_s=lambda settings: 30),
        Task("messages", _look_for_messages, every_s=lambda settings: 60),
        Task("entries", _look_for_entries, every_s=lambda settings: 60),
        Task("school_updates", _look_for_updates, every_s=lambda settings: 300),
        Task("resolve_conflicts", _look_for_choices, every_s=lambda settings: 60),
        Task(
            "entities",
            _mark_once("entities"),
            every_s=lambda settings: ENTITIES_EVERY_S,
            least_s=_least_listing_s,
        ),
        Task("comments", _mark_once("comments"), every_s=lambda settings: 900),
        Task("people", _mark_once("people"), every_s=lambda settings: 3600),
        Task("form_versions", _mark_once("form_versions"), every_s=lambda settings: 3600),
        Task("opened_rounds", _tell_of_opened_rounds, at=dt.time(0, 20)),
        Task("reread", _reread, at=dt.time(2, 40)),
        Task("check_files", _check_files, at=dt.time(3, 0)),
        Task("prune_runs", _prune_runs, at=dt.time(3, 30)),
    )
}

AROUND = ("late", "attachments", "entities", "comments", "people", "form_versions")


def mark_around(connection: sa.Connection, settings: Settings, now: dt.datetime) -> None:
    """Mark what stands around the submissions now: for a command that has no beat behind it.

    XML that did not come is asked for again, whatever its time.
    """
    place = (settings.central_key, settings.central_project)
    xml_trouble.hurry_trouble(connection, *place, now)
    for name in ("verify_again", *AROUND):
        TASKS[name].act(connection, settings, now)
