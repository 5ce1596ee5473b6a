"""Comparing: one submission as Central shows it now against what is mirrored of it.

Comes in: rows of Central, read anew; what the mirror holds. Goes out: the kind of each difference.
Nothing is written.

    deleted   live here and deleted there, or the other way round
    version   not the same current version, or not as often edited
    review    not the same review state
    stale     another rendering: an answer, a name, a count of files
    columns   the same rendering, but raw.submission says something else beside it
    history   the XML of an older version is not here
    xml       (deep) the XML here is not the one that Central has now
    typed     (deep) survey does not hold what XML or rendering say
"""

import datetime as dt
import hashlib
from collections.abc import Mapping

import sqlalchemy as sa

from bridge.changes import RowChanged
from processing.db.queries import comparing
from processing.land.rows import TypedRows, rows_of_feed
from processing.land.schema import LandedForm
from processing.land.verify import typed_truth
from processing.land.writer import Writer, iso, system_cells


def kind_of_difference(change: RowChanged, held: sa.Row) -> str | None:
    """The first kind that fits, or None where the mirror has the same. held: see list_held."""
    system = change.system
    if _moment(system.get("deletedAt")) != held.deleted_at:
        return "deleted"
    if (_version_id(change), system.get("edits") or 0) != (held.current_version_id, held.edits):
        return "version"
    if system.get("reviewState") != held.review_state:
        return "review"
    if hashlib.sha256(change.raw).digest() != bytes(held.odata_sha256):
        return "stale"
    if _columns(system) != _held_columns(held):
        return "columns"
    if held.is_verified and held.deleted_at is None and held.version_count < held.edits + 1:
        return "history"
    return None


def list_differing_types(
    connection: sa.Connection,
    form: LandedForm,
    rows: list[RowChanged],
    held: Mapping[str, sa.Row],
    xml: Mapping[str, bytes],
) -> set[str]:
    """The submissions whose rows in `survey` are not what a fresh typing gives.

    xml: the truth of verified rows; one that is not verified yet is what the feed says.
    """
    writer = Writer(connection, form)
    for change in rows:
        known = held[change.instance_id]
        system = _system_cells(change.system, known)
        writer.rewrite(change.instance_id, system, _typed(form, change, known, xml))
    ids, differing = [change.instance_id for change in rows], set()
    for number, (part, columns) in enumerate(writer.columns.items()):
        comparing.load_expected(connection, number, part, columns, writer.batch.lines.get(part, []))
        differing |= comparing.list_differing(connection, number, part, columns, form.form_key, ids)
    return differing


def _typed(form: LandedForm, change: RowChanged, held: sa.Row, xml) -> TypedRows:
    fed = rows_of_feed(form.plan, change.row)
    if held.is_verified and change.instance_id in xml:
        return typed_truth(form, xml[change.instance_id], fed)
    return fed


def _system_cells(system: dict, held: sa.Row) -> str:
    return system_cells(
        system["submissionDate"],
        system.get("updatedAt"),
        system.get("deletedAt"),
        system.get("reviewState"),
        system.get("formVersion"),
        held.school_code,
        held.period,
        held.is_verified,
    )


def _version_id(change: RowChanged) -> str:
    meta = change.row.get("meta")
    named = meta.get("instanceID") if isinstance(meta, dict) else None
    return named or change.instance_id


def _columns(system: dict) -> tuple:
    return (
        iso(_moment(system["submissionDate"])),
        iso(_moment(system.get("updatedAt"))),
        system.get("formVersion"),
        system.get("status"),
        system.get("submitterName"),
        system.get("attachmentsPresent") or 0,
        system.get("attachmentsExpected") or 0,
    )


def _held_columns(held: sa.Row) -> tuple:
    return (
        iso(held.submission_date),
        iso(held.updated_at),
        held.form_version,
        held.status,
        held.submitter_name,
        held.attachments_present,
        held.attachments_expected,
    )


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
