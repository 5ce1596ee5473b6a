"""Listing: Central's entity lists into the mirror, with deleted entities, versions and conflicts.

A list is asked after by its ETag, taken before its entities are read: what changes meanwhile
changes the ETag after that, so the next look sees it. The list's lock is held from the probe on.
"""

import datetime as dt
from itertools import islice

import sqlalchemy as sa

from bridge.client import CentralClient, open_client
from bridge.entity_lists import (
    EntityList,
    fetch_entity_list,
    has_clashing_names,
    list_entity_lists,
    list_entity_versions,
    probe_entity_list,
    read_entities,
)
from config.settings import Settings
from processing.db.queries import entities
from processing.db.queries.sync import wait_for_form
from processing.jobs import others
from processing.jobs.gate import stream_gate
from processing.jobs.pulling import spool_dir

VERSIONS_A_TURN = 300


def read_entity_lists(
    connection: sa.Connection, settings: Settings, now: dt.datetime
) -> tuple[int, bool]:
    """Bring every list of the project up to date: (rows changed, are there versions to fetch)."""
    place = (settings.central_key, settings.central_project)
    count, has_more = 0, False
    with open_client(settings) as client:
        names = list_entity_lists(client)
        entities.save_gone_lists(connection, *place, names)
        for name in names:
            changed, more = _read_list(connection, settings, client, name, now)
            count, has_more = count + changed, has_more or more
    return count, has_more


def _read_list(
    connection, settings: Settings, client: CentralClient, name: str, now: dt.datetime
) -> tuple[int, bool]:
    place = (settings.central_key, settings.central_project)
    wait_for_form(connection, *place, f"entities/{name}")
    known = entities.find_list(connection, *place, name)
    etag = known.etag if known and not known.is_gone else None
    seen = probe_entity_list(client, name, etag)
    if seen is not None and seen == etag:
        entities.save_probe(connection, known.list_key, now)
        held = EntityList(name, tuple(known.properties), False)
        return _read_versions(connection, settings, client, held, known.list_key, now)
    held = fetch_entity_list(client, name)
    if held is None:
        return 0, False
    list_key = entities.save_list(
        connection, *place, name, held.properties, held.is_approval_required, now
    )
    changed = _read_entities(connection, settings, client, held, list_key, seen, now)
    count, has_more = _read_versions(connection, settings, client, held, list_key, now)
    return changed + count, has_more


def _read_entities(connection, settings, client, held: EntityList, list_key, etag, now) -> int:
    entities.begin_entities(connection)
    with stream_gate(settings, False):
        found = read_entities(client, held, spool_dir(settings))
        while batch := list(islice(found, entities.BATCH_ROWS)):
            entities.add_entities(connection, [vars(entity) for entity in batch])
    changed, gone = entities.land_entities(connection, list_key, etag, now)
    return changed + gone


def _read_versions(
    connection, settings, client, held: EntityList, list_key: int, now: dt.datetime
) -> tuple[int, bool]:
    """Versions that are not here yet, some at a time."""
    is_clashing = has_clashing_names(held)
    wanted = entities.list_without_versions(
        connection, list_key, VERSIONS_A_TURN, with_first=is_clashing
    )
    landed = {}
    for uuid in wanted:
        versions = list_entity_versions(client, held.name, uuid) or ()
        landed[uuid] = [vars(item) for item in versions]
        entities.save_versions(connection, list_key, landed[uuid], now)
    others.save_edits(connection, settings, held.name, list_key, landed, now)
    if is_clashing:
        entities.save_true_data(connection, list_key)
    return len(wanted), len(wanted) == VERSIONS_A_TURN
