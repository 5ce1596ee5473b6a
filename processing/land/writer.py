"""The writer: typed rows into their tables by COPY, in batches, inside the caller's transaction.

A batch can be written behind, by a thread, while the caller makes the next one. A connection does
one thing at a time: whoever uses it meanwhile must `wait` first, and `leave` before the transaction
ends.
"""

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from processing.db.queries import submissions, survey
from processing.db.queries.copying import copy_lines
from processing.land.cells import copy_text
from processing.land.rows import TypedRows
from processing.land.schema import LandedForm

BATCH_BYTES = 8 * 1024 * 1024


class Writer:
    """Collects lines of one form and writes them, replacing what was there of a submission."""

    def __init__(self, connection: sa.Connection, form: LandedForm):
        self.connection, self.form = connection, form
        self.columns = _columns_by_part(form)
        self.filled = _parts_with_cells(form)
        self._behind: _Behind | None = None
        self._start_batch()

    def add(
        self, instance_id: str, submission_line: bytes, system: str, rows: TypedRows, is_new: bool
    ) -> None:
        """One submission: its line of raw.submission, its system cells of survey, its rows."""
        if instance_id in self.ids:
            self.flush()
        self.ids.add(instance_id)
        (self.batch.new if is_new else self.batch.changed).append(submission_line)
        if not is_new:
            self.batch.replaced.append(instance_id)
        self._add_rows(instance_id, system, rows)
        self.size += len(submission_line)
        if self.size > BATCH_BYTES:
            self.flush()

    def rewrite(self, instance_id: str, system: str, rows: TypedRows) -> None:
        """The survey rows of a submission whose line of raw.submission stays as it is."""
        self.ids.add(instance_id)
        self.batch.replaced.append(instance_id)
        self._add_rows(instance_id, system, rows)

    def flush(self) -> None:
        """Write the batch, and what is being written behind."""
        self.wait()
        if self.ids:
            self._write(self.batch)
        self._start_batch()

    def flush_behind(self) -> None:
        """Begin to write the batch, and go on. The connection is the writer's until `wait`."""
        self.wait()
        if self.ids:
            self._behind = _Behind(partial(self._write, self.batch))
        self._start_batch()

    def wait(self) -> None:
        """Until nothing is being written behind. Raises what went wrong there."""
        behind, self._behind = self._behind, None
        if behind is not None:
            behind.wait()

    def leave(self) -> None:
        """As wait, for a transaction that is given up: what went wrong no longer matters."""
        if self._behind is not None:
            self._behind.join()

    def _write(self, batch: "_Batch") -> None:
        submissions.add_submissions(self.connection, batch.new)
        if batch.changed:
            submissions.renew_submissions(self.connection, batch.changed)
        if batch.replaced:
            for part in self.columns:
                survey.delete_rows(self.connection, part, self.form.form_key, batch.replaced)
        for part, lines in batch.lines.items():
            target = f"survey.{survey.quoted(part)}"
            copy_lines(self.connection, target, self.columns[part], lines)

    def _start_batch(self) -> None:
        self.batch, self.size = _Batch(), 0
        self.ids = self.batch.ids

    def _add_rows(self, instance_id: str, system: str, rows: TypedRows) -> None:
        key = f"{self.form.form_key}\t{copy_text(instance_id)}"
        root = self.form.plan.root.name
        for part, lines in rows.lines.items():
            lead = f"{key}\t{system}" if part == root else key
            target = self.batch.lines[part]
            for line in lines:
                target.append(f"{lead}\t{line}" if part in self.filled else lead)
                self.size += len(line)


@dataclass
class _Batch:
    """Lines to be written: of new and of changed submissions, and of their rows by table."""

    ids: set[str] = field(default_factory=set)
    new: list[bytes] = field(default_factory=list)
    changed: list[bytes] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class _Behind(threading.Thread):
    """A batch on its way to the database."""

    def __init__(self, act: Callable[[], None]):
        super().__init__(name="copy-behind", daemon=True)
        self._act, self._error = act, None
        self.start()

    def run(self) -> None:
        try:
            self._act()
        except Exception as error:  # noqa: BLE001 - raised again by wait
            self._error = error

    def wait(self) -> None:
        self.join()
        if self._error is not None:
            raise self._error


def system_cells(
    submission_date: str,
    updated_at: str | None,
    deleted_at: str | None,
    review_state: str | None,
    form_version: str | None,
    school_code: str | None,
    period: str,
    is_verified: bool,
) -> str:
    """The cells of survey.ROOT_SYSTEM_COLUMNS, joined by tabs."""
    values = (
        submission_date,
        updated_at,
        deleted_at,
        review_state,
        form_version,
        school_code,
        period,
        is_verified,
    )
    return "\t".join(copy_text(value) for value in values)


def iso(moment: dt.datetime | None) -> str | None:
    """A moment of the database as the feed writes it."""
    return None if moment is None else moment.isoformat()


def _columns_by_part(form: LandedForm) -> dict[str, list[str]]:
    columns = {}
    for table in form.plan.tables:
        for part in table.parts:
            columns[part] = [*survey.KEY, *_system_names(table, part)]
            columns[part] += [
                survey.quoted(column.name)
                for item in table.fields_in(part)
                for column in item.columns
            ]
    return columns


def _parts_with_cells(form: LandedForm) -> set[str]:
    """The tables whose lines hold more than key and system columns of the submission."""
    repeats = {part for table in form.plan.tables if not table.is_root for part in table.parts}
    return repeats | {item.table for item in form.plan.root.fields}


def _system_names(table, part: str) -> list[str]:
    if table.is_root:
        return [name for name, _ in survey.ROOT_SYSTEM_COLUMNS] if part == table.name else []
    names = [name for name, _ in survey.REPEAT_SYSTEM_COLUMNS]
    return names if part == table.name else names[:1]
