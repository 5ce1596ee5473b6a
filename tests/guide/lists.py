"""What stands in the lists of the guide's pictures: two small schools that do not exist."""

import datetime as dt
from dataclasses import asdict

from processing.feedback.words import received_text, task_row
from tests.forms.media import Action, Round, School, visit_of

SCHOOL = School(
    "S1001",
    "مدرسة الفرات الابتدائية للبنين (تجريبية)",
    sex="boys",
    highest_grade=2,
    last_month="2026-10",
    last_month_boys="31 28",
)
OTHER = School("S1002", "مدرسة دجلة الابتدائية للبنات (تجريبية)", sex="girls")
ROUNDS = (
    Round("R2026", "monthly_return", "تشرين الثاني 2026", reference_date="2026-11-30"),
    Round("R2026O", "monthly_return", "تشرين الأول 2026", reference_date="2026-10-31"),
    Round("V2026", "inspection_visit", "زيارات الفصل الأول 2026"),
)
CENSUS = {"form_id": "school_census", "received_on": dt.date(2026, 11, 12), "pupils": 59}
RECEIVED = received_text("ar", [CENSUS])
DOUBTED = {
    "code": "a1-1",
    "school_code": SCHOOL.school_code,
    "language_code": "ar",
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


def lists_of_the_pictures() -> dict[str, list[dict[str, str]]]:
    """The task is made as those of true schools are: its words are the system's own."""
    visits = [asdict(visit_of(school)) for school in (SCHOOL, OTHER)]
    visits[0] |= {"boys_census": "59", "staff_listed": "4"}
    return {
        "schools": [asdict(school) | {"received": RECEIVED} for school in (SCHOOL, OTHER)],
        "rounds": [asdict(one) for one in ROUNDS],
        "visit_plan": visits,
        "agreed_actions": [
            asdict(Action("A1", SCHOOL.school_code, "إصلاح باب المرافق الصحية")),
        ],
        "corrections": [task_row(DOUBTED, [ISSUE], [NUMBER])],
    }
