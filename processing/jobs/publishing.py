"""Publishing: the registry's entity lists and the forms that read them, into Central."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa

from bridge.client import open_client
from bridge.entities import ListReport, keep_list_equal
from bridge.publish import PublishResult, publish_forms
from config.entity_lists import ROUND_PROPERTIES, SCHOOL_PROPERTIES
from config.settings import Settings
from processing.db.queries import entity_rows

Progress = Callable[[str, int, int], None]


def keep_lists(
    connection: sa.Connection, settings: Settings, on_progress: Progress | None = None
) -> dict[str, ListReport]:
    """Make the entity lists `schools` and `rounds` equal to the registry."""
    lists = {
        "schools": (SCHOOL_PROPERTIES, entity_rows.list_school_rows, "school_code"),
        "rounds": (ROUND_PROPERTIES, entity_rows.list_round_rows, "round_code"),
    }
    reports = {}
    with open_client(settings, "manager") as client:
        for name, (properties, list_rows, key) in lists.items():
            reports[name] = keep_list_equal(
                client,
                name,
                properties,
                list_rows(connection),
                key=key,
                progress=on_progress and (lambda done, all_, n=name: on_progress(n, done, all_)),
            )
    return reports


def publish(settings: Settings, workbooks: Iterable[Path]) -> Iterator[PublishResult]:
    """Compile and publish workbooks, one result each."""
    with open_client(settings, "manager") as client:
        yield from publish_forms(client, workbooks)
