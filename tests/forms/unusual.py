"""Answers beside which a form asks for a reason, where no other return of these tests gives any."""

from collections.abc import Callable

from tests.forms.answers import census, everyone_special, grade
from tests.forms.media import School
from tests.forms.returns import (
    DEVICE,
    PASSED,
    connectivity,
    grades_of,
    month_of,
    monthly,
    results,
    year_end,
)
from tests.forms.staff import LESSON, LINE, NOBODY_ELSE, newcomer, people, staff
from tests.forms.updates import update
from tests.forms.visits import STAFF_DUE, klass, visit

PERIODS = 31
"""A week of more than 30 periods is explained."""


def _two_pupils_with_everything(school: School) -> dict:
    return census(school, grade(1, {"age_0": 1}, {"age_0": 1}), special=everyone_special(school))


def _one_graduate_too_many(school: School) -> dict:
    """24 of each sex graduated, 23 passed grade 6."""
    ordinary = [results(number, school) for number in range(1, 6)]
    return year_end(school, *ordinary, results(6, school, PASSED | {"passed": 23, "failed": 5}))


def _more_absent_than_present(school: School) -> dict:
    """800 of (60 + 4) × 22 days."""
    return monthly(school, *(month_of(school, absent_days=400) for _ in grades_of(school)))


def _nothing_as_usual(school: School) -> dict:
    """Nothing measured, 500 dinars a month, 40 hours of power a day, a device without a number."""
    device = {name: said for name, said in DEVICE.items() if name != "serial"}
    networks = ("zain", "asiacell", "korek")
    return connectivity(
        school,
        device,
        signal={f"{one}_network": "not_measured" for one in networks},
        internet={"connection": "mobile", "monthly_cost_iqd": 500},
        power={
            "sources": ["grid", "community_generator"],
            "grid_hours": 20,
            "community_generator_hours": 20,
            "lesson_hours": 4,
        },
    )


def _news_of_nobody(school: School) -> dict:
    return staff(school, roster=NOBODY_ELSE)


def _many_periods(school: School) -> dict:
    """Of P2, and of somebody new who has the number of P2."""
    taught = [{"line": LINE | {"line_periods": PERIODS}}]
    lesson = LESSON | {"lesson_periods": PERIODS}
    return staff(
        school,
        roster={"has_changes": "yes", "changed_people": ["P2"], "new_count": 1},
        in_service={"any_trained": "no"},
        people=people(
            school, P2={"change": {"changes": ["teaching"], "line_count": 1}, "teaching": taught}
        ),
        newcomers=[newcomer(staff_number="12", lessons=(lesson,))],
    )


def _half_of_the_census(school: School) -> dict:
    """29 in the registers of 58 in the census; ten women are due where nine people are listed."""
    due = STAFF_DUE | {"female_due": 10, "female_here": 10}
    return visit(school, klass(school), staff=due, location=None)


def _far_away(school: School) -> dict:
    return update(school, "coordinates", location={"gps": (33.40, 43.78, 0, 5)})


UNUSUAL: dict[str, tuple[tuple[str, Callable[[School], dict]], ...]] = {
    "school_census": (("ONE", _two_pupils_with_everything),),
    "facility_return": (),
    "year_end_results": (("MIXED", _one_graduate_too_many),),
    "monthly_return": (("MIXED", _more_absent_than_present),),
    "textbook_return": (),
    "connectivity_readiness": (("MIXED", _nothing_as_usual),),
    "staff_return": (("MIXED", _news_of_nobody), ("MIXED", _many_periods)),
    "inspection_visit": (("MIXED", _half_of_the_census),),
    "school_update": (("MIXED", _far_away),),
}
"""form_id -> (code of a school in tests/forms/conftest.py, its answers)."""
