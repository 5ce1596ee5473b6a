"""The writer: typed rows into their tables by COPY, in batches, inside the caller's transaction."""

import datetime as dt
from collections import defaultdict

import sqlalchemy as sa

from processing.db.queries import submissions, survey
from processing.db.queries.copying import copy_lines
from processing.land.rows import TypedRows, copy_text
from processing.land.schema import LandedForm

BATCH_BYTES = 8 * 1024 * 1024


class Writer:
    """Collects lines of one form and writes them, replacing what was there of a submission."""

    def __init__(self, connection: sa.Connection, form: LandedForm):
        self.connection, self.form = connection, form
        self.columns = _columns_by_part(form)
        self.filled = _parts_with_cells(form)
        self._start_batch()

    def add(
        self, instance_id: str, submission_line: str, system: str, rows: TypedRows, is_new: bool
    ) -> None:
        """One submission: its line of raw.submission, its system cells of survey, its rows."""
        if instance_id in self.ids:
            self.flush()
        self.ids.add(instance_id)
        (self.new if is_new else self.changed).append(submission_line)
        if not is_new:
            self.replaced.append(instance_id)
        self._add_rows(instance_id, system, rows)
        self.size += len(submission_line)
        if self.size > BATCH_BYTES:
            self.flush()

    def rewrite(self, instance_id: str, system: str, rows: TypedRows) -> None:
        """The survey rows of a submission whose line of raw.submission stays as it is."""
        self.ids.add(instance_id)
        self.replaced.append(instance_id)
        self._add_rows(instance_id, system, rows)

    def flush(self) -> None:
        """Write the batch."""
        submissions.add_submissions(self.connection, self.new)
        if self.changed:
            submissions.renew_submissions(self.connection, self.changed)
        if self.replaced:
            for part in self.columns:
                survey.delete_rows(self.connection, part, self.form.form_key, self.replaced)
        for part, lines in self.lines.items():
            target = f"survey.{survey.quoted(part)}"
            copy_lines(self.connection, target, self.columns[part], lines)
        self._start_batch()

    def _start_batch(self) -> None:
        self.ids: set[str] = set()
        self.new: list[str] = []
        self.changed: list[str] = []
        self.replaced: list[str] = []
        self.lines: dict[str, list[str]] = defaultdict(list)
        self.size = 0

    def _add_rows(self, instance_id: str, system: str, rows: TypedRows) -> None:
        key = f"{self.form.form_key}\t{copy_text(instance_id)}"
        root = self.form.plan.root.name
        for part, lines in rows.lines.items():
            lead = f"{key}\t{system}" if part == root else key
            target = self.lines[part]
            for line in lines:
                target.append(f"{lead}\t{line}" if part in self.filled else lead)
                self.size += len(line)


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
