"""Rebuilding `survey` from `raw` alone: the proof that nothing else is needed to have it.

A row comes from its XML where that is here, else from the feed's rendering.
"""

import datetime as dt
from collections.abc import Callable

import orjson
import sqlalchemy as sa

from processing.db.queries import forms, submissions, survey
from processing.db.queries.due import mark_due
from processing.db.slices import UNASSIGNED, Slice
from processing.land.rows import FeedReader, TypedRows
from processing.land.schema import LandedForm, rebuild_views, refit_form
from processing.land.verify import typed_truth
from processing.land.writer import Writer, iso, system_cells

BATCH_ROWS = 1000


def rebuild_survey(
    connection: sa.Connection,
    form_id: str,
    now: dt.datetime,
    on_progress: Callable[[int], None] = lambda count: None,
) -> int:
    """Drop and refill every survey table of a form id; returns the number of submissions.

    School and round of what arrived before the catalogue knew the form are read now.
    """
    rows = forms.list_places(connection, form_id)
    for table in {row.table_name for row in rows}:
        survey.drop_table(connection, table)
    count, slices = 0, set()
    for form in _incarnations(connection, form_id):
        for batch in _batches(connection, form.form_key):
            _refill(connection, form, batch, slices)
            count += len(batch)
            on_progress(count)
    slices |= submissions.fill_periods(connection, form_id)
    submissions.reassign_slices(connection, now, form_id)
    mark_due(connection, "validate", slices, now)
    return count


def _incarnations(connection, form_id: str) -> list[LandedForm]:
    keys = [row.form_key for row in forms.list_forms(connection) if row.form_id == form_id]
    found = [refit_form(connection, key) for key in keys]
    if found:
        rebuild_views(connection, form_id)
    return found


def _batches(connection, form_key: int):
    after = ""
    while batch := submissions.list_renderings(connection, form_key, after, BATCH_ROWS):
        yield batch
        after = batch[-1].instance_id


def _refill(connection, form: LandedForm, batch, slices: set[Slice]) -> None:
    writer = Writer(connection, form)
    typed = FeedReader(form.plan).read([orjson.loads(row.odata) for row in batch])
    for row, fed in zip(batch, typed, strict=True):
        slices.add(Slice(form.form_id, row.school_code or UNASSIGNED, row.period))
        writer.rewrite(row.instance_id, _cells(row), _typed(form, row, fed))
    writer.flush()


def _typed(form: LandedForm, row, fed: TypedRows) -> TypedRows:
    """What the XML says where the row was verified against it."""
    if row.xml is not None and row.verified_at is not None:
        return typed_truth(form, bytes(row.xml), fed)
    return fed


def _cells(row) -> str:
    return system_cells(
        iso(row.submission_date),
        iso(row.updated_at),
        iso(row.deleted_at or row.purged_at),
        row.review_state,
        row.form_version,
        row.school_code,
        row.period,
        row.verified_at is not None,
    )
