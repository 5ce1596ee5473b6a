"""What a return says, as rows of the warehouse."""

from processing.normalize import normalize_slices
from tests.warehouse.builder import NOW, YEAR

CENSUS_SCHOOL = "school | grades\nS1 | 1..9"


def send(warehouse, census="", facility="", schools=CENSUS_SCHOOL):
    warehouse.add_schools(schools)
    if census:
        warehouse.send_census(census)
    if facility:
        warehouse.send_facility(facility)
    normalize_slices(warehouse.connection, warehouse.all_slices(), NOW)


def test_enrolment_is_the_sum_of_the_years_of_birth_and_promoted_is_the_rest(warehouse):
    # girls 30 + 5 + 1 unknown = 36; new 20 + 4 = 24; promoted 36 - 24 - 6 - 3 - 1 = 2
    send(
        warehouse,
        """
        school | grade | girls_age_0 | girls_age_1 | girls_age_unknown | entrants_girls_age_0 | entrants_girls_age_2 | girls_repeaters | flow_girls_transferred_in | flow_girls_returners
        S1     | 1     |          30 |           5 |                 1 |                   20 |                    4 |               6 |                         3 |                    1
        """,  # noqa: E501
    )
    (row,) = warehouse.run("SELECT * FROM emis.enrolment")
    assert (row.school_year, row.grade, row.sex_code) == (YEAR, 1, "female")
    assert (row.pupil_count, row.new_entrant_count, row.promoted_count) == (36, 24, 2)
    assert (row.repeater_count, row.transferred_in_count, row.returner_count) == (6, 3, 1)


def test_new_entrants_of_later_levels_are_one_number_and_other_grades_have_none(warehouse):
    send(
        warehouse,
        """
        school | grade | boys_age_0 | boys_new | boys_repeaters
        S1     | 7     |         25 |       20 |              5
        S1     | 8     |         25 |          |              5
        """,
    )
    rows = warehouse.run(
        "SELECT grade, new_entrant_count, promoted_count FROM emis.enrolment ORDER BY grade"
    )
    assert [tuple(row) for row in rows] == [(7, 20, 0), (8, None, 20)]


def test_ages_are_years_reached_on_the_last_day_of_the_year(warehouse):
    # intended age of grade 3 is 5 + 3 = 8
    send(
        warehouse,
        """
        school | grade | girls_age_m2 | girls_age_m1 | girls_age_0 | girls_age_5 | girls_age_6 | girls_age_unknown
        S1     | 3     |            1 |            2 |           3 |           4 |           5 |                 6
        """,  # noqa: E501
    )
    rows = warehouse.run(
        "SELECT age_band_code, age_from_years, age_to_years, pupil_count"
        " FROM emis.enrolment_by_age ORDER BY pupil_count"
    )
    assert [tuple(row) for row in rows] == [
        ("age_m2", None, 8 - 2, 1),
        ("age_m1", 8 - 1, 8 - 1, 2),
        ("age_0", 8, 8, 3),
        ("age_5", 8 + 5, 8 + 5, 4),
        ("age_6", 8 + 6, None, 5),
        ("age_unknown", None, None, 6),
    ]


def test_a_sex_that_was_not_asked_has_no_row_and_one_that_is_absent_has_none_of_it(warehouse):
    send(
        warehouse,
        """
        school | grade | girls_age_0 | boys_age_0
        S1     | 2     |          10 |
        S1     | 3     |          10 |          0
        """,
    )
    rows = warehouse.run("SELECT grade, pupil_count FROM emis.enrolment WHERE sex_code = 'male'")
    assert [tuple(row) for row in rows] == [(3, 0)]


def test_what_cannot_be_a_count_is_not_answered_and_stops_nobody(warehouse):
    # without rules in between, as after somebody waived the issue
    send(
        warehouse,
        """
        school | grade | girls_age_0         | girls_age_1 | girls_repeaters | sections
        S1     | 2     | 9223372036854775807 |          10 |              -5 | -1
        S1     | 99    |                  10 |             |                 | 1
        """,
    )
    (row,) = warehouse.run("SELECT * FROM emis.enrolment")
    assert (row.grade, row.pupil_count, row.repeater_count) == (2, 10, 0)
    assert warehouse.run("SELECT * FROM emis.grade_section") == []


SHARED = """
    school | building_code | building_role_code
    S1     | B1            | host
    S2     | B1            | guest
"""


def test_facilities_are_the_hosts_answer_and_sessions_are_each_schools(warehouse):
    send(
        warehouse,
        schools=SHARED,
        facility="""
            school | rooms_classrooms | rooms_classrooms_used_in_session | water_source | water_available | sanitation_toilets | power_sources | power_in_lessons | ict_computers_pupils | access_ramp | latitude | longitude
            S1     | 12               | 10                               | piped        | yes             | 6                  | grid solar    | no               | 15                   | no          | 33.3     | 444
            S2     | 99               | 8                                | surface      | no              |                    |               |                  |                      |             |          |
        """,  # noqa: E501
    )
    (row,) = warehouse.run("SELECT * FROM emis.facility")
    assert (row.building_code, row.answered_by_school_code) == ("B1", "S1")
    assert (row.classroom_count, row.water_source_code, row.is_water_available) == (
        12,
        "piped",
        True,
    )
    assert (row.toilet_count, row.computer_pupil_count, row.has_ramp) == (6, 15, False)
    assert (row.power_source_codes, row.is_power_available_in_lessons) == (["grid", "solar"], False)
    assert (row.latitude, row.longitude) == (33.3, None)
    rows = warehouse.run(
        "SELECT school_code, building_code, classroom_used_count FROM emis.facility_session"
        " ORDER BY school_code"
    )
    assert [tuple(row) for row in rows] == [("S1", "B1", 10), ("S2", "B1", 8)]


def test_what_the_building_is_comes_from_the_host_alone(warehouse):
    send(
        warehouse,
        schools=SHARED,
        facility="""
            school | structure_built_as_school | structure_material | structure_condition | rooms_toilets_used_in_session
            S1     | no                        | tent               | unsafe              | 3
            S2     |                           |                    |                     | 2
        """,  # noqa: E501
    )
    (row,) = warehouse.run(
        "SELECT is_built_as_school, material_code, condition_code FROM emis.facility"
    )
    assert tuple(row) == (False, "tent", "unsafe")
    rows = warehouse.run(
        "SELECT school_code, toilet_used_count FROM emis.facility_session ORDER BY school_code"
    )
    assert [tuple(row) for row in rows] == [("S1", 3), ("S2", 2)]


def test_a_guests_return_touches_every_school_of_the_building(warehouse):
    send(warehouse, schools=SHARED, facility="school | water_source\nS1 | piped")
    slices = warehouse.send_facility("school | rooms_classrooms_used_in_session\nS2 | 8")
    report = normalize_slices(warehouse.connection, slices, NOW)
    assert report.touched == (("S1", YEAR), ("S2", YEAR))
    (row,) = warehouse.run("SELECT water_source_code FROM emis.facility")
    assert row.water_source_code == "piped"


def test_a_building_whose_host_withdraws_has_no_facilities(warehouse):
    send(warehouse, schools=SHARED, facility="school | sent | water_source\nS1 | a | piped")
    warehouse.change_submission("a", deleted_at=NOW)
    normalize_slices(warehouse.connection, warehouse.all_slices(), NOW)
    assert warehouse.run("SELECT * FROM emis.facility") == []
