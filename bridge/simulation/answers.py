"""What the heads of simulated schools would answer.

In: a school of the registry, its round, a seed. Out: answers by the names of the forms' questions,
for `bridge.simulation.filling`, which calculates the rest and drops what is not asked. Promised:
the same seed gives the same answers for a school, whatever else is asked for.
"""

import string
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from bridge.simulation import proportions as given
from bridge.simulation.building import BuildingFacts, building_answers
from bridge.simulation.draws import make_draw
from bridge.simulation.lists import Round
from bridge.simulation.pupils import GradeCounts, SexCounts, count_pupils, has_other_sex
from bridge.simulation.registry import School
from bridge.simulation.special import special_answers
from config.clock import BAGHDAD

FIRST_DAYS = 20
# A required question in words that no module below answers: the forms' reasons for odd figures.
REASON = "راجعنا السجل والعدد صحيح (تجريبي)"
REMARKS = ("لا توجد ملاحظات", "نحتاج إلى صيانة الصفوف", "بعض التلاميذ نقلوا حديثا", "تم التدقيق")
HEAD_NAMES = (
    ("أحمد", "علي", "حسين", "زينب", "فاطمة", "سارة", "ئارام", "شيلان", "مريم", "يوسف", "نور"),
    ("كريم", "جاسم", "عبد الله", "حسن", "رشيد", "محمود", "إبراهيم", "صالح", "عزيز", "جميل"),
)
HEAD_MARK = "(تجريبي)"


@dataclass(frozen=True)
class Respondent:
    """A school, where it lies, and the round that it answers for."""

    school: School
    governorate_code: str
    round: Round


def census_answers(seed: int, respondent: Respondent) -> dict:
    """Answers to `school_census`."""
    school = respondent.school
    draw = make_draw(seed, "census", school.school_code)
    other_sex = has_other_sex(draw, school)
    grades = count_pupils(draw, school, other_sex)
    identification = _identification(respondent) | {"has_other_sex": _yes_no(other_sex)}
    return {
        **_device(draw, respondent.round),
        "identification": identification,
        "grades": [_grade_answers(grade) for grade in grades],
        **special_answers(make_draw(seed, "special", school.school_code), grades),
        "declaration": _declaration(draw),
    }


def facility_answers(seed: int, respondent: Respondent, facts: BuildingFacts) -> dict:
    """Answers to `facility_return`; a guest is asked little of it."""
    school = respondent.school
    draw = make_draw(seed, "facility", school.school_code)
    rooms = max(1, min(facts.usable_rooms, -(-school.pupil_count_last_year // given.PUPILS_A_ROOM)))
    toilets = facts.usable_toilets
    answers = building_answers(draw, facts)
    answers["rooms"] |= {"classrooms_used_in_session": rooms, "toilets_used_in_session": toilets}
    disputes = draw.random() * 100 < given.GUEST_DISPUTES_PCT
    return {
        **_device(draw, respondent.round),
        "identification": _identification(respondent),
        **answers,
        "building_confirmed": _yes_no(not disputes),
        "declaration": _declaration(draw),
    }


def _identification(respondent: Respondent) -> dict:
    school = respondent.school
    return {
        "governorate": respondent.governorate_code,
        "district": school.area_code,
        "school": school.school_code,
        "round": respondent.round.round_code,
    }


def _grade_answers(grade: GradeCounts) -> dict:
    answers = {
        "classes": {
            "sections": grade.sections,
            "combined_with_other_grade": _yes_no(grade.is_combined),
        },
        "flow": {},
        "entrants": {},
    }
    for word, counts in grade.sexes.items():
        answers[word] = {
            f"age_{band}": count for band, count in zip(given.AGE_BANDS, counts.ages, strict=True)
        }
        answers["flow"] |= {
            f"{word}_new": counts.new_entrants,
            f"{word}_repeaters": counts.repeaters,
            f"{word}_transferred_in": counts.transferred_in,
            f"{word}_returners": counts.returners,
        }
        answers["entrants"] |= _entrant_answers(word, counts)
    return answers


def _entrant_answers(word: str, counts: SexCounts) -> dict:
    """By year of birth for grade 1; the other first grades give one number among the flows."""
    new = dict(zip(given.AGE_BANDS, counts.new_ages, strict=True))
    return {
        f"{word}_age_m1": new["m2"] + new["m1"],
        f"{word}_age_0": new["0"],
        f"{word}_age_1": new["1"],
        f"{word}_age_2": sum(new[band] for band in ("2", "3", "4", "5", "6")),
        f"{word}_age_unknown": new["unknown"],
        f"{word}_kindergarten": counts.from_kindergarten,
    }


def _device(draw: Random, asked: Round) -> dict:
    """What the tablet writes: when the form was opened and closed, and which tablet it was."""
    day = asked.opens_on + timedelta(days=draw.randrange(FIRST_DAYS))
    opened = datetime.combine(day, time(8), BAGHDAD) + timedelta(
        milliseconds=draw.randrange(6 * 3_600_000)
    )
    closed = opened + timedelta(milliseconds=draw.randrange(240_000, 2_400_000))
    letters = draw.choices(string.ascii_letters + string.digits, k=16)
    return {
        "start": opened.isoformat(timespec="milliseconds"),
        "end": closed.isoformat(timespec="milliseconds"),
        "deviceid": f"collect:{''.join(letters)}",
    }


def _declaration(draw: Random) -> dict:
    names = " ".join(draw.choice(names) for names in HEAD_NAMES)
    has_remarks = draw.random() * 100 < given.REMARKS_PCT
    return {
        "head_name": f"{names} {HEAD_MARK}",
        "remarks": draw.choice(REMARKS) if has_remarks else None,
        "confirmed": "OK",
    }


def _yes_no(answer: bool) -> str:
    return "yes" if answer else "no"
