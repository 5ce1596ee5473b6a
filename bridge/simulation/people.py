"""Staff and what they teach, supervisors and their plans for schools that do not exist, all marked
as simulated.

In: a registry, a seed. Out: records whose fields are the columns of emis.staff_member,
teaching.csv, emis.supervisor and emis.visit_plan. Promised: the same arguments give the same
people.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from random import Random

from bridge.simulation.draws import apportion, make_draw, pick
from bridge.simulation.pupils import stages
from bridge.simulation.registry import Registry, School

MARK = "(تجريبي)"
GIVEN_NAMES = {
    "female": ("زينب", "فاطمة", "هدى", "سارة", "نور", "مريم", "شيماء", "رنا", "بان", "شيلان"),
    "male": ("علي", "حسين", "أحمد", "عمر", "مصطفى", "كرار", "ياسر", "سعد", "آزاد", "هيوا"),
}
FATHERS_NAMES = ("كريم", "جاسم", "حسن", "عبد الله", "محمود", "خالد", "رشيد", "ناصر", "كمال")
WOMEN_PCT = {"girls": 85, "boys": 25, "mixed": 60}
# Working defaults: a list that looks like one, no figure is drawn from it.
PUPILS_A_TEACHER, FEWEST_TEACHERS, MOST_TEACHERS = 40, 2, 6
PERIODS_OF_A_HEAD, PERIODS_OF_A_TEACHER = 4, (18, 26)
TEACHERS_POST = {
    "kindergarten": "kindergarten_teacher",
    "primary": "class_teacher",
    "basic": "class_teacher",
    "vocational": "vocational_teacher",
}
# What a post teaches; who teaches subjects has one of SUBJECTS.
SUBJECT_OF_POST = {
    "kindergarten_teacher": "class",
    "class_teacher": "class",
    "vocational_teacher": "vocational",
}
SUBJECTS = ("arabic", "english", "mathematics", "physics", "chemistry", "biology", "history")
QUALIFICATIONS = {
    ("teacher_institute", "teacher_institute"): 45,
    ("bachelor", "education"): 30,
    ("bachelor", "basic_education"): 20,
    ("diploma", "other_institute"): 5,
}
CONTRACTS = {"permanent": 80, "contract": 15, "unpaid_lecturer": 5}
SCHOOLS_A_SUPERVISOR = 5
FIRST_VISIT = date(2026, 11, 2)


@dataclass(frozen=True)
class Person:
    school_code: str
    staff_number: str
    name: str
    sex_code: str
    birth_year: int
    post_code: str
    work_code: str
    attachment_code: str
    contract_code: str
    qualification_code: str
    institution_code: str
    has_pedagogical_training: bool
    weekly_period_count: int
    is_simulated: bool = True


@dataclass(frozen=True)
class Teaching:
    """A line of a person: periods a week of a subject at a level."""

    school_code: str
    staff_number: str
    level_code: str
    subject_code: str
    weekly_period_count: int


@dataclass(frozen=True)
class Supervisor:
    supervisor_code: str
    name_ar: str
    name_ckb: str
    name_en: str
    directorate_code: str
    language_code: str
    is_certified: bool
    is_simulated: bool = True


@dataclass(frozen=True)
class Visit:
    supervisor_code: str
    school_code: str
    planned_date: date
    is_simulated: bool = True


def make_staff(registry: Registry, seed: int) -> tuple[Person, ...]:
    """A head and a few teachers a school."""
    return tuple(person for school in registry.schools for person in _people(school, seed))


def make_teaching(registry: Registry, people: Iterable[Person]) -> tuple[Teaching, ...]:
    """What each of `make_staff` teaches: one subject, its periods shared by the school's levels."""
    levels = {school.school_code: _levels(school) for school in registry.schools}
    return tuple(line for person in people for line in _lines(person, levels[person.school_code]))


def make_supervisors(registry: Registry) -> tuple[Supervisor, ...]:
    """A post in each department that has schools; every second one may observe lessons."""
    return tuple(
        Supervisor(
            f"SIMSUP{number:04d}",
            f"مشرف تربوي {number} {MARK}",
            f"سەرپەرشتیاری پەروەردەیی {number} (تاقیکاری)",
            f"Supervisor {number} (simulated)",
            directorate_code,
            schools[0].language_code,
            number % 2 == 1,
        )
        for number, (directorate_code, schools) in enumerate(_by_department(registry), start=1)
    )


def make_visits(registry: Registry) -> tuple[Visit, ...]:
    """The plan of each of `make_supervisors`: a visit a week to some schools of the department."""
    return tuple(
        Visit(supervisor.supervisor_code, school.school_code, FIRST_VISIT + timedelta(weeks=place))
        for supervisor, (_, schools) in zip(
            make_supervisors(registry), _by_department(registry), strict=True
        )
        for place, school in enumerate(schools[:SCHOOLS_A_SUPERVISOR])
    )


def _by_department(registry: Registry) -> Iterator[tuple[str, list[School]]]:
    ordered = sorted(registry.schools, key=lambda s: (s.directorate_code, s.school_code))
    for code, schools in groupby(ordered, lambda school: school.directorate_code):
        yield code, list(schools)


def _levels(school: School) -> list[str]:
    grades = range(school.lowest_grade, school.highest_grade + 1)
    return list(dict.fromkeys(stages()[grade] for grade in grades))


def _lines(person: Person, levels: list[str]) -> Iterator[Teaching]:
    draw = make_draw("teaching", person.staff_number)
    subject = SUBJECT_OF_POST.get(person.post_code) or draw.choice(SUBJECTS)
    shares = apportion(person.weekly_period_count, [1] * len(levels))
    for level, periods in zip(levels, shares, strict=True):
        if periods:
            yield Teaching(person.school_code, person.staff_number, level, subject, periods)


def _people(school: School, seed: int) -> Iterator[Person]:
    draw = make_draw(seed, "staff", school.school_code)
    wanted = school.pupil_count_last_year // PUPILS_A_TEACHER
    teachers = min(max(wanted, FEWEST_TEACHERS), MOST_TEACHERS)
    post = TEACHERS_POST.get(school.level_code, "subject_teacher")
    yield _person(draw, school, 0, post, "head", PERIODS_OF_A_HEAD)
    for number in range(1, teachers + 1):
        yield _person(draw, school, number, post, post, draw.randint(*PERIODS_OF_A_TEACHER))


def _person(draw: Random, school: School, number: int, post: str, work: str, periods: int):
    women = WOMEN_PCT[school.sex_code]
    sex = pick(draw, {"female": women, "male": 100 - women})
    qualification, institution = pick(draw, QUALIFICATIONS)
    return Person(
        school_code=school.school_code,
        staff_number=f"{school.school_code}-{number:02d}",
        name=f"{draw.choice(GIVEN_NAMES[sex])} {draw.choice(FATHERS_NAMES)} {MARK}",
        sex_code=sex,
        birth_year=draw.randint(1963, 2001),
        post_code=post,
        work_code=work,
        attachment_code="own",
        contract_code=pick(draw, CONTRACTS),
        qualification_code=qualification,
        institution_code=institution,
        has_pedagogical_training=institution != "other_institute",
        weekly_period_count=periods,
    )
