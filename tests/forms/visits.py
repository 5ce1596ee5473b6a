"""Answers of a supervisor in the inspection visit; what a test does not say is a quiet visit."""

from config.codes import read_codes
from tests.forms.answers import changed, round_of
from tests.forms.media import ACTIONS, School, visit_of

VISIT_DATE = "2026-11-01"
COUNTED = {"girls_register": 15, "girls_present": 14, "boys_register": 14, "boys_present": 13}
AT_SCHOOL = {"gps": (33.35, 43.78, 50, 6)}
STAFF_DUE = {"female_due": 5, "female_here": 5, "male_due": 3, "male_here": 3}
WASH = {
    "water_now": "yes",
    "girls_toilets": 2,
    "boys_toilets": 2,
    "common_toilets": 0,
    "soap_water_now": "both",
}
ACTION = {"what": "تنظيف خزان الماء", "owner": "head", "due_date": "2026-12-15"}
HEAD = {"head_name": "مدير المدرسة", "signature": "signature.png"}
SAID = {"head_remarks": "سنصلح الباب هذا الشهر"}
SEEN = {"action_note": "الباب في مكانه"}


def visit(school: School, *classes: dict, **changes) -> dict:
    """Two classes counted, all open actions done, nothing new agreed. changes: by group."""
    classes = classes or (klass(school), klass(school))
    counting = {"class_count": len(classes), "all_counted": "yes"}
    answers = {
        "identification": first_screen(school),
        "arrival": {"session_visited": "morning", "is_open": "yes", "head_present": "yes"},
        "location": AT_SCHOOL,
        "counting": counting,
        "classes": [{"class": one} for one in classes],
        "staff": STAFF_DUE,
        "safety": {"hazards": ["none"]},
        "wash": WASH,
        "agreeing": {"action_count": 0},
        "head": HEAD,
        "declaration": {"confirmed": "OK"},
    }
    if visit_of(school).is_certified == "yes":
        answers["observing"] = {"lesson_count": 0}
    if earlier := [one for one in ACTIONS if one.school_code == school.school_code]:
        answers["earlier_actions"] = [{"earlier_action": {"action_state": "closed"}}] * len(earlier)
    return changed(answers, changes)


def closed_school(school: School, **changes) -> dict:
    """The supervisor stands before a locked gate."""
    arrival = {"session_visited": "morning", "is_open": "no", "closure_reason": "strike"}
    none = dict.fromkeys(("counting", "classes", "staff", "observing"))
    return visit(school, arrival=arrival, head={"reason_signature": "x"}, **none | changes)


def first_screen(school: School, has_other_sex: str = "no") -> dict:
    other = {} if school.sex == "mixed" else {"has_other_sex": has_other_sex}
    return {
        "governorate": school.governorate,
        "district": school.district,
        "visit": f"V-{school.school_code}",
        "round": round_of("V", school),
        "visit_date": VISIT_DATE,
        "is_announced": "no",
        **other,
    }


def unplanned_visit(school: School, **changes) -> dict:
    """The school is chosen among those of the directorate."""
    first = first_screen(school) | {"other_school": school.school_code}
    del first["visit"]
    return visit(school, **{"identification": first, "observing": None} | changes)


def klass(school: School, **more) -> dict:
    """One class counted: 14 of 15 girls and 13 of 14 boys are there, as far as the sex has any."""
    sexes = ("girls", "boys") if school.sex == "mixed" else (school.sex,)
    counts = {name: n for name, n in COUNTED.items() if name.startswith(sexes)}
    return {"class_grade": school.lowest_grade} | counts | more


def lesson(**scores) -> dict:
    given = {element.code: 3 for element in read_codes("observation_element")} | scores
    return {"lesson": {"lesson_grade": 4, "lesson_subject": "science"} | given}


def eventful_visit(school: School) -> dict:
    """Every screen of a school that was open, with a lesson observed and an action agreed."""
    earlier = [one for one in ACTIONS if one.school_code == school.school_code]
    seen = {"action_state": "in_progress"} | SEEN
    return visit(
        school,
        klass(school, section="أ"),
        klass(school),
        staff=STAFF_DUE | {"male_here": 1, "absence_reasons": ["sick"]},
        observing={"lesson_count": 1},
        lessons=[lesson()],
        safety={
            "hazards": ["fire", "other"],
            "other_hazard": "بئر مكشوف",
            "safety_photo": "danger.jpg",
        },
        wash=WASH | {"wash_photo": "toilets.jpg"},
        earlier_actions=[{"earlier_action": seen}] * len(earlier) or None,
        head=HEAD | SAID,
        agreeing={"action_count": 1},
        actions=[{"action": ACTION}],
    )
