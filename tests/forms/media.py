"""The lists that a tablet carries, as Central serves them."""

import csv
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class School:
    """A line of schools.csv; the defaults make an ordinary mixed primary school of one shift."""

    school_code: str
    label: str = "مدرسة الفرات (تجريبية)"
    governorate: str = "IQG01"
    district: str = "IQG01Q01"
    directorate: str = "D1"
    ministry: str = "federal"
    curriculum: str = "federal"
    level: str = "primary"
    sex: str = "mixed"
    lowest_grade: int = 1
    highest_grade: int = 6
    building_code: str = "B1"
    building_role: str = "host"
    latitude: str = "33.35"
    longitude: str = "43.78"
    pupils_last_year: str = ""
    last_month: str = ""
    last_month_girls: str = ""
    last_month_boys: str = ""
    teachers_on_duty: str = ""
    host_year: str = ""
    host_said_ar: str = ""
    host_said_ckb: str = ""
    host_said_en: str = ""
    building_facts: str = ""
    head_name: str = ""
    device_kinds: str = ""
    device_serials: str = ""
    pupils_held_year: str = ""
    pupils_held_ar: str = ""
    pupils_held_ckb: str = ""
    pupils_held_en: str = ""
    received: str = ""


HOST_SAID = {
    "host_year": "2026",
    "host_said_ar": "أجابت المدرسة الأصلية للسنة الدراسية 2026/2027:\nمياه الشرب: شبكة أنابيب.",
    "host_said_ckb": "وەڵامی قوتابخانەی خانەخوێ بۆ ساڵی خوێندنی 2026/2027:\nئاوی خواردنەوە: بۆری.",
    "host_said_en": "The host school answered for the school year 2026/2027:\nWater: Piped.",
}
"""What the tablet of a guest school knows of its building."""
HELD = {
    "pupils_held_year": "2026",
    "pupils_held_ar": "لدى نظام إي بروردة (E-Parwarda): عدد التلاميذ 412"
    " بتاريخ 1 تشرين الثاني 2026.",
    "pupils_held_ckb": "لای سیستەمی ئی-پەروەردە (E-Parwarda): 412 قوتابی"
    " لە ڕێکەوتی 1 تشرینی دووەم 2026.",
    "pupils_held_en": "Pupils held by E-Parwarda as of 1 November 2026: 412.",
}
"""What the tablet of a school knows whose pupils have their record elsewhere."""
LAST_RETURN = {
    "host_year": "2025",
    "host_said_ar": "في استمارتكم للسنة الدراسية 2025/2026:\nغرف الصفوف: 8.",
    "host_said_ckb": "لە فۆڕمەکەتاندا بۆ ساڵی خوێندنی 2025/2026:\nژوورەکانی پۆل: 8.",
    "host_said_en": "Your return for the school year 2025/2026 said:\nClassrooms: 8.",
    "building_facts": "yes brick_concrete minor_repair 8 piped flush 6 grid+community_generator"
    " 10 office_only yes no no",
}
"""What the tablet of a host knows of its last return: what tests.forms.answers.facility answers."""


@dataclass(frozen=True)
class Round:
    """A line of rounds.csv."""

    round_code: str
    form_id: str
    label: str = "2026"
    ministry: str = "federal"
    school_year: int = 2026
    reference_date: str = "2026-11-01"
    opens_on: str = "2026-11-02"
    due_on: str = "2026-11-30"
    closes_on: str = "2026-12-31"


@dataclass(frozen=True)
class Person:
    """A line of staff.csv; the defaults make a class teacher of a primary school."""

    assignment_code: str
    school_code: str
    label: str = "سعاد – معلم – 24"
    staff_number: str = "1001"
    post: str = "class_teacher"
    work: str = "class_teacher"
    attachment: str = "own"
    contract: str = "permanent"
    qualification: str = "teacher_institute"
    institution: str = "teacher_institute"
    pedagogical: str = "yes"
    weekly_periods: str = "24"
    facts_ar: str = "معلم، ملاك دائم"
    facts_ckb: str = "مامۆستا، میلاکی هەمیشەیی"
    facts_en: str = "class teacher, permanent"


STAFF = (
    Person("P1", "MIXED", "هدى – مدير – 4", "11", "head", "head", weekly_periods="4"),
    Person("P2", "MIXED", staff_number="12"),
    Person("P3", "MIXED", "علي – معلم – 20", "13", weekly_periods="20"),
    Person("G1", "GUEST", "زينب – مدير – 0", "21", "subject_teacher", "head", weekly_periods=""),
    Person("G2", "GUEST", "عمر – معلم – 18", "22", attachment="seconded_in", weekly_periods="18"),
    *(
        Person(f"L{n}", "ALL", f"معلم {n} – معلم – 24", str(5000 + n), work=work)
        for n, work in enumerate(["head"] + ["subject_teacher"] * 119)
    ),
    Person("O1", "ODD47", "معلم منفرد – مدير – 30", "31", work="head", weekly_periods="30"),
    *(Person(f"H{n}", "ODD48", f"شخص {n} – معلم – 24", str(40 + n)) for n in (1, 2)),
)


@dataclass(frozen=True, kw_only=True)
class VisitedSchool:
    """What both lists of a supervisor's tablet know of a school."""

    school_code: str
    label: str
    district: str
    ministry: str
    sex: str
    lowest_grade: int
    highest_grade: int
    latitude: str
    longitude: str
    girls_census: str = ""
    boys_census: str = ""
    staff_listed: str = ""
    session: str = ""


@dataclass(frozen=True, kw_only=True)
class Visit(VisitedSchool):
    """A line of visit_plan.csv."""

    visit_code: str
    supervisor_code: str
    school_name: str
    is_certified: str = "no"
    planned_date: str = ""


@dataclass(frozen=True, kw_only=True)
class DirectorateSchool(VisitedSchool):
    """A line of directorate_schools.csv."""

    general_code: str


@dataclass(frozen=True)
class Action:
    """A line of agreed_actions.csv."""

    action_code: str
    school_code: str
    label: str
    supervisor_code: str = "SUP-1"
    due_date: str = "2026-10-15"
    owner_ar: str = "مدير المدرسة"
    owner_ckb: str = "بەڕێوەبەری قوتابخانە"
    owner_en: str = "Head of the school"


ACTIONS = (
    Action("A1", "MIXED", "إصلاح باب المرافق الصحية"),
    Action("A2", "MIXED", "سجل حضور يومي", due_date="2027-01-05"),
    Action("A3", "GUEST", "مطفأة حريق", due_date=""),
)
CENSUS = {
    "MIXED": ("30", "28"), "GIRLS": ("200", ""), "LAST40": ("20", "20"), "UNPLANNED": ("30", "28"),
    "OTHERS": ("12", "195"),
}  # fmt: skip
"""Girls and boys of the last census, as supervisors' lists have them."""
SESSIONS = {"GIRLS": "evening", "UNPLANNED": "noon"}
"""Of these schools supervisors' lists say when they work."""
CERTIFIED = ("MIXED", "ALL")
"""Schools whose visitor may observe lessons: the plans of two supervisors, as it were."""
WITHOUT_PLAN = ("UNPLANNED",)
"""Schools that stand in nobody's plan of visits."""


def visit_of(school: School, certified: Collection[str] = CERTIFIED) -> Visit:
    """The school's line in the plan of the one supervisor of these tests."""
    return Visit(
        visit_code=f"V-{school.school_code}",
        supervisor_code="SUP-1",
        school_name=school.label,
        is_certified="yes" if school.school_code in certified else "no",
        **_facts(school),
    )


def outside_plan(school: School) -> DirectorateSchool:
    """The school's line in the list of the general directorate."""
    return DirectorateSchool(general_code="G1", **_facts(school))


def _facts(school: School) -> dict:
    girls, boys = CENSUS.get(school.school_code, ("", ""))
    counts = {
        "girls_census": girls,
        "boys_census": boys,
        "staff_listed": "9" if girls or boys else "",
        "session": SESSIONS.get(school.school_code, ""),
    }
    names = VisitedSchool.__dataclass_fields__.keys() - counts
    return {name: getattr(school, name) for name in names} | counts


ROUNDS = (
    Round("C2026", "school_census"),
    Round("C2026K", "school_census", ministry="krg"),
    Round("F2026", "facility_return"),
    Round("F2026K", "facility_return", ministry="krg"),
    Round("Y2026", "year_end_results", reference_date="2027-09-15"),
    Round("Y2026K", "year_end_results", ministry="krg", reference_date="2027-09-15"),
    Round("R2026", "monthly_return", reference_date="2026-11-30"),
    Round("R2026K", "monthly_return", ministry="krg", reference_date="2026-11-30"),
    Round("R2027F", "monthly_return", reference_date="2027-02-28"),
    Round("R2027L", "monthly_return", school_year=2027, reference_date="2028-02-29"),
    Round("T2026", "textbook_return"),
    Round("T2026K", "textbook_return", ministry="krg"),
    Round("X2026", "connectivity_readiness"),
    Round("X2026K", "connectivity_readiness", ministry="krg"),
    Round("S2026", "staff_return"),
    Round("S2026K", "staff_return", ministry="krg"),
    Round("U2026", "school_update"),
    Round("U2026K", "school_update", ministry="krg"),
    Round("V2026", "inspection_visit"),
    Round("V2026K", "inspection_visit", ministry="krg"),
    *(
        Round(f"M{month}", "school_census", reference_date=f"2027-{month:02}-15")
        for month in range(1, 13)
    ),
)


def write_media(
    folder: Path,
    schools: Iterable[School],
    without: tuple[str, ...] = (),
    certified: Collection[str] = CERTIFIED,
) -> None:
    """The CSV files, with the columns that Central puts before the properties.

    without: properties that this Central's list of schools does not keep. certified: schools whose
    line in the plan says that lessons may be observed.
    """
    schools = tuple(schools)
    rows = [asdict(school) for school in schools]
    kept = [{name: value for name, value in row.items() if name not in without} for row in rows]
    write_list(folder / "schools.csv", kept)
    write_list(folder / "rounds.csv", [asdict(one) for one in ROUNDS])
    write_list(folder / "staff.csv", [asdict(one) for one in STAFF])
    planned = [school for school in schools if school.school_code not in WITHOUT_PLAN]
    write_list(folder / "visit_plan.csv", [asdict(visit_of(one, certified)) for one in planned])
    write_list(folder / "directorate_schools.csv", [asdict(outside_plan(one)) for one in schools])
    write_list(folder / "agreed_actions.csv", [asdict(one) for one in ACTIONS])


def write_list(path: Path, rows: list[dict]) -> None:
    """A list with the columns that Central puts before the properties."""
    properties = [name for name in rows[0] if name != "label"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["name", "label", "__version", *properties])
        writer.writeheader()
        for number, row in enumerate(rows):
            writer.writerow({"name": f"uuid-{number}", "__version": 1, **row})
