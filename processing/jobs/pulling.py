"""Pulling: the bridge's changes into the mirror, one form a transaction.

The form's lock is taken first, then its state is read, then Central is asked: so there is one
writer a form, and state and rows are committed together by the caller.
"""

import datetime as dt
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from bridge.publish import list_forms as list_central_forms
from bridge.pull import pull_changes
from bridge.terms import ROW_SHARE, Terms, least_pull_s
from config.settings import Settings
from processing.db.queries import sync
from processing.db.slices import Slice
from processing.jobs.clients import reader
from processing.jobs.gate import stream_gate
from processing.land import Landing, LandReport


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
    with (
        reader(settings) as client,
        # Not left to the garbage collector: a stream that is still open holds a place at the gate,
        # and the next pull of this process would wait for it for ever.
        closing(pull_changes(client, form_id, state, landing.mirror, terms)) as changes,
    ):
        return landing.land(changes)


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
        share=ROW_SHARE / max(count, 1),
        is_thorough=is_thorough,
        gate=lambda is_long: stream_gate(settings, is_long),
    )


def pull_every_s(connection: sa.Connection, settings: Settings) -> float:
    """As set, or longer where the records of so many forms would take more than their share."""
    count = sync.count_forms(connection, settings.central_key, settings.central_project)
    return max(settings.emis_pull_seconds, least_pull_s(count))


def spool_dir(settings: Settings) -> Path:
    """Where downloads lie while they are landed; on this host only. bridge.spool makes it."""
    return settings.emis_data_dir / "spool"
