"""Each tablet gets the rounds that ask its school, at the sandbox and a real Central."""

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import Mock

import pytest

from bridge.client import CentralClient
from bridge.devices import keep_filters
from bridge.simulation.lists import default_rounds
from config.entity_lists import ACCESS_FILTERS
from processing.db.queries.registry import replace_registry
from processing.jobs import limiting
from processing.jobs.devices import devices_of
from processing.jobs.publishing import keep_lists, keep_schools
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.lists.department import ELSEWHERE, START, Department

pytestmark = pytest.mark.timeout(900)
ASKED = next(each for each in default_rounds(2026) if each.form_id == "facility_return")
EVERYONE = {each.round_code for each in default_rounds(2026)}
OWN = "FED-ANBAR-01Q01"
ROUNDS = [
    vars(replace(ASKED, round_code=code, ministry_code=ministry)) | {"directorate_codes": only}
    for code, ministry, only in (
        ("of-krg", "krg", None),
        ("of-anbar", None, ["FED-ANBAR-01Q02"]),
        ("of-others", "federal", [ELSEWHERE]),
    )
]


@pytest.fixture(scope="module")
def here(central_database) -> Iterator[Department]:
    """Beside the rounds of everyone those of ROUNDS; nothing of them is on a tablet yet."""
    department = Department(central_database)
    with department.engine.begin() as connection:
        replace_registry(connection, rounds=ROUNDS, now=START)
    yield department
    department.engine.dispose()


def bring(here) -> None:
    with here.engine.begin() as connection:
        keep_lists(connection, here.settings, names=("rounds",))


def rounds_of(here, holder: str, form_id: str) -> set[str]:
    """Those of ROUNDS that are on a tablet, which has those of everyone."""
    seen = set(here.seen_by(holder, form_id, "rounds"))
    assert seen >= EVERYONE
    return seen - EVERYONE


def expected(here) -> dict[tuple[str, str], set[str]]:
    """The first school is of Anbar, as the supervisors are; the third one is not."""
    return {
        (here.schools[0].school_code, "staff_return"): {"of-anbar"},
        (here.schools[2].school_code, "staff_return"): {"of-others"},
        ("SUP-1", "inspection_visit"): {"of-anbar"},
    }


def test_a_tablet_gets_the_rounds_that_ask_its_ministry_or_its_general_directorate(here):
    bring(here)
    assert {each: rounds_of(here, *each) for each in expected(here)} == expected(here)


@pytest.fixture
def before(here, manager) -> CentralClient:  # noqa: F811
    """As it was: accounts name their holder alone, and the list is for everyone."""
    bring(here)
    path = manager.path("datasets", "rounds")
    manager.request("PATCH", path, json={"accessFilter": None})
    for user in manager.get_json(manager.path("app-users")):
        body = {"properties": {"ministry": None, "general_code": None}}
        manager.request("PATCH", manager.path("app-users", user["id"]), json=body)
    return manager


def test_accounts_from_before_the_list_was_limited_lose_no_round(here, before, monkeypatch):
    """They are brought to the registry before the list is limited, also by a run that breaks off
    between the two; so are those of a school that has closed.
    """
    is_open = "UPDATE emis.school SET is_open = :is_open WHERE school_code = :school"
    here.run(is_open, is_open=False, school=here.schools[0].school_code)
    monkeypatch.setattr(limiting, "keep_filters", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        bring(here)
    monkeypatch.undo()
    here.run(is_open, is_open=True, school=here.schools[0].school_code)
    assert "accessFilter" not in before.get_json(before.path("datasets", "rounds"))
    keep_filters(before, ACCESS_FILTERS)
    assert {each: rounds_of(here, *each) for each in expected(here)} == expected(here)


def test_nor_do_they_where_a_code_is_made_before_they_were_brought_to_the_registry(here, before):
    with devices_of(here.settings) as opened:
        assert "rounds" in opened.order([("supervisor", "SUP-1", "SUP-1")], START).lists
    assert {each: rounds_of(here, *each) for each in expected(here)} == expected(here)


MOVE = "UPDATE emis.school SET directorate_code = :to WHERE school_code = :school"


def test_a_school_that_an_officer_moves_to_another_directorate_gets_the_rounds_of_that_one(here):
    school = here.schools[0].school_code
    bring(here)
    here.run(MOVE, to=ELSEWHERE, school=school)
    with here.engine.begin() as connection:
        keep_schools(connection, here.settings, [school], START)
    assert rounds_of(here, school, "staff_return") == {"of-others"}
    here.run(MOVE, to=OWN, school=school)


def test_one_that_the_registry_has_moved_gets_them_by_publishing(here):
    school = here.schools[1].school_code
    here.run(MOVE, to=ELSEWHERE, school=school)
    bring(here)
    assert rounds_of(here, school, "staff_return") == {"of-others"}
