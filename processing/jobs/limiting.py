"""Lists limited to their tablets: at Central each account says whose it is, and each list by what
it is chosen.

In: a connection, settings, a manager's client. Promised: accounts come before lists, so that a
limit that is new takes nothing from a tablet; run again, it changes nothing. As long as no account
was made, and on a Central before 2026.2, nothing is done.
"""

from collections.abc import Callable, Container

import sqlalchemy as sa

from bridge.client import CentralClient
from bridge.devices import ensure_properties, has_any_property, keep_filters, keep_properties
from config.entity_lists import (
    ACCESS_FILTERS,
    ACTOR_PROPERTIES,
    GENERAL_DIRECTORATE,
    HOLDER_PROPERTIES,
    MINISTRY,
)
from config.settings import Settings
from processing.db.queries.devices import list_devices


def properties_of(row: sa.Row) -> dict[str, str]:
    """Of an account with its holder: by what Central chooses what the tablet gets of each list."""
    return {
        HOLDER_PROPERTIES[row.holder_kind]: row.holder_code,
        GENERAL_DIRECTORATE: row.general_code,
        MINISTRY: row.ministry_code,
    }


def limit_lists(
    connection: sa.Connection,
    settings: Settings,
    client: CentralClient,
    progress: Callable[[int, int], None] | None = None,
) -> list[str]:
    """Bring every account to the registry, then give each list that is there its limit; which."""
    if not has_any_property(client, ACTOR_PROPERTIES):
        return []
    ensure_properties(client, ACTOR_PROPERTIES)
    keep_properties(client, _wanted(connection, settings), progress)
    return keep_filters(client, ACCESS_FILTERS)


def renew_accounts(
    connection: sa.Connection, settings: Settings, client: CentralClient, schools: Container[str]
) -> None:
    """Bring the accounts of these schools to the registry: one may have another directorate now."""
    wanted = _wanted(connection, settings, schools)
    if wanted and has_any_property(client, ACTOR_PROPERTIES):
        ensure_properties(client, ACTOR_PROPERTIES)
        keep_properties(client, wanted)


def _wanted(
    connection: sa.Connection, settings: Settings, schools: Container[str] | None = None
) -> dict[int, dict[str, str]]:
    """By the id of the account. schools: of these alone. One whose holder the registry has lost
    stays as it was.
    """
    place = (settings.central_key, settings.central_project)
    return {
        row.actor_id: properties_of(row)
        for row in list_devices(connection, place)
        if row.actor_id and row.name_ar and row.ended_at is None
        and (schools is None or (row.holder_kind == "school" and row.holder_code in schools))
    }  # fmt: skip
