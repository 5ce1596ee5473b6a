"""What a guest school's tablet knows of its building: what the host answered last."""

from types import SimpleNamespace

import pytest

from processing.db.queries.entity_rows import list_school_rows
from processing.jobs.catalogue import load_catalogue
from processing.jobs.stages import STAGES, Context
from processing.jobs.telling import TOLD_PROPERTIES
from tests.lists.test_rows import normalize
from tests.warehouse.builder import NOW, YEAR

BUILDING = """
    school | building_code | building_role_code
    H1     | B1            | host
    G1     | B1            | guest
    G2     | B1            | guest
    H2     | B2            | host
"""


@pytest.fixture
def country(warehouse):
    load_catalogue(warehouse.connection)
    warehouse.add_schools(BUILDING)
    return warehouse


def hosts_said(country) -> dict[str, tuple[str, bool]]:
    """School -> the year of the answers that its tablet knows, and whether they say "piped"."""
    found = {row["school_code"]: row for row in list_school_rows(country.connection)}
    return {
        code: (found[code]["host_year"], "Piped" in found[code]["host_said_en"])
        for code in ("H1", "G1", "G2", "H2")
    }


def send_building(country, school: str, year: int, source: str = "piped") -> None:
    code = f"facility-{year}-{school}"
    country.add_round("facility_return", code, year)
    country.send_return("facility_return", school, code, {"water_source": source})
    normalize(country)


def test_the_guests_of_a_building_know_what_its_host_answered_last(country):
    nobody = dict.fromkeys(("H1", "G1", "G2", "H2"), ("", False))
    assert hosts_said(country) == nobody
    send_building(country, "H2", YEAR)
    assert hosts_said(country) == nobody, "another building"
    send_building(country, "H1", YEAR - 1)
    told = (str(YEAR - 1), True)
    assert hosts_said(country) == nobody | {"G1": told, "G2": told}
    send_building(country, "G1", YEAR)
    assert hosts_said(country)["G2"] == told, "a guest does not answer for the building"
    send_building(country, "H1", YEAR, source="rainwater")
    assert hosts_said(country)["G2"] == (str(YEAR), False)
    country.run_only("UPDATE raw.submission SET review_state = 'rejected'")
    normalize(country)
    assert hosts_said(country) == nobody


def test_who_was_the_host_is_not_told_its_own_answer(country):
    send_building(country, "H1", YEAR)
    country.run_only(
        "UPDATE emis.school_history SET building_role_code ="
        " CASE school_code WHEN 'H1' THEN 'guest' ELSE 'host' END WHERE school_code IN ('H1', 'G1')"
    )
    found = hosts_said(country)
    assert (found["H1"], found["G2"]) == (("", False), (str(YEAR), True))


def test_when_the_host_s_return_lands_its_guests_are_told(country):
    country.send_return("facility_return", "H1", "facility-2026", {"water_source": "piped"})
    context = Context(SimpleNamespace(), NOW)
    result = STAGES["normalize"].do(country.connection, country.all_slices(), context)
    assert {each.school_code for each in result.due} == {"H1", "G1", "G2"}
    assert "tell_schools" in STAGES["normalize"].then
    assert {"host_year", "host_said_ckb"} <= set(TOLD_PROPERTIES)
