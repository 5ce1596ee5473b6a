"""The limits of every constrained question: taken just inside, refused just outside.

`CASES` has for each form the answers beside which the limits hold, and path -> (taken, refused).
"""

from collections.abc import Callable
from dataclasses import dataclass

from config.codes import read_codes
from tests.forms.answers import census, everyone_special, facility, grade
from tests.forms.media import School
from tests.forms.returns import (
    SAT,
    connectivity,
    monthly,
    results,
    teachers,
    textbooks,
    year_end,
)
from tests.forms.staff import many_changes
from tests.forms.updates import closing, everything, opening
from tests.forms.visits import closed_school, eventful_visit, unplanned_visit

Limits = dict[str, tuple[list, list]]
AGES = ("m2", "m1", "0", "1", "2", "3", "4", "5", "6", "unknown")
SEXES = ("girls", "boys")
FULL = {
    "age_m2": 1, "age_m1": 2, "age_0": 10, "age_1": 3, "age_2": 2, "age_3": 1, "age_4": 1,
    "age_5": 1, "age_6": 1, "age_unknown": 1,
}  # fmt: skip
TOTAL = 1 + 2 + 10 + 3 + 2 + 1 + 1 + 1 + 1 + 1


@dataclass(frozen=True)
class Case:
    """school: its code; answers: what it fills; limits: path -> (taken, refused).

    otherwise: answers that meet what `answers` does not, where a form has several ways.
    """

    school: str
    answers: Callable[[School], dict]
    limits: Limits
    otherwise: tuple[Callable[[School], dict], ...] = ()


def upto(highest: int, lowest: int = 0) -> tuple[list, list]:
    """A box for whole numbers."""
    return [lowest, highest], [lowest - 1, highest + 1]


def codes(list_name: str) -> list[str]:
    """The codes of a list but `none`."""
    return [one.code for one in read_codes(list_name) if one.code != "none"]


def _full_census(school: School) -> dict:
    """Grades 1 to 7, every box of ages filled; grade 3 also has 5 + 4 who repeat or moved in."""
    moved = FULL | {"repeaters": 5, "transferred_in": 4}
    counts = [moved if number == 3 else FULL for number in range(1, 8)]
    grades = (grade(n, one, one) for n, one in enumerate(counts, start=1))
    return census(school, *grades, special=everyone_special(school, levels=2))


def _held_elsewhere(_: School) -> dict:
    """By a school whose pupils have their record elsewhere."""
    differs = {"held_answer": "differs", "reason_held": "نقل"}
    return census(School("HELD"), grade(1, FULL, FULL), elsewhere=differs)


def _census_limits(sex: str) -> Limits:
    return {
        **{f"grades/{sex}/age_{age}": upto(2000) for age in AGES},
        f"grades/entrants/{sex}_age_m1": upto(1 + 2),
        f"grades/entrants/{sex}_age_0": upto(10),
        f"grades/entrants/{sex}_age_1": upto(3),
        f"grades/entrants/{sex}_age_2": upto(2 + 1 + 1 + 1 + 1),
        f"grades/entrants/{sex}_age_unknown": upto(1),
        f"grades/entrants/{sex}_kindergarten": upto(TOTAL),
        f"grades[7]/flow/{sex}_new": upto(TOTAL),
        f"grades[2]/flow/{sex}_repeaters": upto(TOTAL),
        f"grades[2]/flow/{sex}_transferred_in": upto(TOTAL),
        f"grades[2]/flow/{sex}_returners": upto(TOTAL),
        f"grades[3]/flow/{sex}_repeaters": upto(TOTAL - 4),
        f"grades[3]/flow/{sex}_transferred_in": upto(TOTAL - 5),
        f"grades[3]/flow/{sex}_returners": upto(TOTAL - 5 - 4),
        **{f"leavers_{sex}/{code}": upto(2000) for code in codes("leaver_reason")},
        **{
            f"levels[2]/difficulties/{sex}_{code}": upto(2000)
            for code in codes("disability_domain")
        },
        f"levels[2]/displacement/{sex}_displaced": upto(2000),
    }


# Beside 8 classrooms, and 6 toilets of which 2 + 2 + 1 are usable.
FACILITY_LIMITS: Limits = {
    "last_return/changed": ([["none"], ["rooms", "water"]], [["none", "rooms"]]),
    "rooms/classrooms": upto(500),
    "rooms/classrooms_usable": upto(8),
    "rooms/classrooms_used_in_session": upto(500),
    "rooms/toilets_used_in_session": upto(500),
    "sanitation/toilets": ([1, 500], [0, -1, 501]),
    "sanitation/girls_usable": upto(6),
    "sanitation/boys_usable": upto(6),
    "sanitation/common_usable": upto(6 - 2 - 2),
    "ict/computers_pupils": upto(2000),
    "power/sources": ([["none"], ["grid", "solar"]], [["none", "solar"], ["grid", "none"]]),
    "location/gps": (
        [(29, 38.7, 0, 5), (37.5, 48.7, 0, 5)],
        [(28.9, 44, 0, 5), (37.6, 44, 0, 5), (33, 38.6, 0, 5), (33, 48.8, 0, 5), (0, 0, 0, 5)],
    ),
}


def _everything_changed(school: School) -> dict:
    """Of a host that knows its last return; any other is not asked what has changed."""
    topics = codes("building_topic") if school.building_facts else []
    return facility(school, last_return={"changed": topics} if topics else None)


LEFT_EARLY = {"enrolled": 30, "passed": 20, "struck_off": 3, "left": 5}
THREE_ROUNDS = SAT | {
    "rounds": ["first", "second", "third"],
    "sat_third": 4,
    "passed_third": 0,
}


def _year_with_leavers(school: School) -> dict:
    """Grade 6 sat three rounds; from grade 1 of each sex 3 + 5 are gone, 4 of them explained."""
    grades = [results(n, school) for n in range(1, 7)]
    grades[0] = results(1, school, LEFT_EARLY, reason_outcomes="x")
    grades[5] = results(6, school, girls_exam=THREE_ROUNDS, boys_exam=THREE_ROUNDS)
    gone = {f"leavers_{sex}": {"married": 4, f"reason_{sex}_leavers": "x"} for sex in SEXES}
    return year_end(school, *grades, **gone)


def _year_limits(sex: str) -> Limits:
    """Grade 1: 20 + 3 + 5 of 30. Grade 6: 30 on the register, 20 passed first, 4 second."""
    rest = 30 - 20 - 3 - 5
    exam = f"grades[6]/{sex}_exam"
    return {
        f"grades/{sex}/enrolled": upto(2000),
        f"grades/{sex}/passed": upto(20 + rest),
        f"grades/{sex}/struck_off": upto(3 + rest),
        f"grades/{sex}/left": upto(5 + rest),
        **{f"grades/{sex}/{code}": upto(rest)
           for code in ("passed_carrying", "failed", "deferred_absent")},
        f"{exam}/rounds": ([["none"], ["first", "third"]], [["none", "first"]]),
        f"{exam}/sat_first": upto(30),
        f"{exam}/passed_first": upto(28),
        f"{exam}/sat_second": upto(30 - 20),
        f"{exam}/passed_second": upto(8),
        f"{exam}/sat_third": upto(30 - 20 - 4),
        f"{exam}/passed_third": upto(4),
        **{f"leavers_{sex}/{code}": upto(3 + 5 - (0 if code == "married" else 4))
           for code in codes("leaver_reason")},
    }  # fmt: skip


LOST = codes("closure_reason")
ABSENT = codes("teacher_absence")
HELD = 30 - len(LOST) - 2
"""November has 30 days; a day is lost for each reason, and 2 are left over."""


def _month_with_everything(school: School) -> dict:
    """Each reason for a lost day and for an absence; 30 + 2 pupils a grade; 5 and 3 teachers."""
    absences = {f"female_{code}": 1 for code in ABSENT}
    absences |= {f"male_{code}": 1 for code in ABSENT if code != "maternity"}
    return monthly(
        school,
        days={"days_held": HELD, "lost_reasons": LOST},
        lost_days=dict.fromkeys(LOST, 1) | {"other_what": "x"},
        teachers=teachers(school, absent=ABSENT),
        teacher_absences=absences,
    )


def _month_that_is_known(_: School) -> dict:
    """By a school of which last month and its teachers are known."""
    return monthly(School("BOTH", last_month="2026-10", teachers_on_duty="5 3"))


def _month_limits(sex: str) -> Limits:
    return {
        f"grades/pupils/{sex}_start_typed": upto(2000),
        f"grades/pupils/{sex}_joined": upto(2000),
        f"grades/pupils/{sex}_left": upto(30 + 2),
        f"grades/pupils/{sex}_absent_days": upto((30 + 2) * HELD),
    }


MONTH_LIMITS: Limits = {
    **_month_limits("girls"),
    **_month_limits("boys"),
    "days/days_held": upto(30),
    "days/lost_reasons": ([["none"], ["weather", "security"]], [["none", "weather"]]),
    **{f"lost_days/{code}": upto(1 + 2, lowest=1) for code in LOST},
    "start_of_month/start_differs": ([["none"], ["1_girls", "6_boys"]], [["none", "1_boys"]]),
    "moves/moved": (
        [["none"], ["1_girls_joined", "6_boys_left"]],
        [["none", "1_girls_joined"]],
    ),
    "teachers/female_on_duty_typed": upto(500),
    "teachers/male_on_duty_typed": upto(500),
    "teachers/absence_reasons": ([["none"], ["sick", "duty"]], [["none", "sick"]]),
    **{f"teacher_absences/female_{code}": upto(5 * HELD - 4) for code in ABSENT},
    **{f"teacher_absences/male_{code}": upto(3 * HELD - 3) for code in ABSENT
       if code != "maternity"},
    "outages/water_days": upto(HELD),
    "outages/power_days": upto(HELD),
}  # fmt: skip

LANGUAGES_TAUGHT = ["kurdish", "turkmen", "syriac", "french"]
SUBJECT_GRADE = {"science": 6, "social_studies": 4, "vocational": 10}
"""The grade of a vocational school of grades 1 to 12 where a subject is tried; else grade 11."""


def _books_limits() -> Limits:
    screens = {"1": "core", "2": "further", "3": "more"}
    boxes = {
        f"grades[{SUBJECT_GRADE.get(subject.code, 11)}]"
        f"/{screens[subject.extra['textbook_screen']]}/{subject.code}_{count}": upto(5000)
        for subject in read_codes("subject")
        for count in ("copies", "needed")
    }
    return boxes | {"subjects/languages": ([["none"], ["syriac"]], [["none", "french"]])}


def _books_of_every_subject(school: School) -> dict:
    said = {"curriculum_typed": "federal", "languages": LANGUAGES_TAUGHT}
    return textbooks(school, subjects=said)


CONNECTIVITY_LIMITS: Limits = {
    **{f"signal/{code}_dbm": upto(-20, lowest=-160) for code in codes("mobile_operator")},
    "internet/monthly_cost_iqd": upto(100_000_000),
    "speed/download_mbps": ([0, 10000], [-0.1, 10000.1]),
    "speed/upload_mbps": ([0, 10000], [-0.1, 10000.1]),
    "speed/latency_ms": upto(60000),
    "power/sources": ([["none"], ["grid", "solar"]], [["none", "solar"], ["grid", "none"]]),
    **{f"power/{code}_hours": upto(24) for code in codes("power_source")},
    "power/lesson_hours": upto(24),
    "place/sockets": upto(1000),
    "place/device_count": upto(200),
    "devices/device/serial": (
        ["A12", "R9/x.1_2:3-4", "S" * 40],
        ["A1", "S" * 41, "A 12", "-A12", "٤٥٦", "مسلسل"],
    ),
    "devices/device/android_version": upto(30, lowest=4),
    "people/staff_trained": upto(500),
    "people/last_training": (["1990-01-01", "2028-12-31"], ["1989-12-31", "2029-01-01"]),
}


def _every_source(school: School) -> dict:
    """Each operator measured, each source of power at work."""
    hours = {f"{code}_hours": 5 for code in codes("power_source")}
    signal = {f"{code}_network": "4g" for code in codes("mobile_operator")}
    signal |= {f"{code}_dbm": -90 for code in codes("mobile_operator")}
    power = {"sources": codes("power_source"), **hours, "lesson_hours": 5}
    return connectivity(school, signal=signal, power=power)


STAFF_LIMITS: Limits = {
    "roster/new_count": upto(200),
    "people[2]/change/changes": ([["left"], ["post", "work"]], [["left", "post"]]),
    "people[2]/change/line_count": upto(20),
    "people[2]/teaching/line/line_periods": upto(48, lowest=1),
    "newcomers/newcomer/staff_number": (
        ["12", "A-7/2", "9" * 20],
        ["1", "9" * 21, "1 2", "-12", "١٢"],
    ),
    "newcomers/newcomer/birth_year": upto(2026 - 15, lowest=1940),
    "newcomers/background/lesson_count": upto(20),
    "newcomers/lessons/lesson/lesson_periods": upto(48, lowest=1),
}

# Two classes; 5 women and 3 men are due, 5 and 1 are there.
VISIT_LIMITS: Limits = {
    "identification/visit_date": (["2026-07-01", "2027-12-31"], ["2026-06-30", "2028-01-01"]),
    "arrival/closure_reason": (["strike"], ["none"]),
    "location/gps": FACILITY_LIMITS["location/gps"],
    "counting/class_count": upto(60),
    **{
        f"classes/class/{sex}_{what}": upto(200)
        for sex in SEXES
        for what in ("register", "present")
    },
    "staff/female_due": upto(500),
    "staff/male_due": upto(500),
    "staff/female_here": upto(5),
    "staff/male_here": upto(3),
    "staff/absence_reasons": ([["sick", "duty"]], [["none"], ["none", "sick"]]),
    "observing/lesson_count": upto(6),
    "safety/hazards": ([["none"], ["fire", "waste"]], [["none", "fire"]]),
    **{f"wash/{whose}_toilets": upto(500) for whose in (*SEXES, "common")},
    "agreeing/action_count": upto(10),
    "actions/action/due_date": (["2026-11-01", "2028-12-31"], ["2026-10-31", "2029-01-01"]),
}

CODE = (["B7", "9-A", "Z" * 20], ["B", "Z" * 21, "B 7", "-B7", "ب7"])
UPDATE_LIMITS: Limits = {
    "identification/changes": (
        [["opened"], ["closed"], ["head", "moved"]],
        [["opened", "head"], ["closed", "moved"]],
    ),
    "identification/effective_date": (["1950-01-01", "2028-12-31"], ["1949-12-31", "2029-01-01"]),
    "new_school/new_code": CODE,
    "new_school/highest_grade": ([1, 14], [0, -1]),
    "building_now/building_code": CODE,
    "location/gps": FACILITY_LIMITS["location/gps"],
}


CASES = {
    "school_census": Case(
        "TO7",
        _full_census,
        {
            "grades/classes/sections": upto(99),
            "special/special_groups": (
                [["none"], ["leavers", "displaced"]],
                [["none", "leavers"], ["difficulty", "none"]],
            ),
        }
        | _census_limits("girls")
        | _census_limits("boys"),
        (_held_elsewhere,),
    ),
    "facility_return": Case("RETURNED", _everything_changed, FACILITY_LIMITS),
    "year_end_results": Case(
        "MIXED", _year_with_leavers, _year_limits("girls") | _year_limits("boys")
    ),
    "monthly_return": Case("MIXED", _month_with_everything, MONTH_LIMITS, (_month_that_is_known,)),
    "textbook_return": Case("VOCATIONAL", _books_of_every_subject, _books_limits()),
    "connectivity_readiness": Case("MIXED", _every_source, CONNECTIVITY_LIMITS),
    "staff_return": Case("MIXED", many_changes, STAFF_LIMITS),
    "inspection_visit": Case(
        "MIXED", eventful_visit, VISIT_LIMITS, (closed_school, unplanned_visit)
    ),
    "school_update": Case("MIXED", everything, UPDATE_LIMITS, (opening, closing)),
}
