"""What tablets know of a building: a guest what the host answered last, the host its own."""

from datetime import date
from types import SimpleNamespace

import pytest

from config.entity_lists import TOLD_PROPERTIES
from processing.feedback.school_rows import list_school_rows
from processing.jobs.catalogue import load_catalogue
from processing.jobs.stages import STAGES, Context
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
    assert hosts_said(country) == nobody, "another building, and this year's"
    send_building(country, "H1", YEAR - 1)
    told = (str(YEAR - 1), True)
    assert hosts_said(country) == nobody | {"G1": told, "G2": told, "H1": told}
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
    assert {"host_year", "host_said_ckb", "building_facts"} <= set(TOLD_PROPERTIES)


def own(country, school: str = "H1") -> tuple[str, str]:
    """The year of its own answers that a host's tablet knows, and what lasts of them."""
    (row,) = list_school_rows(country.connection, [school])
    return row["host_year"], row["building_facts"]


LAND = {"water_source": "piped", "rooms_classrooms": 8, "power_sources": ["grid", "solar"]}
FACTS = "- - - 8 {source} - - grid+solar - - - - -"


def send_facts(country, school: str, year: int, **more) -> None:
    code = f"facility-{year}-{school}"
    country.add_round("facility_return", code, year)
    country.send_return("facility_return", school, code, LAND | more)
    normalize(country)


def test_a_host_knows_its_newest_return_of_a_year_before_the_one_that_is_asked(country):
    assert own(country) == ("", "")
    send_facts(country, "H1", YEAR - 2)
    send_facts(country, "H1", YEAR - 1, water_source="surface")
    known = (str(YEAR - 1), FACTS.format(source="surface"))
    assert own(country) == known
    send_facts(country, "H1", YEAR)
    assert own(country) == known, "an edit of this year's meets the list that it was filled with"
    country.add_round("facility_return", "facility-later", YEAR + 40)
    assert own(country) == known, "it has not opened yet"
    country.add_round("facility_return", "facility-next", YEAR + 1, day=date(YEAR, 11, 2))
    assert own(country) == (str(YEAR), FACTS.format(source="piped"))


def test_a_host_is_told_its_own_answers_of_this_building_alone(country):
    send_facts(country, "H2", YEAR - 1)
    send_facts(country, "G1", YEAR - 1)
    assert own(country) == ("", "")
    send_facts(country, "H1", YEAR - 1)
    assert own(country)[0] == str(YEAR - 1)
    country.run_only("UPDATE emis.school_history SET building_code = 'B2' WHERE school_code = 'H1'")
    assert own(country) == ("", ""), "it has moved into another"


def test_a_rejected_return_is_not_what_the_next_one_opens_with(country):
    send_facts(country, "H1", YEAR - 1)
    country.run_only("UPDATE raw.submission SET review_state = 'rejected'")
    normalize(country)
    assert own(country) == ("", "")
