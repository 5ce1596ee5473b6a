"""What stands in the lists of the guide's pictures: two small schools that do not exist."""

import datetime as dt
from dataclasses import asdict, replace

from processing.feedback.words import received_text, task_row
from tests.forms.media import Action, Round, School, outside_plan, visit_of

SCHOOL = School(
    "S1001",
    "مدرسة الفرات الابتدائية للبنين (تجريبية)",
    sex="boys",
    highest_grade=2,
    last_month="2026-10",
    last_month_boys="31 28",
    teachers_on_duty="2 3",
)
OTHER = School("S1002", "مدرسة دجلة الابتدائية للبنات (تجريبية)", sex="girls")
IN_KURDISH = (
    "قوتابخانەی فوراتی سەرەتایی کوڕان (تاقیکاری)",
    "قوتابخانەی دیجلەی سەرەتایی کچان (تاقیکاری)",
)
ROUNDS = {
    "ar": ("تشرين الثاني 2026", "تشرين الأول 2026", "زيارات الفصل الأول 2026", "المرافق 2026"),
    "ckb": ("تشرینی دووەمی 2026", "تشرینی یەکەمی 2026", "سەردانەکانی وەرزی یەکەمی 2026",
            "خزمەتگوزارییەکان 2026"),
    "en": ("November 2026", "October 2026", "Visits of the first term, 2026", "Facilities 2026"),
}  # fmt: skip
ACTIONS = {
    "ar": "إصلاح باب المرافق الصحية",
    "ckb": "چاککردنەوەی دەرگای ئاودەست",
    "en": "Repair of the toilet door",
}
CENSUS = {
    "form_id": "school_census", "received_on": dt.date(2026, 11, 12), "months": [], "total": 59,
}  # fmt: skip
DOUBTED = {
    "code": "a1-1",
    "school_code": SCHOOL.school_code,
    "due_on": dt.date(2026, 12, 7),
    "form_id": "school_census",
    "period": "C2026",
    "school_year": 2026,
    "screen": "/grades/classes",
}
ISSUE = {
    "form_id": "school_census",
    "rule": "sections_plausible",
    "arguments": {"grade": 1, "pupils": 98, "sections": 1},
}
NUMBER = {"path": "/grades/classes/sections", "position": 1, "value": 1}


def schools_of(language: str) -> tuple[School, School]:
    """By the names that tablets show of schools that teach in that language."""
    if language != "ckb":
        return SCHOOL, OTHER
    own, other = IN_KURDISH
    return replace(SCHOOL, label=own), replace(OTHER, label=other)


def received(language: str) -> str:
    return received_text(language, [CENSUS])


def lists_of_the_pictures(language: str) -> dict[str, list[dict[str, str]]]:
    """Of a school that uses that language. The task's words are the system's own."""
    schools = schools_of(language)
    visits = [asdict(visit_of(school)) for school in schools]
    visits[0] |= {"boys_census": "59", "staff_listed": "4"}
    action = Action("A1", SCHOOL.school_code, ACTIONS[language])
    doubted = DOUBTED | {"language_code": language}
    return {
        "schools": [asdict(one) | {"received": received(language)} for one in schools],
        "rounds": [asdict(one) for one in _rounds(*ROUNDS[language])],
        "visit_plan": visits,
        "agreed_actions": [asdict(action)],
        "directorate_schools": [asdict(outside_plan(one)) for one in schools],
        "corrections": [task_row(doubted, [ISSUE], [NUMBER])],
    }


def _rounds(november: str, october: str, visits: str, facilities: str) -> tuple[Round, ...]:
    return (
        Round("R2026", "monthly_return", november, reference_date="2026-11-30"),
        Round("R2026O", "monthly_return", october, reference_date="2026-10-31"),
        Round("V2026", "inspection_visit", visits),
        Round("F2026", "facility_return", facilities),
    )
