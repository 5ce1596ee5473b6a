"""Registering: what a ministry's files say into the registry, and what is due after it.

In: rows by file, as `processing.db.queries.registry.replace_registry` takes them. Promised: in one
transaction the registry follows them, returns that came before their school was known join it, and
whatever was decided by what the registry says otherwise now is due again.
"""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from processing.db.queries.due import mark_due
from processing.db.queries.emis_visits import list_visit_slices
from processing.db.queries.held import list_compared_slices
from processing.db.queries.registry import RegistryReport, replace_registry
from processing.jobs.rounds import find_rounds, mark_returns
from processing.jobs.updating import mark_followers


def load_registry(
    connection: sa.Connection, files: Mapping[str, list[dict]], now: dt.datetime
) -> tuple[RegistryReport, int]:
    """What the rows changed, and how many returns found their school."""
    before = find_rounds(connection, [row["round_code"] for row in files.get("rounds", ())])
    report = replace_registry(connection, **files, now=now)
    # A school that moved between units takes its figures along. Publishing brings the entities.
    joined = mark_followers(connection, [], True, now)
    mark_due(connection, "validate", list_visit_slices(connection, report.recertified), now)
    mark_due(connection, "validate", list_compared_slices(connection, report.held_changed), now)
    mark_returns(connection, before, now)
    return report, joined
