"""Verifying: the XML behind the feed, fetched at Central's pace, and the typed rows held to it.

| Central, asked for an XML     | what becomes of it                                              |
|-------------------------------|-----------------------------------------------------------------|
| serves it                     | kept for ever; the typed rows are checked and set right         |
| has deleted it meanwhile      | nothing: the pull says so                                       |
| answers with an error         | this one is asked for again at once, after a minute, and in the |
|                               | end once a day; the others go on                                |
| breaks off, or does not answer| the same, and the stage stops: what has come is kept            |

So a submission that Central cannot serve, or over which it breaks down, holds up no other.
"""

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass, field

import sqlalchemy as sa

from bridge.changes import FormKey, SubmissionVersion
from bridge.client import open_client
from bridge.errors import AWAY, CentralRefused
from bridge.files import asking_once
from bridge.pull import fetch_versions
from config.errors import OperatorError
from config.settings import Settings
from processing.db.queries import forms, submissions, sync, xml_trouble
from processing.db.queries.forms import FormRow
from processing.jobs.attaching import UNADDRESSABLE
from processing.jobs.keys import key_of
from processing.jobs.measuring import charging
from processing.land import save_fetched, verify_rows

VERIFY_BATCH = 400
FETCHERS = 4
NOT_ABOUT_ONE = ("central-forbidden", "central-login-refused")


@dataclass(frozen=True)
class VerifyTurn:
    """count: rows that now agree with their XML. hindrance: why the turn stopped early."""

    count: int = 0
    has_more: bool = False
    hindrance: OperatorError | None = None


@dataclass
class _Fetched:
    """What came of some submissions. failures: by instance id, the reason for people to read."""

    versions: list[SubmissionVersion] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    hindrance: OperatorError | None = None


def verify_some(
    connection: sa.Connection, settings: Settings, form_id: str, now: dt.datetime
) -> VerifyTurn:
    """Fetch the XML of some unverified submissions and verify them.

    The XML is fetched before the form's lock is taken, so that no pull waits for Central twice.
    """
    count, has_more = 0, False
    with charging(connection) as charge:
        for form in _followed(connection, settings, form_id):
            wanted = submissions.list_without_xml(connection, form.form_key, VERIFY_BATCH, now)
            with charge(form.form_key):
                fetched = _fetch_all(settings, key_of(form), wanted)
            sync.wait_for_form(connection, form.central, form.project, form_id)
            _save(connection, form.form_key, fetched, now)
            count += verify_rows(connection, form.form_key, now).verified
            if fetched.hindrance:
                return VerifyTurn(count, hindrance=fetched.hindrance)
            has_more = has_more or len(wanted) == VERIFY_BATCH
    return VerifyTurn(count, has_more)


def _followed(connection, settings: Settings, form_id: str) -> list[FormRow]:
    """The form as Central has it; none where it is gone. Never that of another project."""
    return [
        form
        for form in forms.list_forms(connection, settings.central_key)
        if (form.project, form.form_id) == (settings.central_project, form_id)
        and form.state != "gone"
    ]


def _save(connection, form_key: int, fetched: _Fetched, now: dt.datetime) -> None:
    save_fetched(connection, form_key, fetched.versions, now)
    came = [instance_id for instance_id in fetched.asked if instance_id not in fetched.failures]
    xml_trouble.clear_trouble(connection, form_key, came)
    xml_trouble.save_trouble(connection, form_key, fetched.failures, now)


def _fetch_all(settings: Settings, key: FormKey, wanted: Sequence[sa.Row]) -> _Fetched:
    if not wanted:
        return _Fetched()
    shares = [wanted[start::FETCHERS] for start in range(min(FETCHERS, len(wanted)))]
    with ThreadPoolExecutor(len(shares)) as pool:
        fetching = [
            pool.submit(copy_context().run, _fetch_share, settings, key, share) for share in shares
        ]
        parts = [each.result() for each in fetching]
    return _Fetched(
        [version for part in parts for version in part.versions],
        [instance_id for part in parts for instance_id in part.asked],
        {instance_id: why for part in parts for instance_id, why in part.failures.items()},
        next((part.hindrance for part in parts if part.hindrance), None),
    )


def _fetch_share(settings: Settings, key: FormKey, share: Sequence[sa.Row]) -> _Fetched:
    fetched = _Fetched()
    with open_client(settings) as client:
        for row in share:
            fetched.asked.append(row.instance_id)
            try:
                # One that has failed before is not asked for thrice in a row.
                with asking_once(client) if row.attempts else nullcontext():
                    fetched.versions += fetch_versions(client, key, row.instance_id, row.edits)
            except OperatorError as error:
                if error.code in NOT_ABOUT_ONE:
                    raise
                fetched.failures[row.instance_id] = str(error)
                if not _goes_on(error):
                    fetched.hindrance = error
                    break
    return fetched


def _goes_on(error: OperatorError) -> bool:
    """Does Central go on answering for others? It was not asked for what no address can name."""
    if error.code == UNADDRESSABLE:
        return True
    return isinstance(error, CentralRefused) and error.status not in AWAY
