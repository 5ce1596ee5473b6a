"""Indicators of pupils: the expected number shows its sum."""

SCHOOLS = """
    school | level_code | grades | area_code | directorate_code | ownership_code
    S1     | basic      | 1..9   | Q11       | D1a              | government
    S2     | primary    | 1..6   | Q12       | D1b              | private
    S3     | primary    | 1..6   | Q21       | D2a              | religious
"""
CENSUS = """
    school | grade | girls_age_0 | girls_age_2 | girls_age_unknown | boys_age_0 | boys_age_6 | girls_repeaters | boys_repeaters | sections
    S1     | 1     |          40 |           3 |                 2 |         35 |          1 |               4 |              1 | 2
    S1     | 7     |          20 |             |                   |         10 |            |               2 |                | 1
    S2     | 1     |          10 |             |                   |         15 |            |                 |              3 | 1
    S3     | 6     |           8 |             |                   |          7 |            |                 |                | 1
"""  # noqa: E501

S1_GIRLS, S1_BOYS = 40 + 3 + 2 + 20, 35 + 1 + 10
GIRLS, BOYS = S1_GIRLS + 10 + 8, S1_BOYS + 15 + 7


def spec(indicator_spec, expect):
    indicator_spec(expect, schools=SCHOOLS, census=CENSUS)


def test_enrolment_counts_pupils_of_any_age(indicator_spec):
    spec(
        indicator_spec,
        {
            "enrolment": (GIRLS + BOYS, 3),
            "enrolment sex=female": (GIRLS, 3),
            "enrolment level=intermediate": (20 + 10, 1),
            "enrolment level=primary": (GIRLS + BOYS - 30, 3),
            "enrolment level=primary;sex=male": (BOYS - 10, 3),
            "enrolment level=kindergarten": None,
        },
    )


def test_sums_climb_both_trees(indicator_spec):
    spec(
        indicator_spec,
        {
            "enrolment @S1": (S1_GIRLS + S1_BOYS, 1),
            "enrolment @Q11": (S1_GIRLS + S1_BOYS, 1),
            "enrolment @G1": (S1_GIRLS + S1_BOYS + 25, 2),
            "enrolment @G2": (15, 1),
            "enrolment @D1a": (S1_GIRLS + S1_BOYS, 1),
            "enrolment @D1b": (25, 1),
            "enrolment @D1": (S1_GIRLS + S1_BOYS + 25, 2),
            "enrolment @D2": (15, 1),
            "female_share @G1": (S1_GIRLS + 10, S1_GIRLS + S1_BOYS + 25),
        },
    )


def test_female_share_and_parity(indicator_spec):
    spec(
        indicator_spec,
        {
            "female_share": (GIRLS, GIRLS + BOYS),
            "female_share level=intermediate": (20, 20 + 10),
            "gpi_enrolment": (GIRLS, BOYS),
            "gpi_enrolment @S2": (10, 15),
        },
    )


def test_adjusted_parity_is_formed_from_the_sums_of_each_unit(indicator_spec):
    # F <= M: F/M. F > M: 2 - M/F = (2F - M)/F. Sums of schools' own adjusted pairs would be wrong.
    spec(
        indicator_spec,
        {
            "gpi_enrolment_adjusted @S2": (10, 15),
            "gpi_enrolment_adjusted @S1": (2 * S1_GIRLS - S1_BOYS, S1_GIRLS),
            "gpi_enrolment_adjusted": (2 * GIRLS - BOYS, GIRLS),
        },
    )


def test_a_girls_school_has_no_parity_of_its_own_but_counts_in_its_area(indicator_spec):
    indicator_spec(
        schools="school | sex_code\nS1 | girls\nS2 | boys",
        census="school | grade | girls_age_0 | boys_age_0\nS1 | 1 | 30 |\nS2 | 1 | | 40",
        expect={
            "gpi_enrolment @S1": (30, 0),
            "gpi_enrolment_adjusted @S1": (30, 0),
            "gpi_enrolment": (30, 40),
            "gpi_enrolment_adjusted": (30, 40),
        },
    )


def test_repeater_share_is_of_this_years_pupils(indicator_spec):
    spec(
        indicator_spec,
        {
            "repeater_share": (4 + 1 + 2 + 3, GIRLS + BOYS),
            "repeater_share sex=male": (1 + 3, BOYS),
            "repeater_share level=intermediate": (2, 30),
        },
    )


def test_over_age_is_two_years_and_more_among_known_ages(indicator_spec):
    spec(
        indicator_spec,
        {
            "over_age_share": (3 + 1, GIRLS + BOYS - 2),
            "over_age_share level=primary;sex=female": (3, GIRLS - 20 - 2),
            "age_unknown_share": (2, GIRLS + BOYS),
            "age_unknown_share level=intermediate": (0, 30),
        },
    )


def test_private_schools_are_private_and_foreign_not_religious(indicator_spec):
    spec(indicator_spec, {"private_share": (25, GIRLS + BOYS), "private_share @S3": (0, 15)})


def test_pupils_per_section(indicator_spec):
    spec(
        indicator_spec,
        {
            "pupils_per_section": (GIRLS + BOYS, 2 + 1 + 1 + 1),
            "pupils_per_section level=intermediate": (30, 1),
        },
    )


def test_combined_grades_share_a_section(indicator_spec):
    indicator_spec(
        schools="school | grades\nS1 | 1..6",
        census="""
            school | grade | girls_age_0 | sections | combined
            S1     | 1     |           7 |        1 | yes
            S1     | 2     |           5 |        0 | yes
        """,
        expect={"pupils_per_section": (7 + 5, 1)},
    )


def test_new_entrants_at_the_official_age_among_known_ages(indicator_spec):
    indicator_spec(
        schools="school | grades\nS1 | 1..6",
        census="""
            school | grade | girls_age_0 | entrants_girls_age_m1 | entrants_girls_age_0 | entrants_girls_age_1 | entrants_girls_age_unknown
            S1     | 1     |          40 |                     2 |                   30 |                    3 |                          1
        """,  # noqa: E501
        expect={
            "official_age_entry_share": (30, 2 + 30 + 3),
            "official_age_entry_share sex=female": (30, 35),
        },
    )


def test_transferred_in(indicator_spec):
    indicator_spec(
        schools="school | grades\nS1 | 1..6",
        census="school | grade | boys_age_0 | flow_boys_transferred_in\nS1 | 2 | 40 | 6",
        expect={"transferred_in_share": (6, 40), "transferred_in_share sex=male": (6, 40)},
    )
