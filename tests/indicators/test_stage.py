"""Values are rebuilt by slice: nothing stale, nothing doubled, nothing written without need."""

from datetime import timedelta

import pytest

from config.indicators import load_indicators
from config.words import CatalogueError
from processing.db.queries.coverage import get_coverage, list_coverage
from processing.db.queries.stats import list_values, list_years_with_facts
from processing.indicators import compute_due, compute_indicators
from processing.indicators.catalogue import check_catalogue
from processing.normalize import normalize_slices
from processing.validate import validate_slices
from tests.warehouse.builder import NOW, YEAR

SCHOOLS = """
    school | area_code | directorate_code | pupil_count_last_year
    S1     | Q11       | D1a              | 300
    S2     | Q12       | D1b              | 100
    S3     | Q21       | D2a              | 100
"""
CENSUS = """
    school | sent | grade | girls_age_0 | boys_age_0 | sections
    S1     | a    | 1     |          40 |         35 |        2
    S2     | b    | 1     |          10 |         15 |        1
"""
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def country(warehouse):
    warehouse.add_schools(SCHOOLS)
    warehouse.send_census(CENSUS)
    refresh(warehouse)
    compute_indicators(warehouse.connection, [YEAR], None, NOW)
    return warehouse


def refresh(warehouse):
    slices = warehouse.all_slices()
    validate_slices(warehouse.connection, slices, LATER)
    return normalize_slices(warehouse.connection, slices, LATER)


def values(warehouse):
    rows = warehouse.run(
        "SELECT indicator, unit_level, unit_code, breakdown, numerator, denominator, school_count"
        " FROM stats.indicator_value WHERE school_year = :year",
        year=YEAR,
    )
    return {tuple(row)[:4]: tuple(row)[4:] for row in rows}


def enrolment(warehouse, level):
    rows = list_values(warehouse.connection, "enrolment", YEAR, level)
    return {row["unit_code"]: (int(row["numerator"]), row["school_count"]) for row in rows}


def test_every_indicator_has_words_and_every_word_an_indicator():
    check_catalogue()


def test_there_are_values_at_every_level(country):
    assert enrolment(country, "school") == {"S1": (75, 1), "S2": (25, 1)}
    assert enrolment(country, "district") == {"Q11": (75, 1), "Q12": (25, 1)}
    assert enrolment(country, "governorate") == {"G1": (75 + 25, 2)}
    assert enrolment(country, "directorate") == {"D1": (100, 2), "D1a": (75, 1), "D1b": (25, 1)}
    assert enrolment(country, "nation") == {"IQ": (75 + 25, 2)}


def test_twice_is_the_same_as_once_and_writes_nothing_above_the_schools(country):
    before = values(country)
    report = compute_indicators(country.connection, [YEAR], None, LATER)
    assert values(country) == before
    assert report.unit_value_count == 0


def test_one_changed_school_gives_what_a_whole_computation_gives(country):
    country.run(
        "UPDATE survey.school_census_grades SET girls_age_0 = 50"
        " WHERE instance_id = 'a' RETURNING 1"
    )
    refresh(country)
    compute_due(country.connection, [("S1", YEAR)], LATER)
    partly = values(country)
    assert enrolment(country, "nation") == {"IQ": (50 + 35 + 25, 2)}
    compute_indicators(country.connection, [YEAR], None, LATER)
    assert values(country) == partly


def test_a_school_that_withdraws_leaves_every_sum(country):
    country.change_submission("b", review_state="rejected")
    report = refresh(country)
    compute_due(country.connection, report.touched, LATER)
    assert enrolment(country, "school") == {"S1": (75, 1)}
    assert enrolment(country, "district") == {"Q11": (75, 1)}
    assert enrolment(country, "nation") == {"IQ": (75, 1)}


def test_a_school_that_moves_takes_its_pupils_along(country):
    country.add_schools(
        "school | area_code | directorate_code | pupil_count_last_year\nS2 | Q21 | D2a | 100"
    )
    compute_due(country.connection, [("", YEAR)], LATER)
    assert enrolment(country, "governorate") == {"G1": (75, 1), "G2": (25, 1)}
    assert enrolment(country, "directorate") == {
        "D1": (75, 1), "D1a": (75, 1), "D2": (25, 1), "D2a": (25, 1),
    }  # fmt: skip


def test_other_years_are_left_alone(country):
    compute_indicators(country.connection, [YEAR - 1], None, LATER)
    assert enrolment(country, "nation") == {"IQ": (100, 2)}
    assert list_years_with_facts(country.connection) == [YEAR]


def test_the_breakdowns_are_those_that_the_catalogue_names(country):
    country.send_facility("school | water_source | water_available\nS1 | piped | yes")
    refresh(country)
    compute_indicators(country.connection, [YEAR], None, LATER)
    for indicator, _, _, breakdown in values(country):
        keys = tuple(pair.partition("=")[0] for pair in breakdown.split(";") if pair)
        assert set(keys) <= set(load_indicators()[indicator].breakdowns), indicator
        assert list(keys) == sorted(keys)


def test_coverage_is_counted_and_weighted_by_last_years_pupils(country):
    country.send_census("school | sent | grade | girls_age_0 | girls\nS3 | c | 1 | 10 | 99")
    refresh(country)
    rows = list_coverage(country.connection, "school_census", YEAR)
    counts = {row["directorate_code"]: tuple(row.values())[4:] for row in rows}
    # expected, received, usable; then their pupils of last year. S3's return is blocked.
    assert counts == {"D1": (2, 2, 2, 400, 400, 400), "D2": (1, 1, 0, 100, 100, 0)}
    departments = list_coverage(country.connection, "school_census", YEAR, "department")
    assert [row["directorate_code"] for row in departments] == ["D1a", "D1b", "D2a"]
    total = get_coverage(country.connection, "school_census", YEAR)
    assert (total["expected_pupil_count"], total["usable_pupil_count"]) == (500, 400)
    silent = get_coverage(country.connection, "facility_return", YEAR)
    assert (silent["expected_count"], silent["received_count"]) == (3, 0)


def test_an_indicator_without_a_definition_is_refused(tmp_path):
    file = tmp_path / "indicators.toml"
    file.write_text('[enrolment]\nunit = "count"\nsource = "x"\n', encoding="utf-8")
    with pytest.raises(CatalogueError, match="no text in ar, ckb, en"):
        load_indicators(file)
