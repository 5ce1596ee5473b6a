"""Two workers change a school at the same time: both changes are in the registry afterwards."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from processing.db.queries.school_updates import Decision
from processing.jobs.updating import apply_decisions, decide, get_update, update_registry
from tests.jobs.office import SCHOOLS
from tests.warehouse.builder import NOW, Warehouse
from tests.warehouse.fixtures import worker_engine  # noqa: F401  fixtures

# Long enough to read the school before the first has committed, if nothing holds it back.
HEAD_START_S = 1.0
RENAMED = {"naming_new_name": "مدرسة دجلة"}
EVENING = {"building_now_session_now": "evening"}


@dataclass
class Registry:
    """S1 with a new name and another session, as two updates that nobody has answered yet."""

    engine: sa.Engine
    updates: dict[str, int]

    def approve(self, kind: str) -> None:
        entry = Decision("approved", "page", "Zainab", "", {})
        with self.engine.begin() as connection:
            decide(connection, get_update(connection, self.updates[kind]), entry, NOW)

    def apply(self) -> None:
        with self.engine.begin() as connection:
            apply_decisions(connection, NOW)

    def school(self) -> tuple:
        with self.engine.begin() as connection:
            return tuple(
                connection.exec_driver_sql(
                    "SELECT name_ar, session_code FROM emis.school WHERE school_code = 'S1'"
                ).one()
            )


@pytest.fixture
def registry(worker_engine) -> Iterator[Registry]:  # noqa: F811
    with worker_engine.begin() as connection:
        country = Warehouse(connection)
        country.add_schools(SCHOOLS)
        slices = [country.send_update("S1", "renamed", sent="a", **RENAMED)]
        slices.append(country.send_update("S1", "session", sent="b", **EVENING))
        update_registry(connection, slices, NOW)
        rows = country.run("SELECT kinds[1] AS kind, update_id FROM quality.school_update")
        updates = {row.kind: row.update_id for row in rows}
    return Registry(worker_engine, updates)


def test_a_change_that_is_applied_meanwhile_is_not_written_away(registry):
    registry.approve("renamed")
    with registry.engine.begin() as first:
        apply_decisions(first, NOW)
        registry.approve("session")
        second = threading.Thread(target=registry.apply)
        second.start()
        second.join(HEAD_START_S)
    second.join()
    assert registry.school() == ("مدرسة دجلة", "evening")
