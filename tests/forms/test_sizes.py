"""The smallest school that there is, the largest, and one without pupils, books or devices."""

import pytest

from tests.forms.answers import SESSION_ROOMS, census, facility, grade
from tests.forms.media import School
from tests.forms.returns import (
    connectivity,
    grades_of,
    monthly,
    quiet_month,
    results,
    textbooks,
    year_end,
)
from tests.forms.source import LANGUAGES
from tests.forms.staff import newcomer, staff
from tests.forms.submission import read_values
from tests.forms.updates import everything
from tests.forms.visits import ACTION, klass, lesson, visit

ALL_PASSED = {"enrolled": 2000, "passed": 2000}
ALL_GRADUATED = {"rounds": ["first"], "sat_first": 2000, "passed_first": 2000}
MANY_DEVICES = tuple(
    {"kind": "desktop", "serial": f"PC-{number}", "state": "working"} for number in range(30)
)


def _small_census(school: School) -> dict:
    return census(school, grade(1, {"age_0": 1}, {"age_1": 1}))


def _large_census(school: School) -> dict:
    most = {"age_0": 2000, "age_1": 2000}
    return census(school, *(grade(n, most, most, sections=99, reason_sections="x")
                            for n in grades_of(school)))  # fmt: skip


def _census_of_nobody(school: School) -> dict:
    grades = (grade(n, sections=0, reason_sections="x") for n in grades_of(school))
    return census(school, *grades)


def _large_building(school: School) -> dict:
    return facility(
        school,
        rooms=dict.fromkeys(("classrooms", "classrooms_usable", *SESSION_ROOMS), 500),
        sanitation={
            "toilet_type": "flush",
            "toilets": 500,
            "girls_usable": 200,
            "boys_usable": 200,
            "common_usable": 100,
        },
        ict={"computers_pupils": 2000, "internet": "office_only"},
    )


def _nothing_but_a_place(school: School) -> dict:
    return facility(
        school,
        structure={"built_as_school": "no", "material": "tent", "condition": "major_repair"},
        rooms=dict.fromkeys(("classrooms", "classrooms_usable", *SESSION_ROOMS), 0),
        water={"source": "none"},
        sanitation={"toilet_type": "none"},
        hygiene={"handwashing": "no"},
        power={"sources": ["none"]},
        ict={"computers_pupils": 0, "internet": "none"},
        access={"ramp": "no", "adapted_materials": "no"},
    )


def _large_year(school: School) -> dict:
    exams = {"girls_exam": ALL_GRADUATED, "boys_exam": ALL_GRADUATED}
    grades = (
        results(grade, school, ALL_PASSED, **(exams if grade in (6, 9, 12) else {}))
        for grade in grades_of(school)
    )
    return year_end(school, *grades)


def _month_of_size(school: School, start: int) -> dict:
    absent_days = 0 if start else None
    rows = (quiet_month(school, start=start, absent_days=absent_days) for _ in grades_of(school))
    return monthly(school, *rows)


def _large_books(school: School) -> dict:
    many = {"core": {"arabic_copies": 5000, "english_copies": 5000}}
    return textbooks(school, *(many for _ in grades_of(school)))


def _no_devices(school: School) -> dict:
    place = {"sockets": 0, "storage": "none", "device_count": 0}
    return connectivity(school, place=place, devices=None)


def _large_staff_without_a_list(school: School) -> dict:
    """Nobody is on the list yet: the registry has not loaded staff.csv."""
    rows = (newcomer(f"شخص {number}", staff_number=f"N-{number}") for number in range(120))
    return staff(
        school, roster={"new_count": 120}, newcomers=list(rows), totals={"reason_heads": "x"}
    )


def _nobody(school: School) -> dict:
    return staff(
        school,
        roster={"new_count": 0, "reason_roster": "x"},
        totals={"reason_heads": "x", "reason_no_teacher": "x"},
    )


def _largest_visit(school: School) -> dict:
    full = klass(school, girls_register=200, girls_present=200, boys_register=200, boys_present=200)
    return visit(
        school,
        *(full for _ in range(60)),
        observing={"lesson_count": 6},
        lessons=[lesson() for _ in range(6)],
        agreeing={"action_count": 10},
        actions=[{"action": ACTION} for _ in range(10)],
    )


def _visit_to_nobody(school: School) -> dict:
    counting = {"class_count": 0, "reason_no_count": "x"}
    none = dict.fromkeys(("female_due", "female_here", "male_due", "male_here"), 0)
    return visit(school, counting=counting, classes=None, staff=none)


# (form, code of the school, answers, totals that the tablet adds up)
RETURNS = (
    ("school_census", "ONE", _small_census, {"pupils": 2}),
    ("school_census", "ALL", _large_census, {"pupils": 16 * 8000, "sections": 16 * 99}),
    ("school_census", "MIXED", _census_of_nobody, {"pupils": 0, "sections": 0}),
    ("facility_return", "ONE", facility, {}),
    ("facility_return", "ALL", _large_building, {}),
    ("facility_return", "KG", _nothing_but_a_place, {}),
    ("school_update", "ONE", everything, {}),
    ("school_update", "ALL", everything, {}),
    ("school_update", "KG", everything, {}),
    ("year_end_results", "ONE", year_end, {"pupils": 60, "girls_promoted": 26}),
    ("year_end_results", "ALL", _large_year, {"pupils": 16 * 4000, "boys_graduates": 3 * 2000}),
    (
        "year_end_results",
        "ONE",
        lambda school: year_end(school, results(1, school, {"enrolled": 0})),
        {"pupils": 0, "girls_leavers": 0},
    ),
    ("monthly_return", "ONE", monthly, {"start": 60, "end": 62}),
    ("monthly_return", "ALL", lambda one: _month_of_size(one, 2000), {"end": 16 * 4000}),
    ("monthly_return", "KG", lambda one: _month_of_size(one, 0), {"end": 0, "absent_days": 0}),
    ("textbook_return", "ONE", textbooks, {"copies_in_hand": 4 * 28}),
    ("textbook_return", "VOCATIONAL", _large_books, {"copies_in_hand": 12 * 10000}),
    ("textbook_return", "KG", lambda one: textbooks(one, grades=None), {"copies_needed": 0}),
    ("connectivity_readiness", "ONE", connectivity, {"working": 1, "working_tablets": 1}),
    (
        "connectivity_readiness",
        "ALL",
        lambda one: connectivity(one, *MANY_DEVICES),
        {"working": 30, "working_tablets": 0},
    ),
    ("connectivity_readiness", "GUEST", _no_devices, {}),
    ("staff_return", "ALL", staff, {"people_here": 120, "teachers": 119, "heads": 1}),
    (
        "staff_return",
        "ONE",
        _large_staff_without_a_list,
        {"people_here": 120, "weekly_periods": 120 * 24},
    ),
    ("staff_return", "KG", _nobody, {"people_here": 0, "weekly_periods": 0}),
)
VISITS = (
    ("ONE", lambda one: visit(one, klass(one)), 14 + 13),
    ("ALL", _largest_visit, 60 * 400),
    ("KG", _visit_to_nobody, None),
)


@pytest.mark.parametrize(("form_id", "code", "answers", "totals"), RETURNS)
def test_a_school_of_any_size_can_finalize(forms, schools, form_id, code, answers, totals):
    filling = forms[form_id].new(LANGUAGES["ckb"]).fill(answers(schools[code]))
    values = read_values(filling.finalize())
    assert {name: int(values[f"totals/{name}"]) for name in totals} == totals
    assert values["identification/school"] == code


@pytest.mark.parametrize(("code", "answers", "present"), VISITS)
def test_a_visit_to_a_school_of_any_size_can_be_finalized(forms, schools, code, answers, present):
    filling = forms["inspection_visit"].new(LANGUAGES["ckb"]).fill(answers(schools[code]))
    values = read_values(filling.finalize())
    assert values.get("head_count/present") == (str(present) if present is not None else None)
    assert values["identification/school"] == code
