"""Whose submissions have been seen here, by either name that Central gives them."""

import pytest

from processing.db.queries.school_updates import list_seen
from tests.jobs.office import Office
from tests.warehouse.fixtures import warehouse, worker_engine  # noqa: F401  fixtures

GONE = {"deleted_at": "2026-11-20"}


@pytest.fixture
def office(warehouse) -> Office:  # noqa: F811
    return Office(warehouse)


def seen(warehouse, *names: str, project: int = 1) -> set[str]:  # noqa: F811
    return list_seen(warehouse.connection, "test", project, [*names, "uuid:nobody's"])


def send(warehouse, form_id: str, **changes) -> None:  # noqa: F811
    """A submission `uuid:1`, edited once: its newest version is `uuid:2`."""
    warehouse.send_return(form_id, "S1", "round", {"sent": "uuid:1"})
    warehouse.change_submission("uuid:1", current_version_id="uuid:2", **changes)


@pytest.mark.parametrize("name", ["uuid:1", "uuid:2"])
def test_what_has_landed_of_another_form_has_been_seen_by_either_name(warehouse, name):  # noqa: F811
    send(warehouse, "staff_return")
    assert seen(warehouse, name) == {name}
    assert seen(warehouse, name, project=2) == set()


@pytest.mark.parametrize(("changes", "names"), [({}, set()), (GONE, {"uuid:1", "uuid:2"})])
def test_an_update_that_only_landed_is_seen_once_it_is_gone(warehouse, changes, names):  # noqa: F811
    send(warehouse, "school_update", **changes)
    assert seen(warehouse, "uuid:1", "uuid:2") == names


def test_an_update_that_was_taken_is_seen_by_either_name(office):
    office.country.send_update("S1", "renamed", "uuid:1", naming_new_name="دجلة")
    office.country.change_submission("uuid:1", current_version_id="uuid:2")
    assert seen(office.country, "uuid:1", "uuid:2") == set()
    office.work()
    assert seen(office.country, "uuid:1", "uuid:2") == {"uuid:1", "uuid:2"}
