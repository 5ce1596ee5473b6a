"""The benchmark's form and its submissions: 40 questions of mixed types, a repeat of 12 rows x 5.

The same number gives the same submission, ids and all. The shape is that of a school's return:
codes and names in two scripts, counts, a place, dates, free text, and a row a grade.
"""

import datetime as dt
import random
import uuid
from dataclasses import dataclass

from tests.conformance.xforms import fill, write_form

VERSION = "1"
GRADES = 12
BEGINNING = dt.datetime(2026, 9, 1, 6, tzinfo=dt.UTC)
MILLISECONDS_APART = 40
IDS = uuid.UUID("6a1d0e52-7f5b-5d55-9b4e-3c6c4f1f9a01")

COUNTS = tuple(
    f"{who}_{what}"
    for who in ("girls", "boys", "teachers")
    for what in ("morning", "noon", "new", "left")
)
SHARES = ("literate_share", "absent_share", "area_m2", "distance_km", "rooms_per_building")
CODES = ("water", "power", "toilets", "internet", "building_role")
FIELDS = [
    (
        "identification",
        (
            ("governorate", "string"),
            ("district", "string"),
            ("school_code", "string"),
            ("school_name", "string"),
            ("school_name_en", "string"),
            ("school_year", "int"),
            ("round", "string"),
        ),
    ),
    (
        "visit",
        (
            ("opened", "date"),
            ("arrived", "dateTime"),
            ("bell", "time"),
            ("place", "geopoint"),
            ("languages", "select"),
            ("sessions", "select"),
        ),
    ),
    ("counts", tuple((name, "int") for name in COUNTS)),
    ("shares", tuple((name, "decimal") for name in SHARES)),
    ("facilities", tuple((name, "string") for name in CODES)),
    (
        "declaration",
        (
            ("head_name", "string"),
            ("phone", "string"),
            ("remarks", "string"),
            ("confirmed", "string"),
            ("pupils", "int"),
        ),
    ),
    (
        "grades",
        [
            ("grade", "int"),
            ("section", "string"),
            ("girls", "int"),
            ("boys", "int"),
            ("mean_age", "decimal"),
        ],
    ),
]
QUESTIONS = sum(len(inside) for _, inside in FIELDS if isinstance(inside, tuple))


@dataclass(frozen=True)
class Filled:
    """One submission. created_at: when it reaches Central, in milliseconds since 1970."""

    instance_id: str
    xml: bytes
    created_at: int


def form_xml(form_id: str) -> str:
    """The XForm."""
    return write_form(form_id, VERSION, FIELDS)


def filled(form_id: str, number: int) -> Filled:
    """Submission `number` of the benchmark."""
    instance_id = f"uuid:{uuid.uuid5(IDS, str(number))}"
    answers = _answers(random.Random(number), number)  # noqa: S311 - figures, not secrets
    xml = fill(form_id, VERSION, instance_id, answers)
    created_at = int(BEGINNING.timestamp() * 1000) + number * MILLISECONDS_APART
    return Filled(instance_id, xml.encode(), created_at)


def _answers(rng: random.Random, number: int) -> str:
    counts = {name: rng.randrange(400) for name in COUNTS}
    day = BEGINNING + dt.timedelta(seconds=number)
    grades = [_grade(rng, grade) for grade in range(1, GRADES + 1)]
    return _element("identification", _identification(rng, number)) + "".join(
        (
            _element("visit", _visit(rng, day)),
            _element("counts", counts),
            _element("shares", {name: round(rng.uniform(0, 99), 2) for name in SHARES}),
            _element("facilities", {name: rng.choice(("good", "poor", "none")) for name in CODES}),
            _element("declaration", _declaration(rng, sum(counts.values()))),
            *(_element("grades", grade) for grade in grades),
        )
    )


def _identification(rng: random.Random, number: int) -> dict:
    return {
        "governorate": f"IQ-{rng.randrange(1, 19):02d}",
        "district": f"IQ{rng.randrange(1, 19):02d}{rng.randrange(1, 12):02d}",
        "school_code": f"B{number:07d}",
        "school_name": f"مدرسة الأمل رقم {number}",
        "school_name_en": f"Al-Amal school number {number}",
        "school_year": 2026,
        "round": "2026-autumn",
    }


def _visit(rng: random.Random, day: dt.datetime) -> dict:
    latitude, longitude = rng.uniform(29.1, 37.3), rng.uniform(38.8, 48.5)
    return {
        "opened": f"{rng.randrange(1950, 2026)}-{rng.randrange(1, 13):02d}-01",
        "arrived": day.strftime("%Y-%m-%dT%H:%M:%S.000+03:00"),
        "bell": f"0{rng.randrange(7, 10)}:{rng.randrange(60):02d}:00.000+03:00",
        "place": f"{latitude:.6f} {longitude:.6f} {rng.randrange(20, 900)} 4.5",
        "languages": rng.choice(("ar", "ar ckb", "ckb en", "ar ckb en")),
        "sessions": rng.choice(("morning", "morning noon")),
    }


def _declaration(rng: random.Random, pupils: int) -> dict:
    return {
        "head_name": f"أحمد حسن {rng.randrange(1000)}",
        "phone": f"0770{rng.randrange(10**7):07d}",
        "remarks": rng.choice(("", "no remarks", "the roof leaks\nin two classrooms")),
        "confirmed": "yes",
        "pupils": pupils,
    }


def _grade(rng: random.Random, grade: int) -> dict:
    return {
        "grade": grade,
        "section": rng.choice("ABCDE"),
        "girls": rng.randrange(40),
        "boys": rng.randrange(40),
        "mean_age": round(5.5 + grade + rng.random(), 2),
    }


def _element(name: str, answers: dict) -> str:
    inside = "".join(f"<{key}>{value}</{key}>" for key, value in answers.items())
    return f"<{name}>{inside}</{name}>"
