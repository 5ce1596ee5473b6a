"""Tablets' lists after facts have changed: the rows of some schools, and of these what differs.

In: schools whose facts were made anew. Out: entities of the lists that are about them. Promised: a
row that is as it was sent makes no request and no version; a worker that is killed between sending
and committing sends again, and finds the same there; a list that Central does not have yet, or not
with these properties, is left to publishing.
"""

import sqlalchemy as sa

from bridge.client import CentralClient
from bridge.entity_changes import drop_rows, find_properties, put_rows
from config.settings import Settings
from processing.db.queries import listed
from processing.db.queries.entity_rows import NO_SCHOOL
from processing.jobs.others import left_finder
from processing.jobs.publishing import LISTS, RENEWED_LISTS, list_rows
from processing.jobs.written import Written


def renew_lists(
    connection: sa.Connection,
    settings: Settings,
    client: CentralClient,
    schools: list[str],
    written: Written,
) -> int:
    """How many rows were created, changed or taken away; rows about no school among them."""
    return sum(
        _renew(connection, settings, client, name, [*schools, NO_SCHOOL], written)
        for name in RENEWED_LISTS
        if {*LISTS[name].properties} <= find_properties(client, name)
    )


def _renew(
    connection: sa.Connection,
    settings: Settings,
    client: CentralClient,
    name: str,
    schools: list[str],
    written: Written,
) -> int:
    place = (settings.central_key, settings.central_project, name)
    properties, _, key = LISTS[name]
    wanted = {row[key]: row for row in list_rows(connection, settings, client, name, schools)}
    held = listed.list_listed(connection, *place, schools)
    changed = [row for code, row in wanted.items() if held.get(code) != listed.content_hash(row)]
    gone = [code for code in held if code not in wanted]
    find_left = left_finder(connection, settings, client, name)
    put_rows(
        client, name, properties, changed, key, known=held, find_left=find_left,
        note_written=written.noter(name),
    )  # fmt: skip
    drop_rows(client, name, gone)
    listed.save_listed(connection, *place, key, changed)
    listed.drop_listed(connection, *place, gone)
    return len(changed) + len(gone)
