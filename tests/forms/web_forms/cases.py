"""Returns that both engines fill: each form in each of its ways, and with its lists empty."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.forms.answers import census, everyone_special, facility, facility_again, grade
from tests.forms.corrections import FLOW, answer_to, task
from tests.forms.limits import FULL
from tests.forms.media import School
from tests.forms.returns import (
    connectivity,
    grades_of,
    month_of,
    monthly,
    teachers,
    textbooks,
    year_end,
)
from tests.forms.staff import many_changes, newcomer, staff
from tests.forms.updates import closing, everything, opening
from tests.forms.visits import closed_school, eventful_visit, unplanned_visit, visit

TASKS = [task("a1-1", "MIXED", FLOW)]


@dataclass(frozen=True)
class Return:
    """school: its code in tests/forms/conftest.py."""

    name: str
    form_id: str
    school: str
    answers: Callable[[School], dict]

    def __str__(self) -> str:
        return f"{self.form_id}: {self.name}"


def _six_grades(school: School) -> dict:
    counts = FULL | {"repeaters": 2, "transferred_in": 1}
    return census(school, *(grade(n, counts, counts) for n in range(1, 7)))


def _everyone(school: School) -> dict:
    special = everyone_special(school, levels=2)
    return census(school, *(grade(n, FULL, FULL) for n in range(1, 8)), special=special)


def _kindergarten(school: School) -> dict:
    return census(school, grade(-1, FULL, FULL), grade(0, FULL, FULL))


def _boys(school: School) -> dict:
    return census(school, *(grade(n, boys=FULL) for n in range(1, 7)))


def _held_elsewhere(school: School) -> dict:
    differs = {"held_answer": "differs", "reason_held": "x"}
    return census(school, *(grade(n, FULL, FULL) for n in range(1, 7)), elsewhere=differs)


def _other_teachers(school: School) -> dict:
    return monthly(school, teachers=teachers(school, female=6))


def _another_start(school: School) -> dict:
    """Of the girls of grade 3 there are others than last month's form said."""
    grades = [month_of(school) for _ in grades_of(school)]
    grades[2] = month_of(school, girls_start_typed=29)
    return monthly(school, *grades)


def _no_books(school: School) -> dict:
    return textbooks(school, grades=None)


def _known_head(school: School) -> dict:
    return textbooks(school) | {"declaration": {"confirmed": "OK"}}


def _more_toilets(school: School) -> dict:
    return facility_again(school, "toilets", sanitation={"toilets": 9})


def _no_devices(school: School) -> dict:
    place = {"sockets": 0, "storage": "none", "device_count": 0}
    return connectivity(school, place=place, devices=None)


def _nobody_listed(school: School) -> dict:
    """Two have come; the second teaches nothing."""
    head = newcomer("ليلى", lessons=(), post="head", work="head", staff_number="9002")
    return staff(school, roster={"new_count": 2}, newcomers=[newcomer(), head])


def _nobody_at_all(school: School) -> dict:
    reasons = {"reason_heads": "x", "reason_no_teacher": "x"}
    return staff(school, roster={"new_count": 0, "reason_roster": "x"}, totals=reasons)


def _nobody_in_class(school: School) -> dict:
    none = dict.fromkeys(("female_due", "female_here", "male_due", "male_here"), 0)
    counting = {"class_count": 0, "reason_no_count": "x"}
    return visit(school, counting=counting, classes=None, staff=none)


def _corrected(school: School) -> dict:
    return answer_to(school, "a1-1", "corrected", value_2=3)


def _confirmed(school: School) -> dict:
    return answer_to(school, "a1-1", "confirmed")


RETURNS = (
    Return("six grades", "school_census", "MIXED", _six_grades),
    Return("leavers, difficulties, displaced", "school_census", "TO7", _everyone),
    Return("a kindergarten", "school_census", "KG", _kindergarten),
    Return("boys alone", "school_census", "BOYS", _boys),
    Return("pupils held elsewhere", "school_census", "HELD", _held_elsewhere),
    Return("a host", "facility_return", "MIXED", facility),
    Return("a guest", "facility_return", "GUEST", facility),
    Return("a host whose building is as it was", "facility_return", "RETURNED", facility_again),
    Return("a host with more toilets", "facility_return", "RETURNED", _more_toilets),
    Return("six grades", "year_end_results", "MIXED", year_end),
    Return("boys alone", "year_end_results", "BOYS", year_end),
    Return("numbers typed", "monthly_return", "MIXED", monthly),
    Return("one sex", "monthly_return", "GIRLS", monthly),
    Return("filled from the last month", "monthly_return", "KNOWN", monthly),
    Return("one number other than last month's", "monthly_return", "BOTH", _another_start),
    Return("other teachers than last month", "monthly_return", "BOTH", _other_teachers),
    Return("six grades", "textbook_return", "MIXED", textbooks),
    Return("a head who is known", "textbook_return", "HEADED", _known_head),
    Return("a kindergarten without books", "textbook_return", "KG", _no_books),
    Return("a tablet", "connectivity_readiness", "MIXED", connectivity),
    Return("no device", "connectivity_readiness", "GUEST", _no_devices),
    Return("nothing changed", "staff_return", "MIXED", staff),
    Return("many changes", "staff_return", "MIXED", many_changes),
    Return("nobody on the list", "staff_return", "KG", _nobody_listed),
    Return("nobody at all", "staff_return", "KG", _nobody_at_all),
    Return("a lesson, an action", "inspection_visit", "MIXED", eventful_visit),
    Return("a locked gate", "inspection_visit", "MIXED", closed_school),
    Return("nobody in class", "inspection_visit", "KG", _nobody_in_class),
    Return("outside the plan", "inspection_visit", "UNPLANNED", unplanned_visit),
    Return("all at once", "school_update", "MIXED", everything),
    Return("opened", "school_update", "MIXED", opening),
    Return("closed", "school_update", "MIXED", closing),
    Return("a number corrected", "corrections", "MIXED", _corrected),
    Return("confirmed", "corrections", "MIXED", _confirmed),
)
