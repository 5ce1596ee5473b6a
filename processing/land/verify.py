"""Verification: the typed rows of a submission against the XML that its tablet sent.

The XML is the truth: OData shows a bad value as null, rounds past 2^53 and renders old rows anew
when a version is published. Rows that agree are marked verified; others are written anew from the
XML. An answer that cannot be typed becomes an issue that quotes it.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson
import sqlalchemy as sa
from lxml import etree

from bridge.changes import SubmissionVersion
from processing.db.queries import landing_issues, submissions, survey
from processing.db.queries.due import mark_due
from processing.db.slices import UNASSIGNED, Slice
from processing.land.rows import FeedReader, TypedRows, rows_of_xml
from processing.land.schema import LandedForm, load_form
from processing.land.values import Misfit
from processing.land.writer import Writer, iso, system_cells

BATCH_ROWS = 500


@dataclass
class VerifyReport:
    """verified: rows that now agree with their XML; set_right: those that did not at first."""

    verified: int = 0
    set_right: int = 0
    misfits: int = 0
    slices: set[Slice] = field(default_factory=set)


def save_fetched(
    connection: sa.Connection,
    form_key: int,
    versions: Iterable[SubmissionVersion],
    now: dt.datetime,
) -> int:
    """Keep fetched versions; the XML of one that is here already stays as it is."""
    rows = [{"form_key": form_key, **vars(version), "now": now} for version in versions]
    submissions.save_versions(connection, rows)
    return len(rows)


def verify_rows(
    connection: sa.Connection,
    form_key: int,
    now: dt.datetime,
    instance_ids: list[str] | None = None,
) -> VerifyReport:
    """Verify every row whose current XML is here and that was not verified yet."""
    form, report = load_form(connection, form_key), VerifyReport()
    while batch := submissions.list_unverified(connection, form_key, BATCH_ROWS, instance_ids):
        _verify_batch(connection, form, batch, now, report)
    mark_due(connection, "validate", report.slices, now)
    return report


def _verify_batch(connection, form: LandedForm, batch, now, report: VerifyReport) -> None:
    writer, found = Writer(connection, form), []
    typed = FeedReader(form.plan).read([orjson.loads(row.odata) for row in batch])
    for row, fed in zip(batch, typed, strict=True):
        truth = typed_truth(form, bytes(row.xml), fed)
        found += [(row, subject, misfit) for subject, misfit in truth.misfits]
        if truth.lines != fed.lines:
            writer.rewrite(row.instance_id, _system_cells(row), truth)
            report.set_right += 1
        if truth.misfits or row.instance_id in writer.ids:
            report.slices.add(Slice(form.form_id, row.school_code or UNASSIGNED, row.period))
    writer.flush()
    ids = [row.instance_id for row in batch]
    _save_issues(connection, form.form_key, ids, found, now)
    submissions.save_verified(connection, form.form_key, ids, now)
    survey.mark_verified(connection, form.plan.root.name, form.form_key, ids)
    report.verified += len(batch)
    report.misfits += len(found)


def typed_truth(form: LandedForm, xml: bytes, fed: TypedRows) -> TypedRows:
    """The rows that the XML says; for what nobody can parse, those of the feed and one misfit."""
    try:
        return rows_of_xml(form.plan, xml)
    except etree.XMLSyntaxError as error:
        return TypedRows(fed.lines, [*fed.misfits, ("/", Misfit(str(error)))])


def _save_issues(connection, form_key: int, ids: list[str], found, now) -> None:
    rows = [
        {
            "instance_id": row.instance_id,
            "rule": misfit.rule,
            "subject": subject,
            "arguments": {"field": subject, "value": misfit.value},
        }
        for row, subject, misfit in found
    ]
    landing_issues.open_landing_issues(connection, form_key, rows, now)
    landing_issues.resolve_landing_issues(connection, form_key, ids, rows, now)


def _system_cells(row) -> str:
    return system_cells(
        iso(row.submission_date),
        iso(row.updated_at),
        iso(row.deleted_at),
        row.review_state,
        row.form_version,
        row.school_code,
        row.period,
        False,
    )
