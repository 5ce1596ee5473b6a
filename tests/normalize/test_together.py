"""Two workers at once, on different slices of the same building."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from processing.db.slices import Slice
from processing.normalize import normalize_slices
from tests.warehouse.builder import NOW, ROUNDS, Warehouse

SHARED = """
school | building_code | building_role_code
S1     | B1            | host
S2     | B1            | guest
"""
WAITING_SQL = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture(scope="module")
def shared_building(worker_engine) -> None:
    """Committed, so that two connections see it."""
    with worker_engine.begin() as connection:
        warehouse = Warehouse(connection)
        warehouse.add_schools(SHARED)
        warehouse.send_facility("school | rooms_classrooms\nS1 | 9\nS2 |")


def test_the_second_waits_for_the_first_and_both_facts_stand(worker_engine, shared_building):
    first, second = (Slice("facility_return", s, ROUNDS["facility_return"]) for s in ("S1", "S2"))

    def normalize_second() -> None:
        with worker_engine.begin() as connection:
            normalize_slices(connection, [second], NOW)

    with worker_engine.connect() as connection, ThreadPoolExecutor(1) as pool:
        with connection.begin():
            normalize_slices(connection, [first], NOW)
            done = pool.submit(normalize_second)
            wait_until_somebody_waits(connection)
            assert not done.done()
        assert done.result(30) is None
    with worker_engine.connect() as connection:
        run = connection.exec_driver_sql
        assert run("SELECT answered_by_school_code FROM emis.facility").all() == [("S1",)]
        sessions = run("SELECT school_code FROM emis.facility_session ORDER BY 1").all()
        assert sessions == [("S1",), ("S2",)]


def wait_until_somebody_waits(connection, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while connection.exec_driver_sql(WAITING_SQL).scalar_one() == 0:
        assert time.monotonic() < deadline, "the second did not wait"
        time.sleep(0.05)
