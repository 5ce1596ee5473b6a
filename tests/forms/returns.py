"""Answers of a school in the four shorter returns; what a test does not say is an ordinary month.

Each function gives what the engine fills. `changes` replace a group's answers; None leaves it out.
"""

from tests.forms.answers import IDENTIFICATION, changed, declaration, identification, round_of
from tests.forms.media import School

PASSED = {"enrolled": 30, "passed": 24, "passed_carrying": 2, "failed": 4}
"""30 on the register: 24 + 2 promoted, 4 failed."""
SAT = {
    "rounds": ["first", "second"],
    "sat_first": 28,
    "passed_first": 20,
    "sat_second": 8,
    "passed_second": 4,
}
"""20 + 4 graduates, as many as PASSED has."""
BOOKS = {
    f"{subject}_{count}": number
    for subject in ("religion", "arabic", "english", "mathematics")
    for count, number in (("copies", 28), ("needed", 2))
}
MOVES = {box: box for box in ("girls_joined", "boys_joined", "girls_left", "boys_left")}
STARTS = {f"{sex}_start_typed": sex for sex in ("girls", "boys")}
"""The boxes of a grade that are opened by what the head names -> how it is named."""
DEVICE = {"kind": "tablet", "serial": "R52T-100", "state": "working", "android_version": 13}


def year_end(school: School, *grades: dict, **changes) -> dict:
    """Year-end results; without `grades` every grade of the school is ordinary."""
    answers = {"grades": list(grades) or [results(n, school) for n in grades_of(school)]}
    return _complete("Y", school, answers, changes)


def results(grade: int, school: School, counts: dict | None = None, **more) -> dict:
    """One grade, the same for each sex that the school has; `more`: groups and reasons."""
    counts = PASSED if counts is None else counts
    answers = dict.fromkeys(sexes_of(school), counts)
    if grade in (6, 9, 12) and counts.get("enrolled"):
        answers |= {f"{sex}_exam": SAT for sex in answers}
    return answers | more


def monthly(school: School, *grades: dict, **changes) -> dict:
    """A monthly return; what the school's line has, pupils or teachers, is confirmed.

    The girls and the boys who joined or left a grade, and those of whom there were others at its
    start than last month's, are those whose boxes say it.
    """
    rows = list(grades) or [month_of(school) for _ in grades_of(school)]
    answers = {
        "days": {"days_held": 22, "lost_reasons": ["none"]},
        "moves": {"moved": _named(school, rows, MOVES)},
        "grades": rows,
        "teachers": teachers(school),
        "outages": {"water_days": 1, "power_days": 3},
        "declaration": {"confirmed": "OK"},
    }
    if school.last_month:
        answers["start_of_month"] = {"start_differs": _named(school, rows, STARTS)}
    return _complete("R", school, answers, changes)


def teachers(school: School, female: int = 5, male: int = 3, absent: list | None = None) -> dict:
    """The screen of teachers: typed, or confirmed where these numbers are known.

    absent: why; of nobody on duty it is not asked.
    """
    known = school.teachers_on_duty
    typed = {"female_on_duty_typed": female, "male_on_duty_typed": male}
    if known:
        typed = {"as_known": "yes"} if known == f"{female} {male}" else {"as_known": "no", **typed}
    return typed | ({"absence_reasons": absent or ["none"]} if female + male else {})


def _named(school: School, rows: list[dict], boxes: dict[str, str]) -> list[str]:
    """The groups of pupils for which a box of these is filled; else none."""
    found = [
        f"{grade}_{name}"
        for grade, row in zip(grades_of(school), rows, strict=False)
        for box, name in boxes.items()
        if box in row["pupils"]
    ]
    return found or ["none"]


def month_of(
    school: School,
    start: int | None = 30,
    joined: int | None = 2,
    left: int | None = 1,
    absent_days: int | None = 40,
    **more,
) -> dict:
    """One grade's month, the same for each sex; None: the box is not filled."""
    counts = {"joined": joined, "left": left, "absent_days": absent_days}
    if not school.last_month:
        counts |= {"start_typed": start}
    boxes = {
        f"{sex}_{name}": number
        for sex in sexes_of(school)
        for name, number in counts.items()
        if number is not None
    }
    return {"pupils": boxes | more}


def quiet_month(school: School, **more) -> dict:
    """One grade's month in which nobody joined or left, but for the boxes of `more`."""
    return month_of(school, joined=None, left=None, **more)


def textbooks(school: School, *grades: dict, **changes) -> dict:
    """A textbook return; ordinary grades have BOOKS, in grades 4 to 12 those of every ministry."""
    ordinary = [{"core": BOOKS} for grade in grades_of(school) if grade >= 1]
    subjects = {"languages": ["none"]}
    if not school.curriculum:
        subjects = {"curriculum_typed": "federal"} | subjects
    answers = {"subjects": subjects, "grades": list(grades) or ordinary}
    return _complete("T", school, answers, changes)


def connectivity(school: School, *devices: dict, **changes) -> dict:
    """A school with a tablet, a SIM card and power from two sources."""
    devices = devices or (DEVICE,)
    answers = {
        "signal": {
            "zain_network": "4g",
            "zain_dbm": -95,
            "asiacell_network": "3g",
            "asiacell_dbm": -101,
            "korek_network": "not_measured",
        },
        "internet": {
            "connection": "mobile",
            "provider": "زين",
            "payer": "staff",
            "monthly_cost_iqd": 25000,
        },
        "speed": {
            "speed_measured": "yes",
            "download_mbps": 5.5,
            "upload_mbps": 1.2,
            "latency_ms": 60,
        },
        "power": {
            "sources": ["grid", "community_generator"],
            "grid_hours": 10,
            "community_generator_hours": 6,
            "lesson_hours": 4,
        },
        "place": {"sockets": 4, "storage": "locked_room", "device_count": len(devices)},
        "devices": [{"device": device} for device in devices],
        "people": {
            "has_focal_person": "yes",
            "focal_name": "م. المسؤول",
            "focal_job": "deputy",
            "staff_trained": 2,
            "training_topics": ["tablet", "forms"],
            "last_training": "2026-05-01",
        },
    }
    return _complete("X", school, answers, changes)


def known_devices(school: School, *more: dict, **changes) -> dict:
    """What is left to answer where the list knows the school's devices (a tablet, one of a kind
    that is not known, a laptop without a number) and its head; more: of devices that have come.
    """
    devices = [
        {"state": "working"},
        {"kind": "smartphone", "state": "broken"},
        {"state": "working", "reason_serial": "ممسوح"},
        *more,
    ]
    answers = connectivity(school, *devices, **changes)
    answers["identification"] = {"round": round_of("X", school)}
    del answers["declaration"]["head_name"]
    if not more:
        del answers["place"]["device_count"]
    return answers


def grades_of(school: School) -> range:
    return range(school.lowest_grade, school.highest_grade + 1)


def sexes_of(school: School) -> tuple[str, ...]:
    return ("girls", "boys") if school.sex == "mixed" else (school.sex,)


def _complete(letter: str, school: School, answers: dict, changes: dict) -> dict:
    """The answers with the first and the last screen; what `changes` says of the first goes there.

    Books and connections are not counted by sex.
    """
    first = identification(school, round_of(letter, school))
    if letter in "YR" and school.sex != "mixed":
        first["has_other_sex"] = "no"
    first |= {name: changes[name] for name in IDENTIFICATION if name in changes}
    others = {name: group for name, group in changes.items() if name not in IDENTIFICATION}
    return changed({"declaration": declaration(), **answers, "identification": first}, others)
