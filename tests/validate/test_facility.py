"""A facility return: counts, contradictions, the host's part, the place."""

import pytest

SCHOOLS = """
    school | grades | sex_code | building_role_code | building_code | pupil_count_last_year
    S1     | 1..6   | mixed    | host               | B1            | 401
    S2     | 1..6   | girls    | guest              | B1            | 400
"""


def check(rule_spec, rule, facility, expect):
    return rule_spec(rule, schools=SCHOOLS, facility=facility, expect=expect)


def test_counts_are_possible(rule_spec):
    check(
        rule_spec,
        "facility_counts_are_possible",
        """
        school | rooms_classrooms | sanitation_toilets | ict_computers_pupils
        S1     | -1               | 4                  | 30001
        S2     | 12               | 0                  | 30000
        """,
        {"S1": ["/ict/computers_pupils", "/rooms/classrooms"]},
    )


def test_usable_within_total(rule_spec):
    # S1: 2 + 2 + 1 = 5 usable of 4; S2: 2 + 2 = 4 of 4
    (arguments,) = check(
        rule_spec,
        "usable_within_total",
        """
        school | sanitation_toilets | sanitation_girls_usable | sanitation_boys_usable | sanitation_common_usable
        S1     | 4                  | 2                       | 2                      | 1
        S2     | 4                  | 2                       | 2                      |
        """,  # noqa: E501
        {"S1": ["/sanitation/toilets"]},
    )
    assert arguments == {"field": "sanitation/toilets", "usable": 2 + 2 + 1, "total": 4}


def test_toilets_fit_their_type(rule_spec):
    check(
        rule_spec,
        "toilets_fit_their_type",
        """
        school | sanitation_toilet_type | sanitation_toilets
        S1     | none                   | 3
        S2     | flush                  | 3
        """,
        {"S1": ["/sanitation/toilets"]},
    )


def test_a_school_without_a_toilet_is_true(rule_spec):
    check(
        rule_spec,
        "toilets_fit_their_type",
        """
        school | sanitation_toilet_type | sanitation_toilets
        S1     | none                   | 0
        S2     | none                   |
        """,
        {},
    )


def test_water_fits_its_source(rule_spec):
    check(
        rule_spec,
        "water_fits_its_source",
        """
        school | water_source | water_available
        S1     | none         | yes
        S2     | tanker_cart  | yes
        """,
        {"S1": ["/water/available"]},
    )


@pytest.mark.parametrize(
    ("sources", "in_lessons", "is_found"),
    [
        ("none grid", "no", True),
        ("none", "yes", True),
        ("none", "no", False),
        ("grid solar", "yes", False),
    ],
)
def test_power_fits_its_source(rule_spec, sources, in_lessons, is_found):
    check(
        rule_spec,
        "power_fits_its_source",
        f"""
        school | power_sources | power_in_lessons
        S1     | {sources}     | {in_lessons}
        """,
        {"S1": ["/power/sources"]} if is_found else {},
    )


def test_girls_have_their_own_toilet(rule_spec):
    check(
        rule_spec,
        "girls_have_their_own_toilet",
        """
        school | sanitation_girls_usable | sanitation_boys_usable
        S1     | 0                       | 3
        S2     | 1                       | 3
        """,
        {"S1": ["/sanitation/girls_usable"]},
    )


def test_pupils_per_toilet_are_plausible(rule_spec):
    # more than 200 a toilet: 401 on 2 are, 400 on 2 are not
    check(
        rule_spec,
        "pupils_per_toilet_plausible",
        """
        school | sanitation_girls_usable
        S1     | 2
        S2     | 2
        """,
        {"S1": ["/sanitation/toilets"]},
    )


def test_a_guest_does_not_answer_for_the_building(rule_spec):
    check(
        rule_spec,
        "facilities_belong_to_host",
        """
        school | water_source
        S1     | piped
        S2     | piped
        """,
        {"S2": ["/identification/building_role"]},
    )


def test_a_guest_may_dispute_what_the_host_reported(rule_spec):
    (arguments,) = check(
        rule_spec,
        "guest_confirms_the_building",
        """
        school | building_confirmed
        S1     | no
        S2     | no
        """,
        {"S2": ["/building_confirmed"]},
    )
    assert arguments == {"building": "B1"}


def test_the_place_is_near_the_registered_one(rule_spec):
    # a degree of latitude is 2 pi 6371 km / 360 = 111.2 km: 0.01 are 1,112 m, 0.008 are 890 m;
    # S3 states an accuracy of 200 m, S4 has no registered place
    (arguments,) = rule_spec(
        "gps_near_registered_place",
        schools="""
            school | grades | latitude | longitude
            S1     | 1..6   | 33.3     | 44.4
            S2     | 1..6   | 33.3     | 44.4
            S3     | 1..6   | 33.3     | 44.4
            S4     | 1..6   |          |
        """,
        facility="""
            school | latitude | longitude | location_gps_accuracy
            S1     | 33.31    | 44.4      | 10
            S2     | 33.308   | 44.4      | 10
            S3     | 33.31    | 44.4      | 200
            S4     | 33.31    | 44.4      | 10
        """,
        expect={"S1": ["/location/gps"]},
    )
    assert arguments == {"distance_m": 1112}
