"""Answers of a school, in the shape that the engine fills: only what a test cares for is said."""

from config.codes import read_codes
from tests.forms.media import School

FIRST_GRADES = (-1, 1, 7, 10)
"""First grade of each level, where new entrants are asked."""


IDENTIFICATION = ("round", "has_other_sex", "reason_round")


def census(school: School, *grades: dict, **more) -> dict:
    """A census return without leavers, difficulties or displaced pupils.

    `more`: round, has_other_sex, reason_round; special: groups of these; elsewhere: what is said of
    the figure that is held elsewhere; reason_change.
    """
    answers = identification(school, round_of("C", school))
    if school.sex != "mixed":
        answers["has_other_sex"] = "no"
    answers |= {name: more.pop(name) for name in IDENTIFICATION if name in more}
    special = {"special": {"special_groups": ["none"]}} | more.pop("special", {})
    elsewhere = more.pop("elsewhere", None)
    return {
        "identification": answers,
        "grades": list(grades),
        **special,
        **({"totals": more} if more else {}),
        **({"elsewhere": elsewhere} if elsewhere else {}),
        "declaration": declaration(),
    }


def everyone_special(school: School, levels: int = 1) -> dict:
    """One of each sex for each reason of leaving, in each domain, and displaced, at each level."""
    sexes = ("girls", "boys") if school.sex == "mixed" else (school.sex,)
    reasons = {code.code: 1 for code in read_codes("leaver_reason")}
    domains = [code.code for code in read_codes("disability_domain")]
    level = {
        "difficulties": {f"{sex}_{domain}": 1 for sex in sexes for domain in domains},
        "displacement": {f"{sex}_displaced": 1 for sex in sexes},
    }
    return {
        "special": {"special_groups": ["leavers", "difficulty", "displaced"]},
        **{f"leavers_{sex}": reasons for sex in sexes},
        "levels": [level] * levels,
    }


def grade(
    number: int,
    girls: dict | None = None,
    boys: dict | None = None,
    sections: int = 1,
    combined: str = "no",
    **more,
) -> dict:
    """One grade. girls, boys: {"age_0": 12, "repeaters": 1, ...}; None: that sex is not asked.

    In the first grade of a level whoever is not a repeater is a new entrant, unless `entrants`
    says otherwise. `more`: entrants, reason_sections, reason_ages, reason_flow.
    """
    by_sex = {"girls": girls, "boys": boys}
    answers = {
        "classes": {"sections": sections, "combined_with_other_grade": combined},
        **{sex: _ages(counts) for sex, counts in by_sex.items() if counts},
        "flow": {
            f"{sex}_{name}": count
            for sex, counts in by_sex.items()
            for name, count in _flows(counts or {}).items()
        },
    }
    if number == 1:
        answers["entrants"] = _entrants(by_sex)
    elif number in FIRST_GRADES:
        answers["flow"] |= _new_pupils(by_sex)
    return answers | more


def facility(school: School, **changes) -> dict:
    """A facility return; a change replaces a group's answers or, with None, leaves them out."""
    answers = {"identification": identification(school, round_of("F", school))}
    answers |= GUEST_ANSWERS if school.building_role == "guest" else HOST_ANSWERS
    return changed(answers | {"declaration": declaration()}, changes)


def facility_again(school: School, *topics: str, **changes: dict) -> dict:
    """The return of a host whose last one is known: what has changed, and what is seen on the day.

    changes: answers that are added to those of a group, or stand for them.
    """
    answers = {"identification": identification(school, round_of("F", school))}
    answers |= {"last_return": {"changed": list(topics) or ["none"]}, **SEEN_ANSWERS}
    answers |= {group: answers.get(group, {}) | given for group, given in changes.items()}
    return answers | {"declaration": declaration()}


def changed(answers: dict, changes: dict) -> dict:
    """The answers with some groups replaced, or left out where the change is None."""
    return {name: group for name, group in (answers | changes).items() if group is not None}


def declaration() -> dict:
    return {"head_name": "مدير المدرسة", "confirmed": "OK"}


SESSION_ROOMS = {"classrooms_used_in_session": 6, "toilets_used_in_session": 4}
NO_TOILET_USED = SESSION_ROOMS | {"toilets_used_in_session": 0}
GUEST_ANSWERS = {"rooms": SESSION_ROOMS, "building_confirmed": "yes"}
HOST_ANSWERS = {
    "structure": {
        "built_as_school": "yes",
        "material": "brick_concrete",
        "condition": "minor_repair",
    },
    "rooms": {"classrooms": 8, "classrooms_usable": 7, **SESSION_ROOMS},
    "water": {"source": "piped", "available": "yes"},
    "sanitation": {
        "toilet_type": "flush",
        "toilets": 6,
        "girls_usable": 2,
        "boys_usable": 2,
        "common_usable": 1,
    },
    "hygiene": {"handwashing": "yes", "soap_water": "both"},
    "power": {"sources": ["grid", "community_generator"], "in_lessons": "yes"},
    "ict": {"computers_pupils": 10, "internet": "office_only"},
    "access": {"ramp": "yes", "accessible_toilet": "no", "adapted_materials": "no"},
    "location": {"gps": (33.35, 43.78, 50, 6)},
}


SEEN_ANSWERS = {
    "rooms": {"classrooms_usable": 7, **SESSION_ROOMS},
    "water": {"available": "yes"},
    "sanitation": {"girls_usable": 2, "boys_usable": 2, "common_usable": 1},
    "hygiene": HOST_ANSWERS["hygiene"],
    "power": {"in_lessons": "yes"},
    "location": HOST_ANSWERS["location"],
}
"""Of HOST_ANSWERS what does not last."""
LASTING_PATHS = (
    "structure/built_as_school", "structure/material", "structure/condition", "rooms/classrooms",
    "water/source", "sanitation/toilet_type", "sanitation/toilets", "power/sources",
    "ict/computers_pupils", "ict/internet", "access/ramp", "access/accessible_toilet",
    "access/adapted_materials",
)  # fmt: skip
"""What does, in the order of config.building_words.LASTING."""


def identification(school: School, round_code: str) -> dict:
    return {
        "governorate": school.governorate,
        "district": school.district,
        "school": school.school_code,
        "round": round_code,
    }


def round_of(letter: str, school: School) -> str:
    return f"{letter}2026K" if school.ministry == "krg" else f"{letter}2026"


def _ages(counts: dict) -> dict:
    return {name: count for name, count in counts.items() if name.startswith("age_")}


def _flows(counts: dict) -> dict:
    return {name: count for name, count in counts.items() if not name.startswith("age_")}


def _entrants(by_sex: dict) -> dict:
    return {
        f"{sex}_{band}": new
        for sex, counts in by_sex.items()
        for band, new in _bands(counts or {}).items()
        if counts
    }


def _new_pupils(by_sex: dict) -> dict:
    return {
        f"{sex}_new": sum(_ages(counts).values()) - sum(_flows(counts).values())
        for sex, counts in by_sex.items()
        if counts
    }


def _bands(counts: dict) -> dict:
    """New entrants of grade 1 by band; repeaters and others are taken from the oldest."""
    old = sum(counts.get(f"age_{years}", 0) for years in range(2, 7))
    bands = {
        "age_m1": counts.get("age_m2", 0) + counts.get("age_m1", 0),
        "age_0": counts.get("age_0", 0),
        "age_1": counts.get("age_1", 0),
        "age_2": old,
        "age_unknown": counts.get("age_unknown", 0),
    }
    others = sum(_flows(counts).values())
    for band in ("age_2", "age_1", "age_0", "age_m1", "age_unknown"):
        taken = min(others, bands[band])
        bands[band], others = bands[band] - taken, others - taken
    return bands
