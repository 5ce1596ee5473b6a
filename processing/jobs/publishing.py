"""Publishing: the registry's entity lists and the forms that read them, into Central."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa

from bridge.client import open_client
from bridge.devices import keep_filters
from bridge.entities import (
    ListReport,
    ensure_list,
    keep_list_equal,
    plan_list,
    require_approval,
)
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
from processing.db.queries import entity_rows, task_lists
from processing.feedback.listing import list_task_rows
from processing.feedback.received import received_by_school

Progress = Callable[[str, int, int], None]


def _school_rows(connection: sa.Connection, settings: Settings) -> list[dict[str, str]]:
    received = received_by_school(connection)
    rows = entity_rows.list_school_rows(connection)
    return [row | {"received": received.get(row["school_code"], "")} for row in rows]


def _round_rows(connection: sa.Connection, settings: Settings) -> list[dict[str, str]]:
    return entity_rows.list_round_rows(connection)


def _task_rows(connection: sa.Connection, settings: Settings) -> list[dict[str, str]]:
    return list_task_rows(connection, settings.central_key, settings.central_project)


# List -> its properties, where its rows come from, the property that names a row.
LISTS = {
    "schools": (SCHOOL_PROPERTIES, _school_rows, "school_code"),
    "rounds": (ROUND_PROPERTIES, _round_rows, "round_code"),
    "corrections": (CORRECTION_PROPERTIES, _task_rows, "task_code"),
}
# When no school is asked anything, the list is rightly empty.
TASK_LIST = "corrections"
MAY_BE_EMPTY = {TASK_LIST}
# What an answer empties on the tablet and at Central, before the answer has been pulled.
EMPTIED = {TASK_LIST: ("open_for",)}
# Lists into which a school's form puts an entity, once it is approved.
APPROVED_LISTS = ("schools",)
# Lists that forms read and that no table fills yet: made empty, so that the forms can be published;
# what somebody else has put into them is left alone.
UNFILLED_LISTS = {
    "staff": STAFF_PROPERTIES,
    "visit_plan": VISIT_PLAN_PROPERTIES,
    "agreed_actions": AGREED_ACTION_PROPERTIES,
}


def keep_lists(
    connection: sa.Connection,
    settings: Settings,
    on_progress: Progress | None = None,
    names: Iterable[str] = tuple(LISTS),
) -> dict[str, ListReport]:
    """Make the lists of LISTS, or those named, equal to the database.

    The unfilled lists are made too. Once there are accounts of tablets, each list is limited to
    its tablet.
    """
    reports, place = {}, (settings.central_key, settings.central_project)
    with open_client(settings, "manager") as client:
        for name in names:
            properties, list_rows, key = LISTS[name]
            if name == TASK_LIST:
                task_lists.wait_for_list(connection, *place)
            rows = list_rows(connection, settings)
            reports[name] = keep_list_equal(
                client,
                name,
                properties,
                rows,
                key=key,
                progress=on_progress and (lambda done, all_, n=name: on_progress(n, done, all_)),
                may_be_empty=name in MAY_BE_EMPTY,
                emptied=EMPTIED.get(name, ()),
            )
            if name == TASK_LIST:
                codes = [row[key] for row in rows]
                task_lists.save_all_listed(connection, *place, codes)
        for name, properties in UNFILLED_LISTS.items():
            ensure_list(client, name, properties)
        for name in APPROVED_LISTS:
            if name in reports:
                require_approval(client, name)
        keep_filters(client, ACCESS_FILTERS)
    return reports


def plan_lists(connection: sa.Connection, settings: Settings) -> dict[str, ListReport]:
    """What `keep_lists` would do, without doing it."""
    with open_client(settings) as client:
        return {
            name: plan_list(
                client,
                name,
                properties,
                list_rows(connection, settings),
                key,
                EMPTIED.get(name, ()),
            )
            for name, (properties, list_rows, key) in LISTS.items()
        }


def plan_publishing(settings: Settings, workbooks: Iterable[Path]) -> Iterator[PublishResult]:
    """What `publish` would do after `keep_lists`, without doing it."""
    with open_client(settings) as client:
        yield from plan_forms(client, workbooks, lists_to_come=[*LISTS, *UNFILLED_LISTS])


def publish(settings: Settings, workbooks: Iterable[Path]) -> Iterator[PublishResult]:
    """Compile and publish workbooks, one result each."""
    with open_client(settings, "manager") as client:
        yield from publish_forms(client, workbooks)
