"""Pulling: the bridge's changes into the mirror, one form a transaction.

The form's lock is taken first, then its state is read, then Central is asked: so there is one
writer a form, and state and rows are committed together by the caller.
"""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa

from bridge.changes import FormKey, SubmissionVersion
from bridge.client import open_client
from bridge.publish import list_forms as list_central_forms
from bridge.pull import fetch_versions, pull_changes
from bridge.terms import PROBE_SHARE, Terms
from config.settings import Settings
from processing.db.queries import forms, submissions, sync
from processing.db.queries.forms import FormRow
from processing.db.slices import Slice
from processing.jobs.clients import reader
from processing.jobs.gate import stream_gate
from processing.land import Landing, LandReport, save_fetched, verify_rows

VERIFY_BATCH = 400
FETCHERS = 4


def find_forms(connection: sa.Connection, settings: Settings) -> list[Slice]:
    """The forms that Central has published; each is due to be pulled."""
    with reader(settings) as client:
        return [Slice(form_id) for form_id in list_central_forms(client)]


def pull_one(
    connection: sa.Connection,
    settings: Settings,
    form_id: str,
    now: dt.datetime,
    *,
    anew: bool = False,
    is_thorough: bool = False,
) -> LandReport:
    """Bring the mirror of one form up to date. anew: read everything, whatever the state says.

    is_thorough: ask about every row, however lately that was asked.
    """
    central, project = settings.central_key, settings.central_project
    sync.wait_for_form(connection, central, project, form_id)
    state = {} if anew else sync.find_state(connection, central, project, form_id)
    landing = Landing(connection, now)
    terms = reading_terms(connection, settings, now, is_thorough=is_thorough)
    with reader(settings) as client:
        return landing.land(pull_changes(client, form_id, state, landing.mirror, terms))


def reading_terms(
    connection: sa.Connection,
    settings: Settings,
    now: dt.datetime | None = None,
    *,
    is_thorough: bool = False,
) -> Terms:
    """On what terms this host reads: all forms together keep within the share of Central's time."""
    count = sync.count_forms(connection, settings.central_key, settings.central_project)
    return Terms(
        spool_dir(settings),
        now or dt.datetime.now(dt.UTC),
        share=PROBE_SHARE / max(count, 1),
        is_thorough=is_thorough,
        gate=lambda is_long: stream_gate(settings, is_long),
    )


def verify_some(
    connection: sa.Connection, settings: Settings, form_id: str, now: dt.datetime
) -> tuple[int, bool]:
    """Fetch the XML of some unverified submissions and verify them: (how many, are there more).

    The XML is fetched before the form's lock is taken, so that no pull waits for Central twice.
    """
    count, has_more = 0, False
    for form in _incarnations(connection, settings, form_id):
        wanted = submissions.list_without_xml(connection, form.form_key, VERIFY_BATCH)
        versions = _fetch_all(settings, form, wanted)
        sync.wait_for_form(connection, form.central, form.project, form_id)
        save_fetched(connection, form.form_key, versions, now)
        count += verify_rows(connection, form.form_key, now).verified
        has_more = has_more or len(wanted) == VERIFY_BATCH
    return count, has_more


def spool_dir(settings: Settings) -> Path:
    """Where downloads lie while they are landed; on this host only."""
    folder = settings.emis_data_dir / "spool"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _incarnations(connection, settings: Settings, form_id: str) -> list[FormRow]:
    return [
        form
        for form in forms.list_forms(connection, settings.central_key)
        if form.form_id == form_id and form.state != "gone"
    ]


def _fetch_all(settings: Settings, form: FormRow, wanted) -> list[SubmissionVersion]:
    if not wanted:
        return []
    shares = [wanted[start::FETCHERS] for start in range(min(FETCHERS, len(wanted)))]
    with ThreadPoolExecutor(len(shares)) as pool:
        fetched = pool.map(lambda share: _fetch_share(settings, form, share), shares)
        return [version for share in fetched for version in share]


def _fetch_share(settings: Settings, form: FormRow, share) -> list[SubmissionVersion]:
    created = form.form_created_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    key = FormKey(form.central, form.project, form.form_id, created)
    with open_client(settings) as client:
        return [
            version
            for instance_id, edits in share
            for version in fetch_versions(client, key, instance_id, edits)
        ]
