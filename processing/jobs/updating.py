"""Updating: school updates become proposals, and what officers decided is applied to the registry.

In: landed returns of the form `school_update`, decisions of pages, commands and Central. Out: the
registry with its history, what is said at Central, what has to be computed anew. Promised: it all
happens in one transaction, so that a worker that is killed leaves nothing half-written; a decision
is applied once, and only to the version that it was made for.

| review state at Central, nobody has decided here | becomes |
|---|---|
| rejected | refused |
| approved, and the form holds all that the registry needs | approved |
| approved, and something is missing or wrong | stays open: an officer completes it |
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from config.clock import day_of
from config.errors import OperatorError
from config.updates import fault_text, text
from processing.db.queries import messages, school_updates
from processing.db.queries.due import mark_due
from processing.db.queries.registry import lock_registry, replace_registry
from processing.db.queries.returns import SCHOOL_UPDATE, find_columns, load_submissions
from processing.db.queries.school_updates import Decision
from processing.db.queries.stats import list_years_with_facts
from processing.db.queries.submissions import reassign_slices
from processing.db.queries.web_audit import record
from processing.db.queries.web_scope import NATION
from processing.db.slices import Slice, load_slices
from processing.feedback.updates import (
    Judgement,
    affects_units,
    changed_values,
    judge,
    registry_row,
)
from processing.feedback.words import school_language

REVIEW_STATES = {"approved": "approved", "refused": "rejected"}
CENTRAL = "ODK Central"


@dataclass(frozen=True)
class UpdatesReport:
    """taken: updates seen for the first time. applied, refused, impossible: decisions. schools:
    whose entities have to follow."""

    taken: int = 0
    applied: int = 0
    refused: int = 0
    impossible: int = 0
    schools: tuple[str, ...] = ()


def update_registry(
    connection: sa.Connection, slices: Iterable[Slice], now: dt.datetime
) -> UpdatesReport:
    """Take the updates of the slices, then apply every decision whose day has come."""
    load_slices(connection, slices)
    load_submissions(connection)
    taken = school_updates.take_updates(connection, find_columns(connection, [SCHOOL_UPDATE.table]))
    _take_reviews(connection, now)
    return apply_decisions(connection, now, taken)


def apply_decisions(connection: sa.Connection, now: dt.datetime, taken: int = 0) -> UpdatesReport:
    """Apply what was decided and whose day has come, and mark what follows from it."""
    lock_registry(connection)
    outcomes, schools, is_far = [], [], False
    for row in school_updates.take_pending(connection, day_of(now)):
        outcome, judgement = _apply(connection, row, now)
        outcomes.append(outcome)
        if outcome == "applied":
            schools.append(row["school_code"])
            is_far = is_far or affects_units(judgement)
    if schools:
        mark_followers(connection, schools, is_far, now)
    counts = {name: outcomes.count(name) for name in ("applied", "refused", "impossible")}
    return UpdatesReport(taken, **counts, schools=tuple(schools))


def decide(
    connection: sa.Connection, update: Mapping, decision: Decision, now: dt.datetime
) -> None:
    """Enter a decision, with its place in the audit trail.

    Raises OperatorError: update-decided, update-unsigned, update-impossible, update-incomplete.
    """
    if update["state"] != "open":
        raise _decided(update)
    if not decision.name.strip() or (
        decision.decision == "refused" and not decision.reason.strip()
    ):
        raise OperatorError(
            "update-unsigned",
            "An update is approved with a name, and refused with a name and a reason.",
            "Give both; the reason is told to the school.",
        )
    if decision.decision == "approved":
        _require_ready(judge(connection, update, decision.given))
    if not enter_decision(connection, update, decision, decision.name, now):
        raise _decided(update)


def enter_decision(
    connection: sa.Connection, update: Mapping, decision: Decision, login: str, now: dt.datetime
) -> bool:
    """The decision and its trail; False where somebody else has decided meanwhile.

    login: whose deed it is in the trail.
    """
    if not school_updates.add_decision(connection, update["update_id"], decision, now):
        return False
    record(
        connection, now, login, f"school_update_{decision.decision}", update["school_code"],
        update=update["update_id"],
    )  # fmt: skip
    return True


def get_update(connection: sa.Connection, update_id: int) -> sa.RowMapping:
    """Raises update-unknown."""
    found = school_updates.find_update(connection, NATION, update_id)
    if found is None:
        raise OperatorError(
            "update-unknown",
            f"There is no school update {update_id} (any more).",
            "`emis registry updates list` shows those that stand; an edited form has a new number.",
        )
    return found


def _take_reviews(connection: sa.Connection, now: dt.datetime) -> None:
    for update in school_updates.list_reviewed(connection):
        decision = "approved" if update["review_state"] == "approved" else "refused"
        if decision == "approved" and not judge(connection, update, {}).is_ready:
            continue
        entry = Decision(decision, "central", CENTRAL, "", {})
        school_updates.add_decision(connection, update["update_id"], entry, now)


def _apply(connection, row: Mapping, now: dt.datetime) -> tuple[str, Judgement | None]:
    if not row["stands"]:
        school_updates.save_outcome(connection, row["decision_id"], "overtaken", now)
        return "overtaken", None
    if row["decision"] == "refused":
        school_updates.save_outcome(connection, row["decision_id"], "refused", now)
        _tell(connection, row, "refused", now, reason=row["reason"])
        return "refused", None
    judgement = judge(connection, row, row["given"])
    if not judgement.is_ready:
        fault = judgement.fault or "not_understood"
        school_updates.save_outcome(connection, row["decision_id"], "impossible", now, fault=fault)
        return "impossible", judgement
    _write(connection, row, judgement, now)
    return "applied", judgement


def _write(connection, row: Mapping, judgement: Judgement, now: dt.datetime) -> None:
    today = day_of(now)
    since = row["effective_date"] or today
    building = judgement.building
    replace_registry(
        connection,
        buildings=[{"valid_from": since, "valid_to": None} | building] if building else [],
        schools=[registry_row(row, judgement)] if judgement.changes else [],
        now=now,
    )
    was, became = changed_values(judgement)
    school_updates.save_outcome(
        connection, row["decision_id"], "applied", now, was=was, became=became
    )
    _tell(connection, row, "applied", now, day=today.isoformat())


def _tell(connection, row: Mapping, name: str, now: dt.datetime, **values) -> None:
    """A review state and a comment at Central; what was decided there is only commented."""
    place = (row["form_key"], row["instance_id"], row["version_id"])
    if row["source"] != "central":
        messages.add_verdict(connection, place, REVIEW_STATES[row["decision"]], now)
    if values.get("reason") != "":
        messages.add_remark(
            connection, place, text(name, _language(connection, row), **values), now
        )


def _language(connection, row: Mapping) -> str:
    known = school_updates.find_known(connection, row["school_code"], None, None)["school"]
    asked = known["language_code"] if known else row["answers"].get("new_school_language")
    return school_language(asked)


def mark_followers(
    connection: sa.Connection, schools: list[str], is_far: bool, now: dt.datetime
) -> int:
    """What follows when the registry has changed: returns that came before their school was known
    join it, entities of these schools follow; is_far: figures move between units, so all are
    computed anew. How many returns have joined.
    """
    joined = reassign_slices(connection, now)
    mark_due(connection, "list_schools", [Slice("", code) for code in schools], now)
    if is_far:
        years = [Slice("", "", str(year)) for year in list_years_with_facts(connection)]
        mark_due(connection, "indicators", years, now)
    return joined


def _require_ready(judgement: Judgement) -> None:
    if judgement.fault:
        raise OperatorError(
            "update-impossible", fault_text(judgement.fault, "en"), "Nothing was changed."
        )
    if judgement.missing:
        raise OperatorError(
            "update-incomplete",
            f"The registry also needs: {', '.join(judgement.missing)}.",
            "The form does not ask for them: say them with the approval.",
        )


def _decided(update: Mapping) -> OperatorError:
    return OperatorError(
        "update-decided",
        f"The school update {update['update_id']} is decided already"
        + (f" by {update['name']}." if update["name"] else "."),
        "`emis registry updates list --all` shows by whom and why.",
    )
