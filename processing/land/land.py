"""Landing a pull: the bridge's changes, one form, one transaction.

A pull asks what is mirrored (`Landing.mirror`) while its rows land, so both are of one
transaction, and every answer counts the rows that have come before it.
"""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from bridge.changes import (
    Change,
    FormGone,
    FormKey,
    NothingNew,
    PullComplete,
    PullStarted,
    RowChanged,
    RowsPurged,
    SchemaChanged,
)
from config.errors import OperatorError
from processing.db.queries import form_events, forms, sync
from processing.db.queries.due import mark_due
from processing.db.slices import Slice
from processing.land.intake import Intake, LandReport
from processing.land.mirror import LandedMirror
from processing.land.schema import LandedForm, load_form, prepare_form


def land_changes(
    connection: sa.Connection, changes: Iterable[Change], now: dt.datetime
) -> LandReport:
    """Land every change of one form. Raises what the bridge raises: then nothing may be kept."""
    return Landing(connection, now).land(changes)


class Landing:
    """The landing of one pull. mirror: what the pull may ask before and while it lands."""

    def __init__(self, connection: sa.Connection, now: dt.datetime):
        self.connection, self.now = connection, now
        self.report = LandReport()
        self.form: LandedForm | None = None
        self.intake: Intake | None = None
        self.mirror = LandedMirror(connection, self._settle)

    def land(self, changes: Iterable[Change]) -> LandReport:
        try:
            for change in changes:
                self._take(change)
        finally:
            if self.intake is not None:
                self.intake.leave()
        return self.report

    def _take(self, change: Change) -> None:
        match change:
            case RowChanged():
                self.intake.take(change)
            case SchemaChanged(schema):
                self.form = prepare_form(self.connection, schema, self.now)
                self.report.is_new_schema = True
            case PullStarted(key, is_full):
                self._start(key, is_full)
            case RowsPurged(instance_ids):
                self.intake.purge(list(instance_ids))
            case PullComplete():
                self._complete(change)
            case NothingNew(key, state):
                self._nothing_new(key, state)
            case FormGone(key):
                self._gone(key)

    def _settle(self) -> None:
        if self.intake is not None:
            self.intake.settle()

    def _start(self, key: FormKey, is_full: bool) -> None:
        self.report.is_full = is_full
        self.form = self.form or load_form(self.connection, self._form_key(key))
        self.report.form_key = self.form.form_key
        self.intake = Intake(self.connection, self.form, self.now, self.report, is_full=is_full)

    def _complete(self, change: PullComplete) -> None:
        self.intake.finish()
        sync.save_state(self.connection, self.form.form_key, change.state, self.now)
        if change.is_full:
            sync.save_row_count(self.connection, self.form.form_key, change.row_count)
        else:
            sync.add_to_row_count(self.connection, self.form.form_key, self.intake.growth)
        mark_due(self.connection, "validate", self.report.slices, self.now)
        if self.report.has_changed:
            mark_due(self.connection, "verify", [Slice(self.form.form_id)], self.now)

    def _nothing_new(self, key: FormKey, state: dict) -> None:
        self.report.form_key = self._form_key(key)
        sync.save_probe(self.connection, self.report.form_key, state, self.now)

    def _gone(self, key: FormKey) -> None:
        self.report.is_gone = True
        found = self._find_form(key)
        if found is not None:
            self.report.form_key = found.form_key
            if found.state != "gone":
                gone = [("state-changed", "", found.state, "gone")]
                form_events.save_form_events(self.connection, found.form_key, gone, self.now)
            forms.save_gone(self.connection, found.form_key)
            # Only that it was there: if it comes back, it is read from the beginning.
            state = {"form_created_at": key.form_created_at}
            sync.save_probe(self.connection, found.form_key, state, self.now)

    def _find_form(self, key: FormKey) -> forms.FormRow | None:
        return forms.find_form(
            self.connection, key.central, key.project, key.form_id, key.form_created_at
        )

    def _form_key(self, key: FormKey) -> int:
        found = self._find_form(key)
        if found is None:
            raise OperatorError(
                "form-not-prepared",
                f"The form {key.form_id} was pulled without its definition.",
                f"Run `emis pull {key.form_id} --anew`.",
            )
        return found.form_key
