"""Which stage follows which, on which queue, and how many slices it takes at a time.

pull ──▶ verify          the XML behind the feed, at Central's pace
  └────▶ validate ──▶ normalize ──▶ indicators
            │             └────▶ tell_schools     what has arrived, on the tablets' lists
            ├────▶ feedback ──▶ send_feedback     what schools are asked: tasks, reviews, comments
            │         └────▶ validate             again, where a school has answered
            └────▶ school_updates ──▶ list_schools   what officers approved: registry, then tablets
                                           └────▶ tell_schools
find_forms ──▶ pull      forms that Central has and the mirror does not
send_entries ──▶ pull    what departments have entered in a school's name
reconcile                Central and the mirror compared, nightly
resolve_conflicts        what officers chose where two changes of an entity clashed
late, reread             what Central changes without a signal, by id and nightly
attachments, entities, comments, people, form_versions
                         what stands around the submissions, on a queue behind theirs
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from config.errors import OperatorError
from config.settings import Settings
from processing.db.queries import school_updates
from processing.db.queries.due import WHOLE, mark_due
from processing.db.queries.slices import list_all_slices
from processing.db.slices import Slice
from processing.feedback import feedback_slices
from processing.indicators import compute_due
from processing.jobs import (
    attaching,
    entering,
    listing,
    measuring,
    publishing,
    pulling,
    reconciling,
    rereading,
    resolving,
    surrounding,
    telling,
    updating,
    verifying,
)
from processing.normalize import normalize_slices
from processing.validate import validate_slices

QUEUES = ("pull", "processing", "feedback", "mirror", "exports")


@dataclass(frozen=True)
class Context:
    """What a stage is given beside its slices."""

    settings: Settings
    now: dt.datetime


@dataclass(frozen=True)
class StageResult:
    """rows: how much was done, for people. due: the slices that the next stages have to look at.

    also: further stages with the slices that are due for them.
    hindrance: why the stage stopped early; what it did is kept, and the rest is due later.
    """

    rows: int = 0
    due: tuple[Slice, ...] = ()
    hindrance: OperatorError | None = None
    also: Mapping[str, tuple[Slice, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """A stage of the data path. batch: slices a transaction; timeout_s: of the whole job.

    then: the stages that are due for what `do` returns; none where nothing follows, or where
    landing has set the marks itself.
    """

    name: str
    queue: str
    batch: int
    timeout_s: int
    do: Callable[[sa.Connection, list[Slice], Context], StageResult]
    then: tuple[str, ...] = ()


def _find_forms(connection, slices, context) -> StageResult:
    return StageResult(due=tuple(pulling.find_forms(connection, context.settings)))


def _pull(connection, slices, context) -> StageResult:
    form_id = slices[0].form_id
    report = measuring.pull_measured(connection, context.settings, form_id, context.now)
    return StageResult(report.added + report.changed + report.purged)


def _verify(connection, slices, context) -> StageResult:
    form_id = slices[0].form_id
    turn = verifying.verify_some(connection, context.settings, form_id, context.now)
    return StageResult(turn.count, (Slice(form_id),) if turn.has_more else (), turn.hindrance)


def _validate(connection, slices, context) -> StageResult:
    validate_slices(connection, slices, context.now)
    updates = tuple(row for row in slices if row.form_id == school_updates.FORM_ID)
    return StageResult(len(slices), tuple(slices), also={school_updates.STAGE: updates})


def _normalize(connection, slices, context) -> StageResult:
    report = normalize_slices(connection, slices, context.now)
    due = tuple(Slice("", school, str(year)) for school, year in report.touched)
    return StageResult(len(slices), due)


def _indicators(connection, slices, context) -> StageResult:
    pairs = [(row.school_code, int(row.period)) for row in slices]
    return StageResult(compute_due(connection, pairs, context.now))


def _feedback(connection, slices, context) -> StageResult:
    report = feedback_slices(connection, slices, context.now)
    also = {"validate": report.due}
    # Without a manager nothing can be sent: the timetable's mark stays, and says why.
    if context.settings.has_manager and telling.has_work(connection, context.settings, context.now):
        also["send_feedback"] = (WHOLE,)
    return StageResult(len(slices), also=also)


def _send_feedback(connection, slices, context) -> StageResult:
    count, hindrance = telling.send_some(connection, context.settings, context.now)
    has_more = hindrance is None and telling.has_work(connection, context.settings, context.now)
    return StageResult(count, (WHOLE,) if has_more else (), hindrance)


def _school_updates(connection, slices, context) -> StageResult:
    report = updating.update_registry(connection, slices, context.now)
    count = report.taken + report.applied + report.refused
    also = {}
    if context.settings.has_manager and telling.has_work(connection, context.settings, context.now):
        also["send_feedback"] = (WHOLE,)
    return StageResult(count, tuple(Slice("", code) for code in report.schools), also=also)


def _list_schools(connection, slices, context) -> StageResult:
    schools = sorted({row.school_code for row in slices})
    count = publishing.keep_schools(connection, context.settings, schools, context.now)
    # What other lists say of the school has changed as well.
    return StageResult(count, also={"tell_schools": tuple(Slice("", code) for code in schools)})


def _resolve_conflicts(connection, slices, context) -> StageResult:
    count, hindrance = resolving.resolve_some(connection, context.settings, context.now)
    has_more = hindrance is None and resolving.has_work(connection, context.settings)
    also = {"resolve_conflicts": (WHOLE,)} if has_more else {}
    # The mirror is to see at once what has been settled.
    return StageResult(count, (WHOLE,) if count else (), hindrance, also)


def _send_entries(connection, slices, context) -> StageResult:
    sent, hindrance = entering.send_some(connection, context.settings, context.now)
    has_more = hindrance is None and entering.has_work(connection, context.settings, context.now)
    also = {"pull": tuple(Slice(form_id) for form_id in sorted(set(sent)))}
    return StageResult(len(sent), (WHOLE,) if has_more else (), hindrance, also)


def _tell_schools(connection, slices, context) -> StageResult:
    schools = sorted({row.school_code for row in slices})
    return StageResult(telling.tell_schools(connection, context.settings, schools))


def _reconcile(connection, slices, context) -> StageResult:
    form_id = slices[0].form_id
    difference = reconciling.reconcile_form(connection, context.settings, form_id, context.now)
    reconciling.save_result(connection, context.settings, difference, context.now)
    if not difference.count:
        return StageResult(difference.central_count)
    reconciling.order_healing(connection, context.settings, difference)
    return StageResult(difference.central_count, (Slice(form_id),))


def _reread(connection, slices, context) -> StageResult:
    count = 0
    for form in surrounding.followed_forms(connection, context.settings):
        if form.form_id == slices[0].form_id:
            count += rereading.reread_form(connection, context.settings, form, context.now)
    return StageResult(count)


def _in_turns(act) -> Callable[[sa.Connection, list[Slice], Context], StageResult]:
    """A stage that does a part of what there is, and is due again while there is more."""

    def do(connection, slices, context) -> StageResult:
        count, has_more = act(connection, context.settings, context.now)
        return StageResult(count, (WHOLE,) if has_more else ())

    return do


def _at_once(act) -> Callable[[sa.Connection, list[Slice], Context], StageResult]:
    """A stage that does all there is."""
    return lambda connection, slices, context: StageResult(
        act(connection, context.settings, context.now)
    )


STAGES = {
    stage.name: stage
    for stage in (
        Stage("find_forms", "pull", 1, 300, _find_forms, then=("pull",)),
        Stage("pull", "pull", 1, 4 * 3600, _pull),
        Stage("verify", "pull", 1, 1800, _verify, then=("verify",)),
        Stage("validate", "processing", 1000, 1800, _validate, then=("normalize", "feedback")),
        Stage(
            "normalize", "processing", 2000, 1800, _normalize, then=("indicators", "tell_schools")
        ),
        Stage("indicators", "processing", 50_000, 1800, _indicators),
        Stage("feedback", "processing", 1000, 1800, _feedback),
        Stage("send_feedback", "feedback", 1, 1800, _send_feedback, then=("send_feedback",)),
        Stage("send_entries", "feedback", 1, 1800, _send_entries, then=("send_entries",)),
        Stage("tell_schools", "feedback", 200, 1800, _tell_schools),
        Stage("school_updates", "processing", 200, 1800, _school_updates, then=("list_schools",)),
        Stage("list_schools", "feedback", 200, 1800, _list_schools),
        Stage("resolve_conflicts", "feedback", 1, 1800, _resolve_conflicts, then=("entities",)),
        Stage("reconcile", "pull", 1, 4 * 3600, _reconcile, then=("pull",)),
        Stage("late", "mirror", 1, 1800, _in_turns(rereading.reread_late), then=("late",)),
        Stage("reread", "mirror", 1, 4 * 3600, _reread),
        Stage(
            "attachments", "mirror", 1, 1800, _in_turns(attaching.fetch_some), then=("attachments",)
        ),
        Stage(
            "entities", "mirror", 1, 1800, _in_turns(listing.read_entity_lists), then=("entities",)
        ),
        Stage(
            "comments",
            "mirror",
            1,
            600,
            _in_turns(surrounding.read_due_comments),
            then=("comments",),
        ),
        Stage("people", "mirror", 1, 600, _at_once(surrounding.read_people)),
        Stage("form_versions", "mirror", 1, 600, _at_once(surrounding.read_form_versions)),
    )
}


# Schema -> the stage that makes it, and after which the others follow.
MAKERS = {"emis": "validate", "stats": "indicators"}


def mark_rebuild(connection: sa.Connection, schema: str, now: dt.datetime) -> None:
    """Mark every slice that there is, so that the schema is made anew from the one below."""
    stage = MAKERS[schema]
    mark_due(connection, stage, list_all_slices(connection, stage), now)


def mark_next(
    connection: sa.Connection, stage: Stage, result: StageResult, now: dt.datetime
) -> set[str]:
    """Set the marks of the stages that follow; returns the stages to be woken."""
    marks = dict.fromkeys(stage.then, result.due) | dict(result.also)
    due = {name: slices for name, slices in marks.items() if slices}
    for name, slices in due.items():
        mark_due(connection, name, slices, now)
    return set(due)
