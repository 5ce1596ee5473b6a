"""Ordinary answers of any school in any form: as many as a whole return of that school needs."""

from collections.abc import Callable
from dataclasses import replace

from tests.forms.answers import census, facility, grade
from tests.forms.media import School
from tests.forms.returns import connectivity, grades_of, monthly, sexes_of, textbooks, year_end
from tests.forms.staff import listed, newcomer, staff
from tests.forms.updates import everything
from tests.forms.visits import first_screen, klass, visit

PUPILS = {"age_0": 12, "age_1": 3}
ENGLISH = {"core": {"english_copies": 28, "english_needed": 2}}
HEAD = newcomer("مدير", post="head", work="head")


def answers_to(form_id: str, school: School, *, has_other_sex: bool) -> dict:
    """has_other_sex: a school of boys that has girls, or the other way round."""
    if has_other_sex:
        return ANSWERS[form_id](replace(school, sex="mixed"), school)
    return ANSWERS[form_id](school, school)


def _census(counted: School, school: School) -> dict:
    counts = dict.fromkeys(sexes_of(counted), PUPILS)
    return census(
        counted, *(grade(n, **counts) for n in grades_of(school)), **_both(counted, school)
    )


def _textbooks(_, school: School) -> dict:
    """Of English, which every ministry teaches in grades 1 to 12; of grades 13 and 14 nothing."""
    rows = [ENGLISH if grade <= 12 else {} for grade in grades_of(school) if grade >= 1]
    return textbooks(school, *rows) if rows else textbooks(school, grades=None)


def _staff(_, school: School) -> dict:
    if listed(school):
        return staff(school)
    return staff(school, roster={"new_count": 1}, newcomers=[HEAD])


def _visit(counted: School, school: School) -> dict:
    first = first_screen(school, "yes" if counted != school else "no")
    return visit(school, klass(counted), identification=first)


def _both(counted: School, school: School) -> dict:
    return {"has_other_sex": "yes"} if counted != school else {}


# form_id -> answers of (the school as it counts its pupils, the school as the registry has it).
ANSWERS: dict[str, Callable[[School, School], dict]] = {
    "school_census": _census,
    "facility_return": lambda _, school: facility(school),
    "year_end_results": lambda counted, school: year_end(counted, **_both(counted, school)),
    "monthly_return": lambda counted, school: monthly(counted, **_both(counted, school)),
    "textbook_return": _textbooks,
    "connectivity_readiness": lambda _, school: connectivity(school),
    "staff_return": _staff,
    "inspection_visit": _visit,
    "school_update": lambda _, school: everything(school),
}
