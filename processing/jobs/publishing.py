"""Publishing: the registry's entity lists and the forms that read them, into Central.

A new school that Central has approved, or is about to list because we have, is not ours to make or
to take away: its entity comes from the form, and stays until an officer has decided. So does the
entity of a submission that has not been seen here yet, whatever it says. What somebody else has
changed in a list at Central is not written over: an officer chooses first (feedback.edits).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from bridge.client import CentralClient, open_client
from bridge.devices import has_properties
from bridge.entities import (
    FindAwaited,
    FindLeft,
    ListReport,
    derived_id,
    keep_list_equal,
    no_entity,
    plan_list,
    require_approval,
)
from bridge.entity_changes import add_entities, delete_entity, find_properties, set_entity
from bridge.entity_lists import find_maker
from bridge.publish import PublishResult, plan_forms, publish_forms
from config.entity_lists import (
    DEVICE_PROPERTIES,
    EMPTIED,
    HELD_PROPERTIES,
    HOST_PROPERTIES,
    LIST_PROPERTIES,
    SCHOOL_PROPERTIES,
)
from config.settings import Settings
from processing.db.queries import (
    action_rows,
    entities,
    entity_rows,
    listed,
    round_rows,
    school_updates,
    task_lists,
)
from processing.db.queries.due import mark_due
from processing.db.queries.emis_visits import action_of
from processing.db.slices import Slice
from processing.feedback.listing import list_task_rows
from processing.feedback.school_rows import list_school_rows
from processing.jobs.limiting import limit_lists, renew_accounts
from processing.jobs.others import ensure_account, left_finder, remember_account
from processing.jobs.written import Written

Progress = Callable[[str, int, int], None]
Rows = list[dict[str, str]]
Codes = list[str] | None


class EntityList(NamedTuple):
    """rows(connection, settings, codes): of these schools; None: all. key: what names a row."""

    properties: tuple[str, ...]
    rows: Callable[[sa.Connection, Settings, Codes], Rows]
    key: str


def _school_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return list_school_rows(connection, codes)


def _round_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return round_rows.list_round_rows(connection)


def _task_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return list_task_rows(connection, settings.central_key, settings.central_project)


def _staff_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return entity_rows.list_staff_rows(connection, codes)


def _visit_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return entity_rows.list_visit_rows(connection, codes)


def _directorate_school_rows(
    connection: sa.Connection, settings: Settings, codes: Codes = None
) -> Rows:
    return entity_rows.list_directorate_school_rows(connection, codes)


def _action_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return action_rows.list_action_rows(connection, codes)


ROWS = {
    "schools": _school_rows,
    "rounds": _round_rows,
    "corrections": _task_rows,
    "staff": _staff_rows,
    "visit_plan": _visit_rows,
    "agreed_actions": _action_rows,
    "directorate_schools": _directorate_school_rows,
}
# The first property of a list names its rows.
LISTS = {
    name: EntityList(LIST_PROPERTIES[name], rows, LIST_PROPERTIES[name][0])
    for name, rows in ROWS.items()
}
# When no school is asked anything, or all is done, the list is rightly empty.
TASK_LIST = "corrections"
MAY_BE_EMPTY = {TASK_LIST, "agreed_actions"}
# What progress calls the accounts of tablets, beside the lists that are limited to them.
ACCOUNTS = "app users"
# Lists into which a school's form puts an entity, once it is approved.
APPROVED_LISTS = ("schools",)
# Lists whose rows follow the facts of a school, row by row (see processing.jobs.renewing).
RENEWED_LISTS = ("staff", "visit_plan", "agreed_actions", "directorate_schools")
# How long Central's own entity of a new school is waited for, after the school was approved here.
# Measured: 1 to 28 s, minutes under load.
ENTITY_AWAITED = dt.timedelta(minutes=15)
LOOK_AGAIN = dt.timedelta(minutes=1)


def _named_by_supervisor(rows: Rows) -> Rows:
    return [row | {"label": f"{row['label']} – {row['supervisor_code']}"} for row in rows]


def _once_an_action(rows: Rows) -> Rows:
    return list({action_of(row["action_code"]): row for row in rows}.values())


def _without_the_long(rows: Rows) -> Rows:
    """A tablet would carry the words about every school of the country, and all its devices."""
    left_out = (*HOST_PROPERTIES, *DEVICE_PROPERTIES, *HELD_PROPERTIES)
    return [row | dict.fromkeys(left_out, "") for row in rows]


# What else is so where Central gives every tablet all rows.
WITHOUT_FILTERS = {
    "schools": _without_the_long,
    "visit_plan": _named_by_supervisor,
    "agreed_actions": _once_an_action,
}


def list_rows(
    connection: sa.Connection,
    settings: Settings,
    client: CentralClient,
    name: str,
    codes: Codes = None,
) -> Rows:
    """The rows of a list as this Central is to hold them; it is asked whether it filters where the
    rows depend on that.
    """
    rows = LISTS[name].rows(connection, settings, codes)
    for_all = WITHOUT_FILTERS[name](rows) if name in WITHOUT_FILTERS else rows
    return rows if for_all == rows or has_properties(client) else for_all


def keep_lists(
    connection: sa.Connection,
    settings: Settings,
    on_progress: Progress | None = None,
    names: Iterable[str] = tuple(LISTS),
) -> dict[str, ListReport]:
    """Make the lists of LISTS, or those named, equal to the database.

    Once there are accounts of tablets, each list is limited to its tablet.
    """
    written, now = Written(settings), dt.datetime.now(dt.UTC)
    with open_client(settings, "manager") as client:
        remember_account(connection, settings, client, now)
        reports = {
            name: _keep_list(connection, settings, client, name, written, on_progress)
            for name in names
        }
        for name in APPROVED_LISTS:
            if name in reports:
                require_approval(client, name)
        limit_lists(connection, settings, client, on_progress and partial(on_progress, ACCOUNTS))
    written.save(connection, now)
    return reports


def _keep_list(
    connection: sa.Connection,
    settings: Settings,
    client: CentralClient,
    name: str,
    written: Written,
    on_progress: Progress | None,
) -> ListReport:
    """Make one list equal, and remember what of it is on tablets now."""
    place, kept = (settings.central_key, settings.central_project), LISTS[name]
    if name == TASK_LIST:
        task_lists.wait_for_list(connection, *place)
    rows = list_rows(connection, settings, client, name)
    report = keep_list_equal(
        client,
        name,
        kept.properties,
        rows,
        key=kept.key,
        progress=on_progress and partial(on_progress, name),
        may_be_empty=name in MAY_BE_EMPTY,
        spare=_spared(connection, name),
        find_awaited=_finder(connection, settings, client, name),
        emptied=EMPTIED.get(name, ()),
        find_left=left_finder(connection, settings, client, name),
        note_written=written.noter(name),
    )
    if name == TASK_LIST:
        task_lists.save_all_listed(connection, *place, [row[kept.key] for row in rows])
    if name in RENEWED_LISTS:
        listed.replace_listed(connection, *place, name, kept.key, rows)
    return report


def plan_lists(connection: sa.Connection, settings: Settings) -> dict[str, ListReport]:
    """What `keep_lists` would do, without doing it."""
    with open_client(settings) as client:
        return {
            name: plan_list(
                client,
                name,
                kept.properties,
                list_rows(connection, settings, client, name),
                kept.key,
                _spared(connection, name),
                _finder(connection, settings, client, name),
                EMPTIED.get(name, ()),
                left_finder(connection, settings, client, name),
            )
            for name, kept in LISTS.items()
        }


def keep_schools(
    connection: sa.Connection, settings: Settings, school_codes: list[str], now: dt.datetime
) -> int:
    """Bring the entities of these schools alone to the registry, without reading the whole list;
    how many were made, changed or taken away. Those that Central is about to make are due later.

    Without a manager nothing is done: publishing, which needs one, does it all.
    """
    if not settings.has_manager:
        return 0
    place = (settings.central_key, settings.central_project)
    held = entities.find_uuids(connection, *place, "schools", "school_code", school_codes)
    just_opened = school_updates.list_just_opened(connection, now - ENTITY_AWAITED)
    count, written = 0, Written(settings)
    with open_client(settings, "manager") as client:
        ensure_account(connection, settings, client, now)
        listed = list_rows(connection, settings, client, "schools", school_codes)
        rows = {row["school_code"]: row for row in listed}
        awaited = sorted(rows.keys() & just_opened - held.keys())
        # A list from before an upgrade gets the new properties by publishing.
        names = find_properties(client, "schools").intersection(SCHOOL_PROPERTIES)
        find_left = left_finder(connection, settings, client, "schools")
        for code in sorted(set(school_codes) - set(awaited)):
            uuid = held.get(code) or derived_id(client, "schools", code)
            count += _keep_school(client, uuid, rows.get(code), names, find_left, written)
        renew_accounts(connection, settings, client, rows.keys())
    written.save(connection, now)
    mark_due(connection, "list_schools", [Slice("", code) for code in awaited], now + LOOK_AGAIN)
    return count


def _keep_school(
    client,
    uuid: str,
    row: dict[str, str] | None,
    names: set[str],
    find_left: FindLeft,
    written: Written,
) -> bool:
    if row is None:
        return delete_entity(client, "schools", uuid)
    values = {name: row[name] for name in names}
    done = set_entity(
        client, "schools", uuid, row["label"], values, find_left, written.noter("schools")
    )
    if done is None:
        return bool(add_entities(client, "schools", SCHOOL_PROPERTIES, [row], "school_code"))
    return done


def _spared(connection: sa.Connection, name: str) -> set[str]:
    if name not in APPROVED_LISTS:
        return set()
    now = dt.datetime.now(dt.UTC)
    return school_updates.list_unregistered(connection) | school_updates.list_just_opened(
        connection, now - ENTITY_AWAITED
    )


def _finder(
    connection: sa.Connection, settings: Settings, client: CentralClient, name: str
) -> FindAwaited:
    """Finds, among entities about to be deleted, those of submissions not seen here yet."""
    place = (settings.central_key, settings.central_project)

    def find_awaited(uuids: list[str]) -> set[str]:
        made = {uuid: find_maker(client, name, uuid) for uuid in uuids}
        seen = school_updates.list_seen(connection, *place, filter(None, made.values()))
        return {uuid for uuid, maker in made.items() if maker is not None and maker not in seen}

    return find_awaited if name in APPROVED_LISTS else no_entity


def plan_publishing(settings: Settings, workbooks: Iterable[Path]) -> Iterator[PublishResult]:
    """What `publish` would do after `keep_lists`, without doing it."""
    with open_client(settings) as client:
        yield from plan_forms(client, workbooks, lists_to_come=LISTS)


def publish(settings: Settings, workbooks: Iterable[Path]) -> Iterator[PublishResult]:
    """Compile and publish workbooks, one result each."""
    with open_client(settings, "manager") as client:
        yield from publish_forms(client, workbooks)
