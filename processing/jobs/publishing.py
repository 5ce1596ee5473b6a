"""Publishing: the registry's entity lists and the forms that read them, into Central."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from bridge.client import CentralClient, open_client
from bridge.devices import has_properties, keep_filters
from bridge.entities import ListReport, keep_list_equal, plan_list, require_approval
from bridge.publish import PublishResult, plan_forms, publish_forms
from config.entity_lists import (
    ACCESS_FILTERS,
    AGREED_ACTION_PROPERTIES,
    CORRECTION_PROPERTIES,
    ROUND_PROPERTIES,
    SCHOOL_PROPERTIES,
    STAFF_PROPERTIES,
    VISIT_PLAN_PROPERTIES,
)
from config.settings import Settings
from processing.db.queries import entity_rows, listed, task_lists
from processing.db.queries.emis_visits import action_of
from processing.feedback.listing import list_task_rows
from processing.feedback.received import received_by_school

Progress = Callable[[str, int, int], None]
Rows = list[dict[str, str]]
Codes = list[str] | None


class EntityList(NamedTuple):
    """rows(connection, settings, codes): of these schools; None: all. key: what names a row."""

    properties: tuple[str, ...]
    rows: Callable[[sa.Connection, Settings, Codes], Rows]
    key: str


def _school_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    received = received_by_school(connection, codes)
    rows = entity_rows.list_school_rows(connection, codes)
    return [row | {"received": received.get(row["school_code"], "")} for row in rows]


def _round_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return entity_rows.list_round_rows(connection)


def _task_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return list_task_rows(connection, settings.central_key, settings.central_project)


def _staff_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return entity_rows.list_staff_rows(connection, codes)


def _visit_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return entity_rows.list_visit_rows(connection, codes)


def _action_rows(connection: sa.Connection, settings: Settings, codes: Codes = None) -> Rows:
    return entity_rows.list_action_rows(connection, codes)


LISTS = {
    "schools": EntityList(SCHOOL_PROPERTIES, _school_rows, "school_code"),
    "rounds": EntityList(ROUND_PROPERTIES, _round_rows, "round_code"),
    "corrections": EntityList(CORRECTION_PROPERTIES, _task_rows, "task_code"),
    "staff": EntityList(STAFF_PROPERTIES, _staff_rows, "assignment_code"),
    "visit_plan": EntityList(VISIT_PLAN_PROPERTIES, _visit_rows, "visit_code"),
    "agreed_actions": EntityList(AGREED_ACTION_PROPERTIES, _action_rows, "action_code"),
}
# When no school is asked anything, or all is done, the list is rightly empty.
MAY_BE_EMPTY = {"corrections", "agreed_actions"}
# Lists into which a school's form puts an entity, once it is approved.
APPROVED_LISTS = ("schools",)
# Lists whose rows follow the facts of a school, row by row (see processing.jobs.renewing).
RENEWED_LISTS = ("staff", "visit_plan", "agreed_actions")


def _named_by_supervisor(rows: Rows) -> Rows:
    return [row | {"label": f"{row['label']} – {row['supervisor_code']}"} for row in rows]


def _once_an_action(rows: Rows) -> Rows:
    return list({action_of(row["action_code"]): row for row in rows}.values())


# What else is so where Central gives every tablet all rows.
WITHOUT_FILTERS = {"visit_plan": _named_by_supervisor, "agreed_actions": _once_an_action}


def list_rows(
    connection: sa.Connection,
    settings: Settings,
    client: CentralClient,
    name: str,
    codes: Codes = None,
) -> Rows:
    """The rows of a list as this Central is to hold them."""
    rows = LISTS[name].rows(connection, settings, codes)
    if name not in WITHOUT_FILTERS or has_properties(client):
        return rows
    return WITHOUT_FILTERS[name](rows)


def keep_lists(
    connection: sa.Connection,
    settings: Settings,
    on_progress: Progress | None = None,
    names: Iterable[str] = tuple(LISTS),
) -> dict[str, ListReport]:
    """Make the lists of LISTS, or those named, equal to the database.

    Once there are accounts of tablets, each list is limited to its tablet.
    """
    reports = {}
    with open_client(settings, "manager") as client:
        for name in names:
            properties, _, key = LISTS[name]
            rows = list_rows(connection, settings, client, name)
            reports[name] = keep_list_equal(
                client,
                name,
                properties,
                rows,
                key=key,
                progress=on_progress and (lambda done, all_, n=name: on_progress(n, done, all_)),
                may_be_empty=name in MAY_BE_EMPTY,
            )
            if name in RENEWED_LISTS:
                place = (settings.central_key, settings.central_project, name)
                listed.replace_listed(connection, *place, key, rows)
        for name in APPROVED_LISTS:
            if name in reports:
                require_approval(client, name)
        keep_filters(client, ACCESS_FILTERS)
    if "corrections" in reports:
        task_lists.save_all_listed(connection, settings.central_key, settings.central_project)
    return reports


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
            )
            for name, kept in LISTS.items()
        }


def plan_publishing(settings: Settings, workbooks: Iterable[Path]) -> Iterator[PublishResult]:
    """What `publish` would do after `keep_lists`, without doing it."""
    with open_client(settings) as client:
        yield from plan_forms(client, workbooks, lists_to_come=LISTS)


def publish(settings: Settings, workbooks: Iterable[Path]) -> Iterator[PublishResult]:
    """Compile and publish workbooks, one result each."""
    with open_client(settings, "manager") as client:
        yield from publish_forms(client, workbooks)
