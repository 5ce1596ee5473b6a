"""Schools registered for a year: those that can have figures of it, whatever became of them."""

from datetime import UTC, datetime, timedelta

import pytest

from processing.db.queries.registry import replace_registry
from processing.db.queries.web_indicators import list_unit_values
from processing.db.queries.web_scope import NATION, Scope
from processing.indicators import compute_indicators
from processing.normalize import normalize_slices
from processing.validate import validate_slices
from tests.warehouse.builder import NOW, YEAR

SCHOOLS = """
    school | area_code | directorate_code | building_code | building_role_code
    S1     | Q11       | D1a              | B1            | host
    S2     | Q11       | D1a              | B1            | guest
    S3     | Q21       | D2a              | B3            | host
"""
CENSUS = "school | grade | girls_age_0 | boys_age_0\nS1 | 1 | 40 | 35\nS2 | 1 | 10 | 15"
WATER = "school | water_source | water_available\nS1 | piped | yes"
YEAR_BEFORE = datetime(2025, 6, 30, 9, 0, tzinfo=UTC)


@pytest.fixture
def country(warehouse):
    warehouse.add_schools(SCHOOLS)
    warehouse.send_facility(WATER)
    return warehouse


def close(warehouse, school: str, day: datetime) -> None:
    (row,) = warehouse.run("SELECT * FROM emis.school WHERE school_code = :code", code=school)
    closed = dict(row._mapping) | {"is_open": False}
    replace_registry(warehouse.connection, schools=[closed], now=day)


def counts(warehouse, indicator: str, kind: str, scope: Scope = NATION) -> dict:
    """Unit -> (schools with figures, schools registered)."""
    slices = warehouse.all_slices()
    validate_slices(warehouse.connection, slices, NOW)
    normalize_slices(warehouse.connection, slices, NOW)
    compute_indicators(warehouse.connection, [YEAR], None, NOW)
    rows = list_unit_values(warehouse.connection, scope, "en", indicator, YEAR, kind, "")
    return {row["unit_code"]: (row["school_count"], row["registered_count"]) for row in rows}


@pytest.mark.parametrize(
    ("kind", "units"),
    [
        ("governorate", {"G1": (2, 2), "G2": (0, 1)}),
        ("district", {"Q11": (2, 2), "Q21": (0, 1)}),
        ("directorate", {"D1": (2, 2), "D2": (0, 1)}),
        ("department", {"D1a": (2, 2), "D2a": (0, 1)}),
    ],
)
def test_a_school_that_closes_within_the_year_is_registered_beside_its_figures(
    country, kind, units
):
    country.send_census(CENSUS)
    close(country, "S2", NOW)
    assert counts(country, "enrolment", kind) == units


def test_a_school_that_closed_before_the_year_is_neither_registered_nor_served(country):
    close(country, "S2", YEAR_BEFORE)
    assert counts(country, "basic_water", "governorate") == {"G1": (1, 1), "G2": (0, 1)}


def test_a_school_that_reports_is_registered_whatever_day_it_closed(country):
    country.send_census(CENSUS)
    close(country, "S2", YEAR_BEFORE)
    assert counts(country, "enrolment", "governorate") == {"G1": (2, 2), "G2": (0, 1)}


def test_a_report_of_a_closing_registers_no_school(country):
    country.add_round("school_update", "updates-2026")
    close(country, "S2", YEAR_BEFORE)
    country.send_update("S2", "closed")
    assert counts(country, "basic_water", "governorate") == {"G1": (1, 1), "G2": (0, 1)}


def test_a_school_counts_where_it_was_in_the_year(country):
    country.send_census(CENSUS)
    (row,) = country.run("SELECT * FROM emis.school WHERE school_code = 'S2'")
    moved = dict(row._mapping) | {"area_code": "Q21", "directorate_code": "D2a"}
    replace_registry(country.connection, schools=[moved], now=NOW + timedelta(days=300))
    assert counts(country, "enrolment", "governorate") == {"G1": (2, 2), "G2": (0, 1)}


def test_a_directorate_sees_the_areas_where_its_schools_were(country):
    assert counts(country, "basic_water", "district", Scope("directorate", "D1")) == {"Q11": (2, 2)}
