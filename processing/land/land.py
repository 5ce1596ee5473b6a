"""Landing a pull: the bridge's changes, one form, one transaction.

Why is it safe to run this twice? A row whose rendering has the SHA-256 of the one that is here
is passed over; any other replaces what was here of its submission, repeats and all.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

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
from processing.db.queries import forms, landing_issues, submissions, survey, sync
from processing.db.queries.due import mark_due
from processing.db.slices import UNASSIGNED, Slice
from processing.land.naming import odata_path
from processing.land.rows import TypedRows, copy_text, rows_of_feed
from processing.land.schema import LandedForm, load_form, prepare_form
from processing.land.verify import verify_rows
from processing.land.writer import Writer, system_cells

PERIOD_LENGTH = 64


@dataclass
class LandReport:
    """What a pull did to the mirror. slices: those whose rows were added, changed or taken away."""

    form_key: int | None = None
    seen: int = 0
    added: int = 0
    changed: int = 0
    purged: int = 0
    misfits: int = 0
    is_new_schema: bool = False
    is_gone: bool = False
    slices: set[Slice] = field(default_factory=set)

    @property
    def has_changed(self) -> bool:
        return bool(self.added or self.changed or self.purged or self.is_new_schema)


def land_changes(
    connection: sa.Connection, changes: Iterable[Change], now: dt.datetime, *, central: str = ""
) -> LandReport:
    """Land every change of one form. Raises what the bridge raises: then nothing may be kept."""
    landing = _Landing(connection, now, central)
    for change in changes:
        landing.take(change)
    return landing.report


class _Landing:
    def __init__(self, connection: sa.Connection, now: dt.datetime, central: str):
        self.connection, self.now, self.central = connection, now, central
        self.report = LandReport()
        self.form: LandedForm | None = None
        self.rows: _RowLanding | None = None

    def take(self, change: Change) -> None:
        match change:
            case RowChanged():
                self.rows.take(change)
            case SchemaChanged(schema):
                self.form = prepare_form(self.connection, schema, self.now)
                self.report.is_new_schema = True
            case PullStarted(key):
                self._start(key)
            case RowsPurged(instance_ids):
                self.rows.purge(list(instance_ids))
            case PullComplete():
                self._complete(change)
            case NothingNew(key, state):
                self._nothing_new(key, state)
            case FormGone(form_id):
                self._gone(form_id)

    def _start(self, key: FormKey) -> None:
        self.form = self.form or load_form(self.connection, self._form_key(key))
        self.report.form_key = self.form.form_key
        self.rows = _RowLanding(self.connection, self.form, self.now, self.report)

    def _complete(self, change: PullComplete) -> None:
        self.rows.finish(is_full=change.is_full)
        sync.save_state(
            self.connection, self.form.form_key, change.state, change.row_count, self.now
        )
        mark_due(self.connection, "validate", self.report.slices, self.now)
        if self.report.has_changed:
            mark_due(self.connection, "verify", [Slice(self.form.form_id)], self.now)

    def _nothing_new(self, key: FormKey, state: dict) -> None:
        self.report.form_key = self._form_key(key)
        sync.save_probe(self.connection, self.report.form_key, state, self.now)

    def _gone(self, form_id: str) -> None:
        self.report.is_gone = True
        forms.save_gone(self.connection, self.central, form_id)

    def _form_key(self, key: FormKey) -> int:
        found = forms.find_form(
            self.connection, key.central, key.project, key.form_id, key.form_created_at
        )
        if found is None:
            raise OperatorError(
                "form-not-prepared",
                f"The form {key.form_id} was pulled without its definition.",
                f"Run `emis pull {key.form_id} --anew`.",
            )
        return found.form_key


class _RowLanding:
    """The rows of one pull."""

    def __init__(self, connection, form: LandedForm, now, report: LandReport):
        self.connection, self.form, self.now, self.report = connection, form, now, report
        self.landed = submissions.list_landed(connection, form.form_key)
        self.schools = submissions.list_known_schools(connection) if form.school_path else set()
        self.writer = Writer(connection, form)
        self.seen: set[str] = set()
        self.touched: list[str] = []
        self.misfits: list[dict] = []

    def take(self, change: RowChanged) -> None:
        self.report.seen += 1
        self.seen.add(change.instance_id)
        digest = hashlib.sha256(change.raw).digest()
        before = self.landed.get(change.instance_id)
        if before == digest and not self.report.is_new_schema:
            return
        self._write(change, digest, is_new=before is None)
        self.landed[change.instance_id] = digest

    def purge(self, instance_ids: list[str]) -> None:
        self.writer.flush()
        self._note_slices(instance_ids)
        submissions.save_purges(self.connection, self.form.form_key, instance_ids, self.now)
        root = self.form.plan.root.name
        survey.mark_purged(self.connection, root, self.form.form_key, instance_ids, self.now)
        self.report.purged += len(instance_ids)

    def finish(self, *, is_full: bool) -> None:
        # The slices that changed rows leave are read before their rows are replaced.
        self._note_slices(self.touched)
        self.writer.flush()
        if is_full:
            gone = [i for i, digest in self.landed.items() if digest and i not in self.seen]
            if gone:
                self.purge(gone)
        landing_issues.open_landing_issues(
            self.connection, self.form.form_key, self.misfits, self.now
        )
        if self.touched:
            # What has its XML here already need not wait for it to be fetched.
            verify_rows(self.connection, self.form.form_key, self.now, instance_ids=self.touched)

    def _write(self, change: RowChanged, digest: bytes, *, is_new: bool) -> None:
        rows = rows_of_feed(self.form.plan, change.row)
        school, period = slice_of(self.form, change.row, self.schools)
        self._note(change.instance_id, rows, school, period, is_new)
        system = change.system
        cells = system_cells(
            system["submissionDate"],
            system.get("updatedAt"),
            system.get("deletedAt"),
            system.get("reviewState"),
            system.get("formVersion"),
            school,
            period,
            False,
        )
        line = _submission_line(self.form.form_key, change, digest, school, period, self.now)
        self.writer.add(change.instance_id, line, cells, rows, is_new)

    def _note(self, instance_id: str, rows: TypedRows, school, period, is_new: bool) -> None:
        self.report.added += is_new
        self.report.changed += not is_new
        self.report.slices.add(Slice(self.form.form_id, school or UNASSIGNED, period))
        if not is_new:
            self.touched.append(instance_id)
        found = misfit_rows(instance_id, rows)
        self.report.misfits += len(found)
        self.misfits += found

    def _note_slices(self, instance_ids: list[str]) -> None:
        rows = submissions.list_slices_of(self.connection, self.form.form_key, instance_ids)
        self.report.slices |= {Slice(self.form.form_id, s, p) for s, p in rows}


def slice_of(form: LandedForm, row: dict, schools: set[str]) -> tuple[str | None, str]:
    """(school_code, or None where the registry does not know it; period) of a feed's object."""
    school = _answer(row, form.school_path)
    period = _answer(row, form.period_path) or ""
    return (school if school in schools else None), period[:PERIOD_LENGTH]


def misfit_rows(instance_id: str, rows: TypedRows) -> list[dict]:
    """Misfits as rows for the issue queries."""
    return [
        {
            "instance_id": instance_id,
            "rule": misfit.rule,
            "subject": subject,
            "arguments": {"field": subject, "value": misfit.value},
        }
        for subject, misfit in rows.misfits
    ]


def _answer(row: dict, path: str | None) -> str | None:
    if path is None:
        return None
    node = row
    for step in odata_path(path).strip("/").split("/"):
        node = node.get(step) if isinstance(node, dict) else None
    return node.strip() if isinstance(node, str) else None


def _submission_line(form_key, change: RowChanged, digest: bytes, school, period, now) -> str:
    system = change.system
    meta = change.row.get("meta")
    version_id = meta.get("instanceID") if isinstance(meta, dict) else None
    values = (
        form_key,
        change.instance_id,
        change.raw.decode(),
        f"\\x{digest.hex()}",
        system["submissionDate"],
        system.get("updatedAt"),
        system.get("deletedAt"),
        system.get("reviewState"),
        _number(system.get("submitterId")),
        system.get("submitterName"),
        system.get("deviceId"),
        system.get("edits") or 0,
        system.get("formVersion"),
        system.get("status"),
        version_id or change.instance_id,
        system.get("attachmentsPresent") or 0,
        system.get("attachmentsExpected") or 0,
        school,
        period,
        now,
    )
    return "\t".join(copy_text(value) for value in values)


def _number(text: str | None) -> int | None:
    return int(text) if text else None
