"""Answers in the school update: one function a kind of change, and one for all that go together."""

from tests.forms.answers import changed, declaration, round_of
from tests.forms.media import School

EFFECTIVE_DATE = "2026-11-01"
ORDER = {"order_number": "123", "order_photo": "order.jpg"}
GPS = (33.36, 43.79, 50, 6)
PARTS = {
    "moved": {
        "place": {
            "new_governorate": "IQG02",
            "new_district": "IQG02Q02",
            "place_name": "حي الزهور",
        },
        "location": {"gps": GPS},
    },
    "renamed": {
        "naming": {
            "new_name": "مدرسة دجلة",
            "new_name_ckb": "قوتابخانەی دیجلە",
            "new_name_en": "Dijla",
        }
    },
    "session": {"building_now": {"session_now": "evening"}},
    "building": {
        "building_now": {"building_code": "B77", "building_role": "guest"},
        "location": {"gps": GPS},
    },
    "coordinates": {"location": {"gps": GPS}},
    "head": {"new_head": {"new_head_name": "م. الجديدة", "is_acting": "no"}},
    "closed": {
        "closing": {
            "closing_reason": "merged",
            "pupils_went_to": "مدرسة الفرات",
            "registers_are_at": "قسم التربية",
        }
    },
    "opened": {
        "naming": {"new_name": "مدرسة الأمل"},
        "new_school": {
            "new_code": "NEW-1",
            "ministry": "federal",
            "level": "primary",
            "sex": "mixed",
            "ownership": "government",
            "language": "ar",
            "lowest_grade": 1,
            "highest_grade": 6,
        },
        "building_now": {"session_now": "morning", "building_code": "B78", "building_role": "host"},
        "location": {"gps": GPS},
    },
}
TOGETHER = ("moved", "renamed", "session", "building", "coordinates", "head")


def update(school: School, *kinds: str, **changes) -> dict:
    """The named changes at once. changes: by group."""
    first = {
        "governorate": school.governorate,
        "district": school.district,
        "changes": list(kinds),
        "round": round_of("U", school),
        "effective_date": EFFECTIVE_DATE,
    }
    if "opened" not in kinds:
        first["school"] = school.school_code
    answers = {"identification": first, "order": ORDER}
    for kind in kinds:
        for group, given in PARTS[kind].items():
            answers[group] = answers.get(group, {}) | given
    return changed(answers | {"declaration": declaration()}, changes)


def everything(school: School) -> dict:
    return update(school, *TOGETHER)


def opening(school: School) -> dict:
    return update(school, "opened")


def closing(school: School) -> dict:
    return update(school, "closed")
