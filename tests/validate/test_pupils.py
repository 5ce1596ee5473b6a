"""Pupils of a census: sums, ages, sexes, grades, sections, and last year."""

import pytest

from processing.normalize import normalize_slices
from processing.validate import validate_slices
from tests.warehouse.builder import NOW, YEAR

SCHOOLS = """
    school | grades | pupil_count_last_year
    S1     | 1..6   |
    S2     | 1..6   |
"""


def test_years_of_birth_make_the_total(rule_spec):
    # S1: 4 + 30 + 3 + 1 unknown = 38, not 37
    (arguments,) = rule_spec(
        "ages_make_the_total",
        schools=SCHOOLS,
        census="""
            school | grade | girls_age_m1 | girls_age_0 | girls_age_1 | girls_age_unknown | girls
            S1     | 1     |            4 |          30 |           3 |                 1 |    37
            S2     | 1     |            4 |          30 |           3 |                 1 |    38
        """,
        expect={"S1": ["/grades[1]/girls/total"]},
    )
    assert arguments == {"grade": "1", "sex": "female", "sum": 38, "total": 37}


def test_a_total_that_was_not_sent_contradicts_nothing(rule_spec):
    rule_spec(
        "ages_make_the_total",
        schools=SCHOOLS,
        census="""
            school | grade | girls_age_0
            S1     | 1     |          30
        """,
        expect={},
    )


def test_girls_and_boys_make_the_total(rule_spec):
    # girls 20 + 10 = 30, boys 15 + 5 = 20, pupils 30 + 20 = 50, sections 2, repeaters 1 + 2 = 3
    (arguments,) = rule_spec(
        "girls_and_boys_make_the_total",
        schools=SCHOOLS,
        census="""
            school | grade | girls | boys | sections | girls_repeaters | boys_repeaters
            S1     | 1     |    20 |   15 |        1 |               1 |
            S1     | 2     |    10 |    5 |        1 |                 |              2
        """,
        totals_girls=30,
        totals_boys=20,
        totals_pupils=51,
        totals_sections=2,
        totals_repeaters=3,
        expect={"S1": ["/totals/pupils"]},
    )
    assert arguments == {"field": "pupils", "total": 51, "sum": 30 + 20}


@pytest.mark.parametrize("count", [-1, 30001, 9223372036854775807])
def test_a_count_is_neither_negative_nor_beyond_any_school(rule_spec, count):
    rule_spec(
        "counts_are_possible",
        schools=SCHOOLS,
        census=f"""
            school | grade | girls_age_0 | girls_age_1 | boys
            S1     | 1     |     {count} |     {count} |   10
            S2     | 1     |           0 |       30000 |
        """,
        expect={"S1": ["/grades[1]/girls/age_0", "/grades[1]/girls/age_1"]},
    )


def test_each_grade_stands_once(rule_spec):
    rule_spec(
        "each_grade_once",
        schools=SCHOOLS,
        census="""
            school | grade | girls
            S1     | 1     |    10
            S1     | 1     |    10
            S2     |       |    10
            S2     | 99    |    10
            S2     | 1     |    10
        """,
        expect={"S1": ["/grades[2]/grade"], "S2": ["/grades[1]/grade", "/grades[2]/grade"]},
    )


def test_ages_suit_the_grade(rule_spec):
    # S1: 2 + 1 = 3 of 40 = 7.5 % > 5 %; S2: 2 of 40 = 5 %, and 2 pupils are too few to ask
    rule_spec(
        "age_within_bounds",
        schools=SCHOOLS,
        census="""
            school | grade | girls | girls_age_m2 | girls_age_6
            S1     | 1     |    40 |            2 |           1
            S2     | 1     |    40 |            1 |           1
        """,
        expect={"S1": ["/grades[1]/girls"]},
    )


def test_an_evening_school_teaches_adults(rule_spec):
    rule_spec(
        "age_within_bounds",
        schools="""
            school | grades | session_code
            S1     | 7..9   | evening
        """,
        census="""
            school | grade | girls | girls_age_6
            S1     | 7     |    40 |          25
        """,
        expect={},
    )


BY_SEX = """
    school | grades | sex_code
    S1     | 1..6   | girls
    S2     | 1..6   | mixed
"""
BOYS_IN_BOTH = """
    school | grade | girls | boys
    S1     | 1     |    20 |    3
    S2     | 1     |    20 |    3
"""


def test_boys_in_a_girls_school_are_asked_about(rule_spec):
    expect = {"S1": ["/grades[1]/boys"]}
    rule_spec("pupils_fit_the_sex_of_school", schools=BY_SEX, census=BOYS_IN_BOTH, expect=expect)


def test_boys_in_a_girls_school_are_true_where_the_head_says_so(rule_spec):
    rule_spec(
        "pupils_fit_the_sex_of_school",
        schools=BY_SEX,
        census=BOYS_IN_BOTH,
        identification_has_other_sex="yes",
        expect={},
    )


def test_grades_are_those_of_the_registry_not_of_the_level(rule_spec):
    # S2 is a primary with grades 7 to 9 attached
    rule_spec(
        "grades_fit_the_school",
        schools="""
            school | grades | level_code
            S1     | 1..6   | primary
            S2     | 1..9   | primary
        """,
        census="""
            school | grade | girls
            S1     | 7     |    10
            S1     | 8     |     0
            S2     | 7     |    10
        """,
        expect={"S1": ["/grades[1]/grade"]},
    )


def test_sections_are_plausible(rule_spec):
    # S1: 71 in one > 70; 5 sections for 4; none for 9. S2: 70 in one; a combined grade has none.
    rule_spec(
        "sections_plausible",
        schools=SCHOOLS,
        census="""
            school | grade | girls | sections | combined
            S1     | 1     |    71 |        1 | no
            S1     | 2     |     4 |        5 | no
            S1     | 3     |     9 |        0 | no
            S2     | 1     |    70 |        1 | no
            S2     | 2     |     1 |        1 | no
            S2     | 3     |     9 |        0 | yes
        """,
        expect={"S1": [f"/grades[{n}]/classes/sections" for n in (1, 2, 3)]},
    )


def test_change_against_last_year_finds_swapped_digits(rule_spec):
    # S1: 12 typed as 21 with 100 others: 121 against 100 = +21 %; S2: 119 = +19 %
    # S3: 40 - 10 = 30 pupils fewer in a small school; S4: 29; S5 is new
    rule_spec(
        "enrolment_change_plausible",
        schools="""
            school | grades | pupil_count_last_year
            S1     | 1..6   | 100
            S2     | 1..6   | 100
            S3     | 1..6   | 40
            S4     | 1..6   | 40
            S5     | 1..6   | 0
        """,
        census="""
            school | grade | girls | boys
            S1     | 1     |   100 |   21
            S2     | 1     |   100 |   19
            S3     | 1     |    10 |    0
            S4     | 1     |    11 |    0
            S5     | 1     |   300 |    0
        """,
        expect={"S1": ["/totals/pupils"], "S3": ["/totals/pupils"]},
    )


def test_last_year_is_the_census_that_landed_before_the_count_of_the_registry(warehouse):
    # The registry's file says 100; last year's census said 300: 310 is +3 %.
    warehouse.add_schools("school | grades | pupil_count_last_year\nS1 | 1..6 | 100")
    warehouse.add_round("school_census", "census-before", YEAR - 1)
    for period, girls in (("census-before", 300), ("census-2026", 310)):
        row = {"grade": 1, "girls_age_0": girls, "girls_total": girls}
        slices = [warehouse.send_return("school_census", "S1", period, grade_row=[row])]
        validate_slices(warehouse.connection, slices, NOW)
        normalize_slices(warehouse.connection, slices, NOW)
    found = warehouse.run(
        "SELECT period FROM quality.issue WHERE rule = 'enrolment_change_plausible'"
    )
    assert [row.period for row in found] == ["census-before"], "300 against the registry's 100"


def test_a_total_is_not_compared_with_sections_that_could_not_be_read(rule_spec):
    rule_spec(
        "girls_and_boys_make_the_total",
        schools=SCHOOLS,
        census="""
            school | grade | girls | sections
            S1     | 1     |    20 |
            S1     | 2     |    20 |        1
        """,
        totals_sections=2,
        expect={},
    )
