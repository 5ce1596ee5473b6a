"""Intake: the rows of one pull, in batches, into `raw` and `survey`.

Why is it safe to run this twice? A row whose rendering has the SHA-256 of the one that is here
is passed over; any other replaces what was here of its submission, repeats and all. Memory holds
one batch, however many rows there are.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass, field

import sqlalchemy as sa

from bridge.changes import RowChanged
from config.sqlnames import odata_path
from processing.db.queries import landing_issues, submissions, survey
from processing.db.slices import UNASSIGNED, Slice
from processing.land.cells import copy_text, escaped_bytes
from processing.land.rows import FeedReader, TypedRows
from processing.land.schema import LandedForm
from processing.land.verify import verify_rows
from processing.land.writer import Writer, system_cells

BATCH_BYTES = 1024 * 1024
MISFITS_AT_ONCE = 5000


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
    is_full: bool = False
    slices: set[Slice] = field(default_factory=set)

    @property
    def has_changed(self) -> bool:
        return bool(self.added or self.changed or self.purged or self.is_new_schema)


class Intake:
    """The rows of one pull. growth: how many more rows Central holds than before, as seen here."""

    def __init__(
        self,
        connection: sa.Connection,
        form: LandedForm,
        now: dt.datetime,
        report: LandReport,
        *,
        is_full: bool,
    ):
        self.connection, self.form, self.now, self.report = connection, form, now, report
        # Of a form that is read for the first time, nothing can be missing.
        self.is_sweeping = is_full and submissions.has_submissions(connection, form.form_key)
        self.writer, self.reader = Writer(connection, form), FeedReader(form.plan)
        self.school_steps = _steps(form.school_path)
        self.period_steps = _steps(form.period_path)
        self.growth = 0
        self._waiting: dict[str, RowChanged] = {}
        self._waiting_bytes = 0
        self._touched: list[str] = []
        self._misfits: list[dict] = []
        if self.is_sweeping:
            submissions.begin_seen(connection)

    def take(self, change: RowChanged) -> None:
        """A row as it is now; a later one of the same submission counts."""
        self.report.seen += 1
        self._waiting[change.instance_id] = change
        self._waiting_bytes += len(change.raw)
        if self._waiting_bytes > BATCH_BYTES:
            self._take_in()

    def purge(self, instance_ids: list[str]) -> None:
        """Central holds these no longer."""
        self.settle()
        self._note_slices(instance_ids)
        count = submissions.save_purges(self.connection, self.form.form_key, instance_ids, self.now)
        root = self.form.plan.root.name
        survey.mark_purged(self.connection, root, self.form.form_key, instance_ids, self.now)
        self.report.purged += count
        self.growth -= count

    def settle(self) -> None:
        """Write all that has come."""
        self._take_in()
        self.writer.flush()

    def leave(self) -> None:
        """Let go of the connection, whatever has happened."""
        self.writer.leave()

    def finish(self) -> None:
        """Write the rest; after a full pull, what has not come is purged."""
        self.settle()
        if self.is_sweeping:
            unseen = submissions.list_unseen(self.connection, self.form.form_key)
            if unseen:
                self.purge(unseen)
        self._open_issues()
        if self._touched:
            # What has its XML here already need not wait for it to be fetched.
            verify_rows(self.connection, self.form.form_key, self.now, instance_ids=self._touched)

    def _take_in(self) -> None:
        changes, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        if not changes:
            return
        self.writer.wait()
        if self.is_sweeping:
            submissions.note_seen(self.connection, [copy_text(name) for name in changes])
        if not self.writer.ids.isdisjoint(changes):
            self.writer.flush()
        fresh = self._fresh(changes)
        if fresh:
            self._write(fresh)

    def _fresh(self, changes: dict[str, RowChanged]) -> list[tuple[RowChanged, bytes, bool]]:
        """(change, SHA-256, is it new) of the rows that are not mirrored as they are."""
        landed = submissions.list_landed(self.connection, self.form.form_key, list(changes))
        fresh = []
        for instance_id, change in changes.items():
            digest, before = hashlib.sha256(change.raw).digest(), landed.get(instance_id)
            if before != digest or self.report.is_new_schema:
                fresh.append((change, digest, before is None))
                self.growth += not before
        return fresh

    def _write(self, fresh: list[tuple[RowChanged, bytes, bool]]) -> None:
        touched = [change.instance_id for change, _, is_new in fresh if not is_new]
        # The slices that changed rows leave are read before their rows are replaced.
        self._note_slices(touched)
        self._touched += touched
        slices = [self._slice_of(change.row) for change, _, _ in fresh]
        known = self._known_schools(school for school, _ in slices)
        # The batch before goes to the database while this one is typed.
        self.writer.flush_behind()
        typed = self.reader.read([change.row for change, _, _ in fresh])
        for (change, digest, is_new), (school, period), rows in zip(
            fresh, slices, typed, strict=True
        ):
            here = school if school in known else None
            self._write_row(change, digest, is_new, here, period, rows)
        if len(self._misfits) > MISFITS_AT_ONCE:
            self.writer.flush()
            self._open_issues()

    def _write_row(self, change: RowChanged, digest, is_new: bool, school, period, rows) -> None:
        self.report.added += is_new
        self.report.changed += not is_new
        self.report.slices.add(Slice(self.form.form_id, school or UNASSIGNED, period))
        self._note_misfits(change.instance_id, rows)
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

    def _note_misfits(self, instance_id: str, rows: TypedRows) -> None:
        found = misfit_rows(instance_id, rows)
        self.report.misfits += len(found)
        self._misfits += found

    def _open_issues(self) -> None:
        found, self._misfits = self._misfits, []
        landing_issues.open_landing_issues(self.connection, self.form.form_key, found, self.now)

    def _note_slices(self, instance_ids: list[str]) -> None:
        if instance_ids:
            rows = submissions.list_slices_of(self.connection, self.form.form_key, instance_ids)
            self.report.slices |= {Slice(self.form.form_id, s, p) for s, p in rows}

    def _slice_of(self, row: dict) -> tuple[str | None, str]:
        """(the school code that was answered, period) of a feed's object."""
        period = (_answer(row, self.period_steps) or "").replace("\x00", "")
        return _answer(row, self.school_steps), period[: submissions.PERIOD_LENGTH]

    def _known_schools(self, codes) -> set[str]:
        wanted = sorted({code for code in codes if code and "\x00" not in code})
        return submissions.list_known_schools(self.connection, wanted) if wanted else set()


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


def _steps(path: str | None) -> tuple[str, ...] | None:
    return tuple(odata_path(path).strip("/").split("/")) if path else None


def _answer(row: dict, steps: tuple[str, ...] | None) -> str | None:
    node = row if steps else None
    for step in steps or ():
        node = node.get(step) if isinstance(node, dict) else None
    return node.strip() if isinstance(node, str) else None


def _submission_line(form_key, change: RowChanged, digest: bytes, school, period, now) -> bytes:
    """The line of raw.submission, in the order of submissions.SUBMISSION_COLUMNS."""
    system = change.system
    meta = change.row.get("meta")
    version_id = meta.get("instanceID") if isinstance(meta, dict) else None
    values = (
        form_key,
        change.instance_id,
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
    return "\t".join(map(copy_text, values)).encode() + b"\t" + escaped_bytes(change.raw)


def _number(text: str | None) -> int | None:
    return int(text) if text else None
