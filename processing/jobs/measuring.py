"""Measuring: what a pull took and how late its rows came, kept in the pull's own transaction.

What else is asked about a form (XML, files, comments, comparisons) is added to its counters.

The lag of a row is the time from the newest of its times at Central (sent, edited or reviewed,
deleted) to the moment before our commit. A row read with the whole form has no lag: it may have
been there for years; nor has a restored one, since Central gives a restore no time: a row whose
newest time lies more than a day back is counted, and left out.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import sqlalchemy as sa

from bridge.traffic import Traffic, counted_traffic
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


@contextmanager
def charging(
    connection: sa.Connection,
) -> Iterator[Callable[[int], AbstractContextManager[Traffic]]]:
    """Yields `charge`: what is asked inside `with charge(form_key)` is counted with that form.

    The counters are written as the block ends, so let it be the last of its transaction: from
    then to the commit a pull of the form waits for them.
    """
    asked: dict[int, list[Traffic]] = defaultdict(list)

    @contextmanager
    def charge(form_key: int) -> Iterator[Traffic]:
        with counted_traffic() as traffic:
            asked[form_key].append(traffic)
            yield traffic

    yield charge
    # In one order, so that two who write the same counters never wait for each other.
    for form_key, parts in sorted(asked.items()):
        measures.add_traffic(
            connection,
            form_key,
            requests=sum(traffic.request_count for traffic in parts),
            byte_count=sum(traffic.byte_count for traffic in parts),
        )
