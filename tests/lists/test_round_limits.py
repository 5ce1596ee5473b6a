"""Each tablet gets the rounds that ask its school, at the sandbox and a real Central."""

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import Mock

import pytest

from bridge.devices import keep_filters
from bridge.simulation.lists import default_rounds
from config.entity_lists import ACCESS_FILTERS
from processing.db.queries.registry import replace_registry
from processing.jobs import limiting
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


def test_accounts_from_before_the_list_was_limited_lose_no_round(
    here, manager, monkeypatch  # noqa: F811
):  # fmt: skip
    """They named their holder alone: they are brought to the registry before the list is limited,
    also by a run that breaks off between the two.
    """
    path = manager.path("datasets", "rounds")
    manager.request("PATCH", path, json={"accessFilter": None})
    for user in manager.get_json(manager.path("app-users")):
        body = {"properties": {"ministry": None, "general_code": None}}
        manager.request("PATCH", manager.path("app-users", user["id"]), json=body)
    monkeypatch.setattr(limiting, "keep_filters", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        bring(here)
    monkeypatch.undo()
    assert "accessFilter" not in manager.get_json(path)
    keep_filters(manager, ACCESS_FILTERS)
    assert {each: rounds_of(here, *each) for each in expected(here)} == expected(here)


@pytest.mark.parametrize(("to", "seen"), [(ELSEWHERE, "of-others"), (OWN, "of-anbar")])
def test_a_school_that_moves_to_another_directorate_gets_the_rounds_of_that_one(here, to, seen):
    school = here.schools[0].school_code
    move = "UPDATE emis.school SET directorate_code = :to WHERE school_code = :school"
    here.run(move, to=to, school=school)
    bring(here)
    with here.engine.begin() as connection:
        keep_schools(connection, here.settings, [school], START)
    assert rounds_of(here, school, "staff_return") == {seen}
