"""Answers of a school in the staff return; what a test does not say is a staff without news."""

from tests.forms.answers import IDENTIFICATION, changed, declaration, identification, round_of
from tests.forms.media import STAFF, School

NOTHING_NEW = {"has_changes": "no"}
NOBODY_ELSE = {"has_changes": "yes", "new_count": 0}
NOBODY_TRAINED = {"any_trained": "no"}
LINE = {"line_level": "primary", "line_subject": "mathematics", "line_periods": 12}
LESSON = {"lesson_level": "primary", "lesson_subject": "class", "lesson_periods": 24}
ALL_FACTS = {
    "changes": ["post", "work", "teaching", "contract", "qualification"],
    "new_post": "subject_teacher",
    "new_work": "class_teacher",
    "new_attachment": "shared",
    "new_contract": "contract",
    "new_qualification": "bachelor",
    "new_institution": "education",
    "new_pedagogical": "yes",
    "line_count": 2,
}


def staff(school: School, **changes) -> dict:
    """Nothing new of anybody on the list; a school without a list has the newcomers that are said.

    changes: round, reason_round; roster, in_service, people, newcomers and others by group.
    """
    first = identification(school, round_of("S", school))
    first |= {name: changes.pop(name) for name in IDENTIFICATION if name in changes}
    answers = {"identification": first, "declaration": declaration()}
    if listed(school):
        answers |= _news(changes)
    return changed(answers, changes)


def _news(changes: dict) -> dict:
    """Who was trained is asked once it is said that something is new."""
    roster = changes.get("roster", NOBODY_ELSE if "in_service" in changes else NOTHING_NEW)
    training = {"in_service": NOBODY_TRAINED} if roster["has_changes"] == "yes" else {}
    return {"roster": roster, **training}


def listed(school: School) -> list[str]:
    """The codes of the people on the school's list."""
    return [one.assignment_code for one in STAFF if one.school_code == school.school_code]


def people(school: School, **by_code: dict) -> list[dict]:
    """The rows of the list; `by_code`: what is answered of some of them."""
    return [by_code.get(code, {}) for code in listed(school)]


def newcomer(name: str = "سارة", lessons: tuple[dict, ...] = (LESSON,), **more) -> dict:
    """A newly appointed class teacher. more: answers on the person, by question."""
    person = {
        "name": name,
        "staff_number": "9001",
        "sex": "female",
        "birth_year": 1999,
        "joined_how": "new_appointment",
        "post": "class_teacher",
        "work": "class_teacher",
        "attachment": "own",
        "contract": "permanent",
    }
    background = {
        "qualification": "bachelor",
        "institution": "basic_education",
        "pedagogical": "yes",
        "in_service_kinds": ["pedagogy", "ict"],
        "lesson_count": len(lessons),
    }
    rows = {"lessons": [{"lesson": one} for one in lessons]} if lessons else {}
    return {"newcomer": person | more, "background": background, **rows}


def many_changes(school: School) -> dict:
    """Of MIXED: P2 changed in all, P3 left, both were trained; two have come."""
    taught = [{"line": LINE}, {"line": LINE | {"line_subject": "science"}}]
    kinds = {"training_kinds": ["subject", "ict"]}
    left = {"changes": ["left"], "left_how": "moved"}
    return staff(
        school,
        roster={"has_changes": "yes", "changed_people": ["P2", "P3"], "new_count": 2},
        in_service={"any_trained": "yes", "trained_people": ["P2", "P3"]},
        people=people(
            school,
            P2={"change": ALL_FACTS, "teaching": taught, "training": kinds},
            P3={"change": left, "training": kinds},
        ),
        newcomers=[newcomer(), newcomer("ليلى", staff_number="9002")],
    )
