"""Which stage follows which, on which queue, and how many slices it takes at a time.

pull ──▶ verify          the XML behind the feed, at Central's pace
  └────▶ validate ──▶ normalize ──▶ indicators
find_forms ──▶ pull      forms that Central has and the mirror does not
reconcile                Central and the mirror compared, nightly
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from config.settings import Settings
from processing.db.queries.due import mark_due
from processing.db.slices import Slice
from processing.indicators import compute_due
from processing.jobs import pulling, reconciling
from processing.normalize import normalize_slices
from processing.validate import validate_slices

QUEUES = ("pull", "processing", "exports")


@dataclass(frozen=True)
class Context:
    """What a stage is given beside its slices."""

    settings: Settings
    now: dt.datetime


@dataclass(frozen=True)
class StageResult:
    """rows: how much was done, for people. follow: marks for the stages that come next."""

    rows: int = 0
    follow: tuple[tuple[str, tuple[Slice, ...]], ...] = ()


@dataclass(frozen=True)
class Stage:
    """A stage of the data path. batch: slices a transaction; timeout_s: of the whole job."""

    name: str
    queue: str
    batch: int
    timeout_s: int
    do: Callable[[sa.Connection, list[Slice], Context], StageResult]


def _find_forms(connection, slices, context) -> StageResult:
    return _followed_by("pull", pulling.find_forms(connection, context.settings))


def _pull(connection, slices, context) -> StageResult:
    report = pulling.pull_one(connection, context.settings, slices[0].form_id, context.now)
    # The marks of the stages that follow were set by landing itself.
    return StageResult(report.added + report.changed + report.purged)


def _verify(connection, slices, context) -> StageResult:
    form_id = slices[0].form_id
    count, has_more = pulling.verify_some(connection, context.settings, form_id, context.now)
    return _followed_by("verify", [Slice(form_id)] if has_more else [], count)


def _validate(connection, slices, context) -> StageResult:
    validate_slices(connection, slices, context.now)
    return _followed_by("normalize", slices, len(slices))


def _normalize(connection, slices, context) -> StageResult:
    report = normalize_slices(connection, slices, context.now)
    due = [Slice("", school, str(year)) for school, year in report.touched]
    return _followed_by("indicators", due, len(slices))


def _indicators(connection, slices, context) -> StageResult:
    pairs = [(row.school_code, int(row.period)) for row in slices]
    return StageResult(compute_due(connection, pairs, context.now))


def _reconcile(connection, slices, context) -> StageResult:
    form_id = slices[0].form_id
    difference = reconciling.reconcile_form(connection, context.settings, form_id)
    reconciling.save_result(connection, context.settings, difference, context.now)
    due = [Slice(form_id)] if difference.count else []
    return _followed_by("pull", due, difference.central_count)


def _followed_by(stage: str, slices, rows: int = 0) -> StageResult:
    return StageResult(rows, ((stage, tuple(slices)),) if slices else ())


STAGES = {
    stage.name: stage
    for stage in (
        Stage("find_forms", "pull", 1, 300, _find_forms),
        Stage("pull", "pull", 1, 4 * 3600, _pull),
        Stage("verify", "pull", 1, 1800, _verify),
        Stage("validate", "processing", 1000, 1800, _validate),
        Stage("normalize", "processing", 2000, 1800, _normalize),
        Stage("indicators", "processing", 50_000, 1800, _indicators),
        Stage("reconcile", "pull", 1, 4 * 3600, _reconcile),
    )
}


def mark_followers(connection: sa.Connection, result: StageResult, now: dt.datetime) -> set[str]:
    """Set the marks that a result asks for; returns the stages to be woken."""
    for stage, slices in result.follow:
        mark_due(connection, stage, slices, now)
    return {stage for stage, _ in result.follow}
