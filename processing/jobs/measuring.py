"""Measuring: what a pull took and how late its rows came, kept in the pull's own transaction.

The lag of a row is the time from the newest of its times at Central (sent, edited or reviewed,
deleted) to the moment before our commit. A row read with the whole form has no lag: it may have
been there for years; nor has a restored one, since Central gives a restore no time: a row whose
newest time lies more than a day back is counted, and left out.
"""

import datetime as dt
import time

import sqlalchemy as sa

from bridge.traffic import counted_traffic
from config.settings import Settings
from processing.db.queries import measures
from processing.jobs.pulling import pull_one
from processing.land import LandReport


def pull_measured(
    connection: sa.Connection, settings: Settings, form_id: str, now: dt.datetime, **options
) -> LandReport:
    """pull_one, with its measures kept beside its rows."""
    begun = time.monotonic()
    with counted_traffic() as traffic:
        report = pull_one(connection, settings, form_id, now, **options)
    if report.form_key is not None:
        measures.save_pull(
            connection,
            report.form_key,
            now,
            is_full=report.is_full,
            seen=report.seen,
            added=report.added,
            changed=report.changed,
            purged=report.purged,
            requests=traffic.request_count,
            byte_count=traffic.byte_count,
            seconds=time.monotonic() - begun,
        )
    return report
