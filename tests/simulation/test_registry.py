"""The registry of simulated schools: its proportions, its buildings, its repeatability."""

import re
from collections import Counter, defaultdict
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from bridge.simulation import proportions
from bridge.simulation.draws import apportion, deal, make_draw
from bridge.simulation.lists import (
    default_rounds,
    entity_rows,
    round_rows,
)
from bridge.simulation.registry import Building, School, make_registry
from config.entity_lists import ROUND_PROPERTIES, SCHOOL_PROPERTIES
from config.forms import load_catalogue
from config.places import read_areas, read_directorates

SQL = Path(__file__).parents[2] / "processing/db/migrations/sql/0001/04_emis_places.sql"


@pytest.fixture(scope="module")
def registry():
    return make_registry(schools=3000, seed=7)


def share(schools, test) -> float:
    return sum(map(test, schools)) / len(schools)


def test_the_same_seed_gives_the_same_registry_and_another_seed_another():
    assert make_registry(120, 7) == make_registry(120, 7)
    assert make_registry(120, 7) != make_registry(120, 8)


@pytest.mark.parametrize("schools", [1, 2, 5, 101, 300, 999])
def test_there_are_as_many_schools_as_asked_for_with_codes_of_their_own(schools):
    codes = [school.school_code for school in make_registry(schools, 1).schools]
    assert len(set(codes)) == schools
    assert all(code.startswith("SIM") for code in codes)


def test_no_registry_without_schools():
    with pytest.raises(ValueError, match="at least one"):
        make_registry(0, 1)


def test_a_fifth_of_the_schools_are_the_kurdistan_ministrys(registry):
    expected = 7_585 / (28_986 + 7_585)
    assert share(registry.schools, lambda s: s.ministry_code == "krg") == pytest.approx(
        expected, abs=0.001
    )


def test_forty_percent_share_a_building_in_two_or_three_shifts(registry):
    in_building = Counter(school.building_code for school in registry.schools)
    shared = share(registry.schools, lambda s: in_building[s.building_code] > 1)
    assert shared == pytest.approx(0.40, abs=0.02)
    assert set(in_building.values()) == {1, 2, 3}


@pytest.mark.parametrize("ministry", ["federal", "krg"])
def test_levels_stand_in_the_ministrys_proportion(registry, ministry):
    own = [school for school in registry.schools if school.ministry_code == ministry]
    weights = proportions.MINISTRY_LEVELS[ministry]
    for level, weight in weights.items():
        expected = weight / sum(weights.values())
        assert share(own, lambda s, level=level: s.level_code == level) == pytest.approx(
            expected, abs=0.002
        )


@pytest.mark.parametrize("ministry", ["federal", "krg"])
def test_sexes_and_ownerships_stand_in_the_levels_proportion(registry, ministry):
    own = [school for school in registry.schools if school.ministry_code == ministry]
    for level in proportions.MINISTRY_LEVELS[ministry]:
        schools = [school for school in own if school.level_code == level]
        owners = proportions.OWNERSHIPS[ministry]
        owners = proportions.KINDERGARTEN_OWNERSHIPS if level == "kindergarten" else owners
        for trait, weights in (
            ("sex_code", proportions.SEXES[level]),
            ("ownership_code", owners),
        ):
            counts = Counter(getattr(school, trait) for school in schools)
            for code, weight in weights.items():
                expected = len(schools) * weight / sum(weights.values())
                assert abs(counts[code] - expected) < 1, (level, code)


def test_a_second_shift_is_at_noon_for_the_most_part(registry):
    guests = [school for school in registry.schools if school.building_role_code == "guest"]
    in_building = Counter(school.building_code for school in guests)
    alone = [school for school in guests if in_building[school.building_code] == 1]
    expected = proportions.SECOND_SHIFTS["noon"] / 100
    assert share(alone, lambda s: s.session_code == "noon") == pytest.approx(expected, abs=0.04)


def test_governorates_stand_in_the_proportion_of_their_people(registry):
    """CSO 2018: Baghdad 8,126,755 and Basra 2,908,491 people, both with federal schools alone."""
    parents = {area.area_code: area.parent_code for area in read_areas()}
    counts = Counter(parents[school.area_code] for school in registry.schools)
    assert counts["IQG08"] / counts["IQG02"] == pytest.approx(8_126_755 / 2_908_491, rel=0.05)


def test_every_district_has_a_school_from_300_schools_on():
    districts = {area.area_code for area in read_areas() if area.area_level == "district"}
    assert {school.area_code for school in make_registry(300, 3).schools} == districts


def test_the_roll_outs_schools_have_as_many_pupils_as_the_countrys(registry):
    """12.3 million pupils in 37,000 schools."""
    mean = sum(school.pupil_count_last_year for school in registry.schools) / 3000
    assert mean == pytest.approx(12_300_000 / 37_000, rel=0.03)


def test_each_building_has_one_host_and_its_shifts_do_not_meet(registry):
    by_building = defaultdict(list)
    for school in registry.schools:
        by_building[school.building_code].append(school)
    assert set(by_building) == {building.building_code for building in registry.buildings}
    for schools in by_building.values():
        assert [school.building_role_code for school in schools].count("host") == 1
        assert len({school.session_code for school in schools}) == len(schools)
        assert len({(school.area_code, school.ministry_code) for school in schools}) == 1


def test_a_school_stands_in_its_buildings_district_within_20_kilometres(registry):
    from bridge.simulation.cells import read_places

    for building in registry.buildings:
        centre = read_places()[building.area_code]
        assert abs(building.latitude - centre.latitude) <= 0.15
        assert abs(building.longitude - centre.longitude) <= 0.15


def test_directorate_and_ministry_agree_and_the_directorate_is_a_department(registry):
    units = {unit.directorate_code: unit for unit in read_directorates()}
    for school in registry.schools:
        assert units[school.directorate_code].ministry_code == school.ministry_code
        assert units[school.directorate_code].directorate_level == "department"


def test_some_schools_are_run_from_another_governorate(registry):
    """Representations: a federal directorate's schools among displaced people in Kurdistan."""
    parents = {area.area_code: area.parent_code for area in read_areas()}
    assert any(
        school.ministry_code == "federal" and parents[school.area_code] == "IQG09"
        for school in registry.schools
    )


def test_grades_follow_the_level_and_some_primary_schools_go_to_grade_9(registry):
    grades = defaultdict(set)
    for school in registry.schools:
        grades[school.level_code].add((school.lowest_grade, school.highest_grade))
    assert grades["kindergarten"] == {(-1, 0)}
    assert grades["secondary"] == {(7, 12)}
    assert grades["basic"] == {(1, 9)}
    assert grades["primary"] == {(1, 6), (1, 9)}


def test_every_simulated_school_says_so(registry):
    for school in registry.schools:
        assert school.is_simulated
        assert school.name_ar.endswith("(تجريبية)")
        assert school.name_ckb.endswith("(تاقیکاری)")
        assert school.name_en.endswith("(simulated)")


def test_no_two_schools_of_a_district_have_the_same_name(registry):
    names = Counter((school.area_code, school.name_ar) for school in registry.schools)
    assert names.most_common(1)[0][1] == 1


@pytest.mark.parametrize(("record", "table"), [(Building, "building"), (School, "school_history")])
def test_records_have_the_columns_of_their_table(record, table):
    body = SQL.read_text().split(f"CREATE TABLE emis.{table} (")[1].split("\n);")[0]
    lines = (line.split() for line in body.splitlines() if line.startswith("  "))
    columns = {words[0] for words in lines if words[0] == words[0].lower()}
    for later in SQL.parent.parent.glob("*/*.sql"):
        columns |= set(
            re.findall(rf"ALTER TABLE emis\.{table} ADD COLUMN (\w+)", later.read_text())
        )
    assert {item.name for item in fields(record)} == columns


def test_the_list_of_schools_holds_strings_under_its_properties(registry):
    rows = entity_rows(registry)
    assert len(rows) == 3000
    # What has been received is known of the warehouse, and of no registry.
    assert set(rows[0]) | {"received"} == {"label", *SCHOOL_PROPERTIES}
    assert all(isinstance(value, str) for row in rows for value in row.values())


def test_the_list_names_schools_that_teach_in_kurdish_in_kurdish(registry):
    labels = {row["school_code"]: row["label"] for row in entity_rows(registry)}
    for school in registry.schools:
        name = school.name_ckb if school.language_code == "ckb" else school.name_ar
        assert labels[school.school_code] == name
    assert {"ckb", "kmr", "ar"} <= {school.language_code for school in registry.schools}


def test_the_governorate_of_the_list_is_the_parent_of_the_district(registry):
    parents = {area.area_code: area.parent_code for area in read_areas()}
    assert all(row["governorate"] == parents[row["district"]] for row in entity_rows(registry))


def test_each_form_has_a_round():
    rows = round_rows(default_rounds(2026))
    by_form = {row["form_id"]: row for row in rows}
    # Corrections belong to the round of what they correct.
    assert len(rows) == len(by_form)
    assert set(by_form) == set(load_catalogue()) - {"corrections"}
    days = {form_id: row["reference_date"] for form_id, row in by_form.items()}
    assert days.pop("monthly_return") == "2026-10-31"
    assert days.pop("year_end_results") == "2026-09-15"
    assert set(days.values()) == {"2026-11-01"}
    assert by_form["year_end_results"]["school_year"] == "2025"
    assert set(rows[0]) == {"label", *ROUND_PROPERTIES}


@pytest.mark.parametrize(
    ("today", "closes_on"),
    [
        (date(2026, 3, 1), date(2027, 8, 31)),
        (date(2026, 11, 27), date(2027, 8, 31)),
        (date(2027, 6, 2), date(2027, 8, 31)),  # 90 days before the 31st
        (date(2027, 6, 3), date(2028, 8, 31)),
        (date(2031, 1, 1), date(2031, 8, 31)),
    ],
)
def test_rounds_close_with_the_school_year_and_never_before_a_survey_can_be_sent(today, closes_on):
    assert {item.closes_on for item in default_rounds(2026, today)} == {closes_on}


def test_apportion_gives_the_largest_remainders_the_rest():
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert apportion(7, [0.5, 0.3, 0.2]) == [4, 2, 1]  # 3.5, 2.1, 1.4: one left over, to the .5


def test_deal_is_exact_and_shuffled():
    dealt = deal(make_draw("x"), 100, {"a": 3, "b": 1})
    assert Counter(dealt) == {"a": 75, "b": 25}
    assert dealt != sorted(dealt)
