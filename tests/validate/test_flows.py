"""Where the pupils of a grade came from: sums that must hold."""

SCHOOLS = """
    school | grades
    S1     | 1..6
    S2     | 1..6
"""


def test_repeaters_are_pupils_of_the_grade(rule_spec):
    (arguments,) = rule_spec(
        "repeaters_within_enrolment",
        schools=SCHOOLS,
        census="""
            school | grade | girls | girls_repeaters | boys | boys_repeaters
            S1     | 2     |    10 |              11 |    9 |              9
            S2     | 2     |    10 |              10 |    9 |              0
        """,
        expect={"S1": ["/grades[1]/flow/girls_repeaters"]},
    )
    assert arguments == {"grade": "2", "sex": "female", "repeaters": 11, "total": 10}


def test_all_who_came_in_are_within_enrolment(rule_spec):
    # S1: 6 repeaters + 3 transferred + 2 returners = 11 > 10; S2: 5 + 3 + 2 = 10
    rule_spec(
        "flows_within_enrolment",
        schools=SCHOOLS,
        census="""
            school | grade | boys | boys_repeaters | flow_boys_transferred_in | flow_boys_returners
            S1     | 3     |   10 |              6 |                        3 |                   2
            S2     | 3     |   10 |              5 |                        3 |                   2
        """,
        expect={"S1": ["/grades[1]/flow/boys_promoted"]},
    )


def test_too_many_repeaters_are_said_once(rule_spec):
    rule_spec(
        "flows_within_enrolment",
        schools=SCHOOLS,
        census="""
            school | grade | boys | boys_repeaters
            S1     | 3     |   10 |             11
        """,
        expect={},
    )


def test_nobody_is_promoted_into_the_first_grade_of_a_level(rule_spec):
    # S1: 20 girls, 12 + 5 new + 2 repeaters = 19; S2: 12 + 6 + 2 = 20
    rule_spec(
        "new_repeat_transfer_make_first_grade",
        schools=SCHOOLS,
        census="""
            school | grade | girls | girls_repeaters | entrants_girls_age_0 | entrants_girls_age_1
            S1     | 1     |    20 |               2 |                   12 |                    5
            S2     | 1     |    20 |               2 |                   12 |                    6
            S2     | 2     |    20 |               2 |                      |
        """,
        expect={"S1": ["/grades[1]/entrants"]},
    )
