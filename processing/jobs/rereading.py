"""Rereading: what Central changes without any signal, found by looking.

`reread_late` reads by id the rows that wait for files or for their encrypted part. `reread_form`
reads the system fields of every row, nightly: counts of files, renamed submitters. What differs
is landed as any pull lands it, under the form's lock and without touching the pull's own state.
"""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from bridge.changes import PullComplete, PullStarted, RowChanged
from bridge.client import open_client
from bridge.reading import read_submissions, read_systems
from config.settings import Settings
from processing.db.queries import late, sync
from processing.db.queries.forms import FormRow, get_form
from processing.jobs.gate import stream_gate
from processing.jobs.keys import as_central, key_of
from processing.jobs.measuring import charging
from processing.jobs.pulling import pull_one, spool_dir
from processing.land import land_changes

ROWS_A_TURN = 400
# Beyond this, one reading of the whole form is cheaper than asking row by row.
MANY_ROWS = 2000


def reread_late(
    connection: sa.Connection, settings: Settings, now: dt.datetime
) -> tuple[int, bool]:
    """Read again the late rows that are due, of one form: (how many, is there more)."""
    place = (settings.central_key, settings.central_project)
    late.renew_late(connection, *place, now)
    form_key = late.find_due_form(connection, *place, now)
    if form_key is None:
        return 0, False
    form = get_form(connection, form_key)
    sync.wait_for_form(connection, form.central, form.project, form.form_id)
    rows = late.list_due_rows(connection, form_key, ROWS_A_TURN, now)
    with charging(connection) as charge, charge(form_key):
        found = _read_and_land(connection, settings, form, rows, now)
    before = {row.instance_id: (row.attachments_present, row.status) for row in rows}
    moved = [i for i, system in found.items() if _progress(system) != before[i]]
    late.put_off(connection, form_key, list(before), moved, now)
    late.renew_late(connection, *place, now)
    return len(rows), late.find_due_form(connection, *place, now) is not None


def reread_form(
    connection: sa.Connection, settings: Settings, form: FormRow, now: dt.datetime
) -> int:
    """Compare what no ETag covers, for every row, and land what differs; returns how many."""
    with charging(connection) as charge, charge(form.form_key):
        return _reread_form(connection, settings, form, now)


def _reread_form(connection, settings: Settings, form: FormRow, now: dt.datetime) -> int:
    known = {row.instance_id: row for row in late.list_unsignalled(connection, form.form_key)}
    with open_client(settings) as client, stream_gate(settings, True):
        stale = [
            known[row["__id"]]
            for row in read_systems(client, form.form_id, spool_dir(settings))
            if row["__id"] in known and _unsignalled(row["__system"]) != known[row["__id"]][2:]
        ]
    if len(stale) > MANY_ROWS:
        report = pull_one(connection, settings, form.form_id, now, anew=True)
        return report.changed + report.added
    if stale:
        sync.wait_for_form(connection, form.central, form.project, form.form_id)
        _read_and_land(connection, settings, form, stale, now)
    return len(stale)


def _read_and_land(
    connection, settings: Settings, form: FormRow, rows: Iterable[sa.Row], now
) -> dict[str, dict]:
    """`__system` of each row that Central still has, by id; all of them have been landed."""
    wanted = {row.instance_id: as_central(row.submission_date) for row in rows}
    with open_client(settings) as client, stream_gate(settings, False):
        found = list(read_submissions(client, form.form_id, wanted, spool_dir(settings)))
    land_rows(connection, form, found, now)
    return {change.instance_id: change.system for change in found}


def land_rows(
    connection: sa.Connection, form: FormRow, rows: list[RowChanged], now: dt.datetime
) -> None:
    """Land rows that were read by id. The caller holds the form's lock since before the reading."""
    key = key_of(form)
    state = sync.find_state(connection, form.central, form.project, form.form_id)
    changes = [PullStarted(key, False), *rows, PullComplete(key, state, len(rows), False)]
    land_changes(connection, changes, now)


def _progress(system: dict) -> tuple:
    return system.get("attachmentsPresent") or 0, system.get("status")


def _unsignalled(system: dict) -> tuple:
    return (
        system.get("attachmentsPresent") or 0,
        system.get("attachmentsExpected") or 0,
        system.get("status"),
        system.get("submitterName"),
    )
