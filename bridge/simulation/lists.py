"""What the tablets are given: schools, rounds, staff, the plan of visits, agreed actions.

In: a registry, rounds, people. Out: rows for the entity lists, every value a string, as Central's
entities hold them.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import md5

from bridge.simulation.people import Person, Supervisor, Teaching, Visit
from bridge.simulation.registry import Registry
from config.clock import day_of
from config.codes import read_codes, read_table
from config.entity_lists import (
    ASKED,
    ASKED_MINISTRIES,
    DEVICE_PROPERTIES,
    HELD_PROPERTIES,
    HOST_PROPERTIES,
)
from config.forms import LANGUAGES
from config.names import label_column
from config.places import read_areas
from config.rounds import FIRST_MONTH, school_year_of
from config.staff_words import TEACHING_JOBS, staff_row


@dataclass(frozen=True)
class Round:
    """Fields equal to the columns of emis.round. `ministry_code` None: every ministry."""

    round_code: str
    form_id: str
    ministry_code: str | None
    school_year: int
    name_ar: str
    name_ckb: str
    name_en: str
    reference_date: date
    opens_on: date
    due_on: date
    closes_on: date


# form_id -> what its round's code begins with, and its name in Arabic, Kurdish and English.
ROUND_WORDS = {
    "school_census": ("census", "التعداد المدرسي", "ئاماری قوتابخانە", "School census"),
    "facility_return": (
        "facility", "استمارة مرافق البناية", "فۆڕمی خزمەتگوزارییەکانی بینا", "Facility return",
    ),
    "staff_return": ("staff", "استمارة الملاك", "فۆڕمی ستاف", "Staff return"),
    "textbook_return": (
        "textbooks", "استمارة الكتب المدرسية", "فۆڕمی کتێبە قوتابخانەییەکان", "Textbook return",
    ),
    "connectivity_readiness": (
        "connectivity", "جاهزية الاتصال", "ئامادەیی پەیوەستبوون", "Connectivity readiness",
    ),
    "inspection_visit": (
        "visits", "زيارات الإشراف", "سەردانەکانی سەرپەرشتیاری", "Inspection visits",
    ),
    "school_update": (
        "updates", "تحديث بيانات المدرسة", "نوێکردنەوەی زانیاریی قوتابخانە", "School updates",
    ),
    "monthly_return": ("month-10", "الموقف الشهري", "ڕاپۆرتی مانگانە", "Monthly return"),
    "year_end_results": (
        "results", "نتائج نهاية السنة", "ئەنجامەکانی کۆتایی ساڵ", "Year-end results",
    ),
}  # fmt: skip
ACTIONS = (("إصلاح باب المرافق الصحية", "department"), ("سجل حضور يومي للملاك", "head"))
FACTS_OF_VISIT = (
    "district", "ministry", "sex", "lowest_grade", "highest_grade", "latitude", "longitude",
)  # fmt: skip
STAYS_OPEN = timedelta(days=90)
MARKS = ("(تجريبي)", "(تاقیکاری)", "(simulated)")


def default_rounds(school_year: int = 2026, today: date | None = None) -> tuple[Round, ...]:
    """A round of each form that is answered by rounds, as of the first of November; the month is
    October, and the results are those of the year before.

    All close with the school year. A simulated survey may be sent on any day: where `today` (as it
    is, unless given) is later, or close to that end, with the end of the school year after it.
    """
    today = today or day_of(datetime.now(UTC))
    last_year = max(school_year, school_year_of(today + STAYS_OPEN))
    closes_on = date(last_year + 1, FIRST_MONTH, 1) - timedelta(days=1)
    november = date(school_year, 11, 1)
    other_days = {"monthly_return": date(school_year, 10, 31)}
    other_days["year_end_results"] = date(school_year, 9, 15)
    return tuple(
        _round(
            form_id,
            school_year - (form_id == "year_end_results"),
            other_days.get(form_id, november),
            november,
            closes_on,
        )
        for form_id in ROUND_WORDS
    )


def _round(
    form_id: str, school_year: int, reference_date: date, opens_on: date, closes_on: date
) -> Round:
    code, *names = ROUND_WORDS[form_id]
    years = f"{school_year}/{school_year + 1}"
    return Round(
        f"{code}-{school_year}",
        form_id,
        None,
        school_year,
        *(f"{name} {years} {mark}" for name, mark in zip(names, MARKS, strict=True)),
        reference_date,
        opens_on,
        opens_on.replace(day=30),
        closes_on,
    )


def entity_rows(registry: Registry, people: Sequence[Person] = ()) -> list[dict[str, str]]:
    """One row a school for the entity list `schools`; key: school_code, label: its name there.

    Before the first month; people: those of `make_staff`, one head a school: who is on duty and who
    heads a school, if that is on record.
    """
    heads = {person.school_code: person.name for person in people if person.work_code == "head"}
    buildings = {building.building_code: building for building in registry.buildings}
    governorates = {area.area_code: area.parent_code for area in read_areas()}
    on_duty = _teachers(people)
    return [
        {
            "label": getattr(school, label_column(school.language_code, school.name_ckb)),
            "school_code": school.school_code,
            "governorate": governorates[school.area_code],
            "district": school.area_code,
            "directorate": school.directorate_code,
            "ministry": school.ministry_code,
            "curriculum": school.curriculum_code,
            "level": school.level_code,
            "sex": school.sex_code,
            "lowest_grade": str(school.lowest_grade),
            "highest_grade": str(school.highest_grade),
            "building_code": school.building_code,
            "building_role": school.building_role_code,
            "latitude": f"{buildings[school.building_code].latitude:.6f}",
            "longitude": f"{buildings[school.building_code].longitude:.6f}",
            "pupils_last_year": str(school.pupil_count_last_year),
            "last_month": "",
            "last_month_girls": "",
            "last_month_boys": "",
            "teachers_on_duty": on_duty.get(school.school_code, ""),
            **dict.fromkeys((*HOST_PROPERTIES, *DEVICE_PROPERTIES, *HELD_PROPERTIES), ""),
            "head_name": heads.get(school.school_code, ""),
        }
        for school in registry.schools
    ]


def _teachers(people: Sequence[Person]) -> dict[str, str]:
    """Women and men who teach at a school, `5 3`; each of these people has a sex."""
    counts = defaultdict(Counter)
    for person in people:
        if person.work_code in TEACHING_JOBS and person.attachment_code != "seconded_out":
            counts[person.school_code][person.sex_code] += 1
    return {school: f"{found['female']} {found['male']}" for school, found in counts.items()}


def round_rows(rounds: tuple[Round, ...]) -> list[dict[str, str]]:
    """One row a round for the entity list `rounds`; key: round_code, label: Arabic and Kurdish."""
    return [
        {
            "label": f"{item.name_ar} · {item.name_ckb}",
            "round_code": item.round_code,
            "form_id": item.form_id,
            "ministry": item.ministry_code or "",
            "school_year": str(item.school_year),
            "reference_date": item.reference_date.isoformat(),
            "opens_on": item.opens_on.isoformat(),
            "due_on": item.due_on.isoformat(),
            "closes_on": item.closes_on.isoformat(),
            **dict.fromkeys(ASKED, ""),
            **dict(zip(ASKED_MINISTRIES, _ministries(item), strict=False)),
        }
        for item in rounds
    ]


def _ministries(item: Round) -> list[str]:
    return [code.code for code in read_codes("ministry") if item.ministry_code in (None, code.code)]


def staff_rows(
    registry: Registry, people: Iterable[Person], teaching: Iterable[Teaching]
) -> list[dict[str, str]]:
    """One row a person and school for the list `staff`; key: assignment_code, by the order."""
    taught = _by_number(teaching)
    languages = {school.school_code: school.language_code for school in registry.schools}
    return [
        staff_row(
            {
                "name": person.name,
                "language": languages[person.school_code],
                "assignment_code": f"P{number}",
                "staff_number": person.staff_number,
                "school_code": person.school_code,
                "post": person.post_code,
                "work": person.work_code,
                "attachment": person.attachment_code,
                "contract": person.contract_code,
                "qualification": person.qualification_code,
                "institution": person.institution_code,
                "pedagogical": "yes" if person.has_pedagogical_training else "no",
                "weekly_periods": str(person.weekly_period_count),
                "teaching": json.dumps(taught[person.staff_number]),
            }
        )
        for number, person in enumerate(people, start=1)
    ]


def _by_number(teaching: Iterable[Teaching]) -> dict[str, list[list]]:
    """The lines of each person, the most first."""
    found = defaultdict(list)
    for line in sorted(teaching, key=lambda line: (-line.weekly_period_count, line.level_code)):
        found[line.staff_number].append(
            [line.level_code, line.subject_code, line.weekly_period_count]
        )
    return found


def visit_rows(
    registry: Registry,
    supervisors: Iterable[Supervisor],
    visits: Iterable[Visit],
    people: Iterable[Person],
) -> list[dict[str, str]]:
    """One row a supervisor and school for the list `visit_plan`, before anything was counted."""
    schools = {row["school_code"]: row for row in entity_rows(registry)}
    sessions = _sessions(registry)
    certified = {each.supervisor_code for each in supervisors if each.is_certified}
    staff = Counter(person.school_code for person in people)
    return [
        {
            "label": schools[visit.school_code]["label"],
            "visit_code": visit_code(visit.supervisor_code, visit.school_code),
            "supervisor_code": visit.supervisor_code,
            "school_code": visit.school_code,
            "school_name": schools[visit.school_code]["label"],
            **{name: schools[visit.school_code][name] for name in FACTS_OF_VISIT},
            "session": sessions[visit.school_code],
            "girls_census": "",
            "boys_census": "",
            "staff_listed": str(staff[visit.school_code] or ""),
            "is_certified": "yes" if visit.supervisor_code in certified else "no",
            "planned_date": visit.planned_date.isoformat(),
        }
        for visit in visits
    ]


def directorate_school_rows(registry: Registry, people: Iterable[Person]) -> list[dict[str, str]]:
    """One row a school for the list `directorate_schools`, before anything was counted."""
    staff = Counter(person.school_code for person in people)
    general = {
        row["directorate_code"]: row["parent_code"] or row["directorate_code"]
        for row in read_table("directorates")
    }
    sessions = _sessions(registry)
    copied = ("label", "school_code", *FACTS_OF_VISIT)
    return [
        {
            **{name: row[name] for name in copied},
            "general_code": general[row["directorate"]],
            "session": sessions[row["school_code"]],
            "girls_census": "",
            "boys_census": "",
            "staff_listed": str(staff[row["school_code"]] or ""),
        }
        for row in entity_rows(registry)
    ]


def _sessions(registry: Registry) -> dict[str, str]:
    return {school.school_code: school.session_code for school in registry.schools}


def visit_code(supervisor_code: str, school_code: str) -> str:
    """As the warehouse derives it: of letters and digits, and the same each time."""
    key = f"{supervisor_code}/{school_code}".encode()
    return f"V{md5(key, usedforsecurity=False).hexdigest()[:16]}"


def action_rows(visits: Iterable[Visit]) -> list[dict[str, str]]:
    """Two actions that were agreed at each school, for the list `agreed_actions`."""
    owners = {code.code: code for code in read_codes("action_owner")}
    return [
        {
            "label": f"{what} {MARKS[0]}",
            "action_code": f"ASIM{number:06d}-{place}",
            "supervisor_code": visit.supervisor_code,
            "school_code": visit.school_code,
            "due_date": visit.planned_date.isoformat(),
            **{f"owner_{language}": owners[owner].name(language) for language in LANGUAGES},
        }
        for number, visit in enumerate(visits, start=1)
        for place, (what, owner) in enumerate(ACTIONS)
    ]
