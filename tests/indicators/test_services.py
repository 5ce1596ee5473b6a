"""SDG 4.a.1 and what pupils share: facilities belong to the building."""

import pytest


def one(indicator_spec, indicator, facility, expected, school="S1 | primary | mixed"):
    """One school, its facility return in `name: value` pairs, and the indicator's pair."""
    heading, values = zip(*(pair.split(": ") for pair in facility.split(", ")), strict=True)
    indicator_spec(
        {indicator: expected},
        schools=f"school | level_code | sex_code\n{school}",
        facility=f"school | {' | '.join(heading)}\nS1 | {' | '.join(values)}",
    )


@pytest.mark.parametrize(
    ("facility", "expected"),
    [
        ("water_source: piped, water_available: yes", (1, 1)),
        ("water_source: tanker_cart, water_available: yes", (1, 1)),  # delivered is improved
        ("water_source: packaged, water_available: yes", (1, 1)),
        ("water_source: piped, water_available: no", (0, 1)),  # limited
        ("water_source: unprotected_well_spring, water_available: yes", (0, 1)),
        ("water_source: none, water_available: no", (0, 1)),
        ("water_source: piped, rooms_classrooms: 2", None),  # availability not answered
        ("water_source: barrel, water_available: yes", None),  # unknown code
    ],
)
def test_basic_water_is_improved_and_available(indicator_spec, facility, expected):
    one(indicator_spec, "basic_water", facility, expected)


GIRLS_1, BOYS_1, COMMON_1 = (
    "sanitation_girls_usable: {}, sanitation_boys_usable: {}, sanitation_common_usable: {}".format(
        *each
    )
    for each in ((1, 0, 0), (0, 1, 0), (0, 0, 1))
)
BOTH_1 = "sanitation_girls_usable: 1, sanitation_boys_usable: 1, sanitation_common_usable: 0"


@pytest.mark.parametrize(
    ("school", "toilet_type", "usable", "expected"),
    [
        ("S1 | primary | mixed", "flush", BOTH_1, (1, 1)),
        ("S1 | primary | mixed", "flush", GIRLS_1, (0, 1)),
        ("S1 | primary | mixed", "flush", COMMON_1, (0, 1)),
        ("S1 | primary | mixed", "pit_without_slab", BOTH_1, (0, 1)),
        ("S1 | primary | mixed", "none", COMMON_1.replace("1", "0"), (0, 1)),
        ("S1 | primary | girls", "composting", GIRLS_1, (1, 1)),
        ("S1 | primary | girls", "flush", BOYS_1, (0, 1)),
        ("S1 | primary | boys", "pit_with_slab", BOYS_1, (1, 1)),
        ("S1 | kindergarten | mixed", "flush", COMMON_1, (1, 1)),  # exempt from single-sex
        ("S1 | kindergarten | mixed", "bucket", COMMON_1, (0, 1)),
    ],
)
def test_basic_sanitation_is_improved_usable_and_single_sex(
    indicator_spec, school, toilet_type, usable, expected
):
    facility = f"sanitation_toilet_type: {toilet_type}, {usable}"
    one(indicator_spec, "basic_sanitation", facility, expected, school)


@pytest.mark.parametrize(
    ("indicator", "facility", "expected"),
    [
        ("basic_handwashing", "hygiene_handwashing: yes, hygiene_soap_water: both", (1, 1)),
        ("basic_handwashing", "hygiene_handwashing: yes, hygiene_soap_water: water_only", (0, 1)),
        ("basic_handwashing", "hygiene_handwashing: no", (0, 1)),
        ("basic_handwashing", "rooms_classrooms: 3", None),
        ("electricity", "power_sources: grid solar, power_in_lessons: yes", (1, 1)),
        ("electricity", "power_sources: grid, power_in_lessons: no", (0, 1)),
        ("electricity", "power_sources: none", (0, 1)),
        ("electricity", "rooms_classrooms: 3", None),
        ("internet", "ict_internet: teaching", (1, 1)),
        ("internet", "ict_internet: office_only", (0, 1)),
        ("internet", "ict_internet: none", (0, 1)),
        ("computers", "ict_computers_pupils: 1", (1, 1)),
        ("computers", "ict_computers_pupils: 0", (0, 1)),
        ("computers", "rooms_classrooms: 3", None),
        (
            "adapted_infrastructure",
            "access_ramp: yes, access_accessible_toilet: yes, access_adapted_materials: yes",
            (1, 1),
        ),
        (
            "adapted_infrastructure",
            "access_ramp: yes, access_accessible_toilet: yes, access_adapted_materials: no",
            (0, 1),
        ),
    ],
)
def test_a_service_is_there_or_not_or_not_known(indicator_spec, indicator, facility, expected):
    one(indicator_spec, indicator, facility, expected)


SHARED = """
    school | level_code   | grades | building_code | building_role_code
    S1     | primary      | 1..6   | B1            | host
    S2     | intermediate | 7..9   | B1            | guest
    S3     | secondary    | 7..12  | B3            | host
"""
ANSWERS = """
    school | water_source | water_available | rooms_classrooms_used_in_session | sanitation_toilet_type | sanitation_girls_usable | sanitation_boys_usable | sanitation_common_usable
    S1     | piped        | yes             | 10                               | flush                  | 2                       | 2                      | 1
    S2     |              |                 | 5                                |                        |                         |                        |
    S3     | surface      | yes             | 4                                | none                   |                         |                        |
"""  # noqa: E501


def test_every_school_of_the_building_gets_its_services(indicator_spec):
    indicator_spec(
        schools=SHARED,
        facility=ANSWERS,
        expect={
            "basic_water @S2": (1, 1),
            "basic_water": (1 + 1 + 0, 3),
            "basic_water level=primary": (1, 1),
            "basic_water level=intermediate": (1 + 0, 2),
            "basic_water level=preparatory": (0, 1),
        },
    )


def test_rooms_and_toilets_are_counted_by_session(indicator_spec):
    # toilets: S1 and S2 each use the 2 + 2 + 1 of their building; S3 has none
    indicator_spec(
        schools=SHARED,
        facility=ANSWERS,
        census="""
            school | grade | girls_age_0 | boys_age_0
            S1     | 1     |         200 |        150
            S2     | 7     |         100 |         80
            S3     | 7     |          60 |         60
        """,
        expect={
            "pupils_per_classroom @S1": (350, 10),
            "pupils_per_classroom": (350 + 180 + 120, 10 + 5 + 4),
            "pupils_per_usable_toilet": (350 + 180 + 120, 5 + 5 + 0),
            "share_double_shift": (1 + 1 + 0, 3),
            "share_double_shift level=intermediate": (1 + 0, 2),
            "share_double_shift @S3": (0, 1),
        },
    )


def test_grades_10_to_12_of_a_vocational_school_are_a_level_of_their_own(indicator_spec):
    indicator_spec(
        schools="school | level_code | grades\nS1 | vocational | 10..12",
        census="school | grade | boys_age_0\nS1 | 10 | 50",
        facility="school | ict_computers_pupils\nS1 | 9",
        expect={
            "enrolment level=vocational": (50, 1),
            "enrolment level=preparatory": None,
            "computers level=vocational": (1, 1),
        },
    )
