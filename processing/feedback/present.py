"""What the tablets' lists would say now of some entities: the rows behind them, as far as pages may
read these.

In: entities as the mirror holds them. Out: list -> code -> the row, or what of it can be told; one
that has no row (any more) is not there. Who the people of a school are no page reads: of a person
there is what returns say, and nobody is counted. What is not told here is as it was written last.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

import sqlalchemy as sa

from config.entity_lists import LIST_PROPERTIES
from processing.db.queries import action_rows, entity_rows, round_rows, task_lists
from processing.feedback.conflicts import LABEL
from processing.feedback.homes import (
    ACTIONS,
    DIRECTORATE_SCHOOLS,
    ROUNDS,
    SCHOOLS,
    STAFF,
    TASKS,
    VISITS,
)
from processing.feedback.listing import task_rows
from processing.feedback.school_rows import list_school_rows

Rows = list[dict[str, str]]


def present_rows(
    connection: sa.Connection, entities: Iterable[Mapping]
) -> dict[str, dict[str, dict[str, str]]]:
    """entities: list_name, data, central and project of each."""
    by_list: dict[str, list[Mapping]] = {}
    for each in entities:
        by_list.setdefault(each["list_name"], []).append(each)
    return {
        name: {row[LIST_PROPERTIES[name][0]]: row for row in READERS[name](connection, found)}
        for name, found in by_list.items()
        if name in READERS
    }


def key_of(entity: Mapping) -> str:
    """The code that names an entity in its list; nothing where it has none."""
    properties = LIST_PROPERTIES.get(entity["list_name"])
    return (properties and entity["data"].get(properties[0])) or ""


def _school_rows(connection: sa.Connection, found: Sequence[Mapping]) -> Rows:
    return list_school_rows(connection, _schools(found), names_people=False)


def _round_rows(connection: sa.Connection, found: Sequence[Mapping]) -> Rows:
    return round_rows.list_round_rows(connection)


def _staff_rows(connection: sa.Connection, found: Sequence[Mapping]) -> Rows:
    return entity_rows.list_staff_facts(connection, _schools(found), map(key_of, found))


def _visit_rows(connection: sa.Connection, found: Sequence[Mapping]) -> Rows:
    rows = entity_rows.list_visit_rows(connection, _schools(found), counts_staff=False)
    # On a Central without filters it also names the supervisor.
    return [{name: row[name] for name in row if name != LABEL} for row in rows]


def _action_rows(connection: sa.Connection, found: Sequence[Mapping]) -> Rows:
    return action_rows.list_action_rows(connection, _schools(found))


def _directorate_school_rows(connection: sa.Connection, found: Sequence[Mapping]) -> Rows:
    schools = _schools(found)
    return entity_rows.list_directorate_school_rows(connection, schools, counts_staff=False)


def _task_rows(connection: sa.Connection, found: Sequence[Mapping]) -> Rows:
    rows: Rows = []
    for place, of_place in groupby(sorted(found, key=_place), key=_place):
        tasks = task_lists.list_named(connection, *place, map(key_of, of_place))
        rows += task_rows(connection, tasks)
    return rows


READERS: dict[str, Callable[[sa.Connection, Sequence[Mapping]], Rows]] = {
    SCHOOLS: _school_rows,
    ROUNDS: _round_rows,
    STAFF: _staff_rows,
    VISITS: _visit_rows,
    ACTIONS: _action_rows,
    DIRECTORATE_SCHOOLS: _directorate_school_rows,
    TASKS: _task_rows,
}


def _schools(found: Iterable[Mapping]) -> list[str]:
    return [each["data"].get("school_code") or "" for each in found]


def _place(each: Mapping) -> tuple[str, int]:
    return each["central"], each["project"]
