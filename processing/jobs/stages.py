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
    """rows: how much was done, for people. due: the slices that the next stage has to look at."""

    rows: int = 0
    due: tuple[Slice, ...] = ()


@dataclass(frozen=True)
class Stage:
    """A stage of the data path. batch: slices a transaction; timeout_s: of the whole job.

    then: the stage that is due for what `do` returns; None where nothing follows, or where
    landing has set the marks itself.
    """

    name: str
    queue: str
    batch: int
    timeout_s: int
    do: Callable[[sa.Connection, list[Slice], Context], StageResult]
    then: str | None = None


def _find_forms(connection, slices, context) -> StageResult:
    return StageResult(due=tuple(pulling.find_forms(connection, context.settings)))


def _pull(connection, slices, context) -> StageResult:
    report = pulling.pull_one(connection, context.settings, slices[0].form_id, context.now)
    return StageResult(report.added + report.changed + report.purged)


def _verify(connection, slices, context) -> StageResult:
    form_id = slices[0].form_id
    count, has_more = pulling.verify_some(connection, context.settings, form_id, context.now)
    return StageResult(count, (Slice(form_id),) if has_more else ())


def _validate(connection, slices, context) -> StageResult:
    validate_slices(connection, slices, context.now)
    return StageResult(len(slices), tuple(slices))


def _normalize(connection, slices, context) -> StageResult:
    report = normalize_slices(connection, slices, context.now)
    due = tuple(Slice("", school, str(year)) for school, year in report.touched)
    return StageResult(len(slices), due)


def _indicators(connection, slices, context) -> StageResult:
    pairs = [(row.school_code, int(row.period)) for row in slices]
    return StageResult(compute_due(connection, pairs, context.now))


def _reconcile(connection, slices, context) -> StageResult:
    form_id = slices[0].form_id
    difference = reconciling.reconcile_form(connection, context.settings, form_id)
    reconciling.save_result(connection, context.settings, difference, context.now)
    return StageResult(difference.central_count, (Slice(form_id),) if difference.count else ())


STAGES = {
    stage.name: stage
    for stage in (
        Stage("find_forms", "pull", 1, 300, _find_forms, then="pull"),
        Stage("pull", "pull", 1, 4 * 3600, _pull),
        Stage("verify", "pull", 1, 1800, _verify, then="verify"),
        Stage("validate", "processing", 1000, 1800, _validate, then="normalize"),
        Stage("normalize", "processing", 2000, 1800, _normalize, then="indicators"),
        Stage("indicators", "processing", 50_000, 1800, _indicators),
        Stage("reconcile", "pull", 1, 4 * 3600, _reconcile, then="pull"),
    )
}


def mark_next(
    connection: sa.Connection, stage: Stage, result: StageResult, now: dt.datetime
) -> set[str]:
    """Set the marks of the stage that follows; returns the stages to be woken."""
    if stage.then is None or not result.due:
        return set()
    mark_due(connection, stage.then, result.due, now)
    return {stage.then}
