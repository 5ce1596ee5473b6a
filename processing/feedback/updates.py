"""School updates: what one changes in the registry, what it lacks for that, why it cannot be.

In: an update as it was sent, what the registry knows, what an officer gives. Out: a `Judgement`.
Knows no network, writes nothing. Nothing is guessed: where the form does not ask what the registry
needs, an officer says it.

| kind | changes | an officer gives |
|---|---|---|
| opened | a new school, or one that had closed | directorate, locality; the building's code |
| closed | is_open | |
| moved | district, building | the building's code, and the role in one that is known |
| renamed | the names; one that is not given ends with the old name | a name that the form lacks |
| session | session | |
| building | building, role in it | the building's code, where it was not sent |
| coordinates | the place of the building | |
| head | nothing: the registry holds no name of a head | |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from config.codes import SCHOOL_CODE_LISTS, known_codes
from processing.db.queries.school_updates import find_directorate, find_known

KINDS = ("opened", "closed", "moved", "renamed", "session", "building", "coordinates", "head")
OTHER_NAMES = ("name_ckb", "name_en")
GIVEN = ("directorate_code", "locality_code", "building_code", "building_role_code", *OTHER_NAMES)
WHOLE = re.compile(r"-?[0-9]{1,2}")
# It stands in lists with spaces between codes, and in addresses of pages.
SCHOOL_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
BUILDING_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}")
NAMES = {
    "name_ar": "naming_new_name",
    "name_ckb": "naming_new_name_ckb",
    "name_en": "naming_new_name_en",
}
# Column of emis.school -> column of the form.
OPENING = {
    "ministry_code": "new_school_ministry",
    "level_code": "new_school_level",
    "sex_code": "new_school_sex",
    "ownership_code": "new_school_ownership",
    "language_code": "new_school_language",
    "session_code": "building_now_session_now",
    "building_role_code": "building_now_building_role",
}
GRADES = {
    "lowest_grade": "new_school_lowest_grade",
    "highest_grade": "new_school_highest_grade",
}
# The first and the last of config/codes/grade.csv.
LOWEST_GRADE, HIGHEST_GRADE = -1, 14


@dataclass(frozen=True)
class Judgement:
    """changes: columns of emis.school -> the new value. building: the row that is to be saved.

    missing: what an officer still has to give (names of GIVEN). fault: why it can never be applied
    as it stands, as a code; None where it can.
    """

    changes: Mapping[str, object] = field(default_factory=dict)
    building: Mapping[str, object] | None = None
    was_building: Mapping[str, object] | None = None
    school: Mapping[str, object] | None = None
    missing: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def is_ready(self) -> bool:
        return self.fault is None and not self.missing


def judge(connection: sa.Connection, update: Mapping, given: Mapping[str, str]) -> Judgement:
    """update: a row of `processing.db.queries.school_updates`. given: by the names of GIVEN."""
    answers, kinds = update["answers"], set(update["kinds"])
    given = {name: value for name, value in given.items() if value}
    code = given.get("building_code") or answers.get("building_now_building_code")
    known = find_known(connection, update["school_code"], _area(answers, kinds), code)
    school = known["school"]
    found = {"school": school}
    fault = _find_fault(update, known) or _find_given_fault(connection, given)
    if fault:
        return Judgement(**found, fault=fault)
    wanted = _wanted(answers, kinds, known, given)
    missing = _missing(kinds, known, wanted)
    fault = None if missing else _find_wanted_fault(connection, school, wanted)
    building = None if missing or fault else _building(answers, kinds, known, wanted)
    held = known["target"] if "building_code" in wanted else known["building"]
    return Judgement(
        _different(wanted, school), building, held if building else None, missing=missing,
        fault=fault, **found,
    )  # fmt: skip


def registry_row(update: Mapping, judgement: Judgement) -> dict:
    """The school as the registry is to hold it, for `replace_registry`."""
    row = dict(judgement.school or {}) | dict(judgement.changes)
    row |= {"school_code": update["school_code"], "valid_to": None}
    if judgement.school is None:
        row["valid_from"] = update["effective_date"]
    return row


def affects_units(judgement: Judgement) -> bool:
    """Do figures move between units, so that all of them have to be computed anew?"""
    return bool(judgement.changes.keys() - NAMES.keys())


def changed_values(judgement: Judgement) -> tuple[dict, dict]:
    """(what was, what becomes): columns of the school that change, and of its building."""
    school, old = judgement.school or {}, judgement.was_building or {}
    was = {name: school.get(name) for name in judgement.changes}
    became = dict(judgement.changes)
    for name in ("latitude", "longitude"):
        if judgement.building and judgement.building[name] != old.get(name):
            was[name], became[name] = old.get(name), judgement.building[name]
    return was, became


def ending_names(judgement: Judgement) -> dict[str, str]:
    """Column -> the name that the registry has now and has no longer, since no new one is given."""
    changes, school = judgement.changes, judgement.school or {}
    return {
        name: school[name]
        for name in OTHER_NAMES
        if changes.get(name, "") is None and school.get(name)
    }


def are_grades(lowest: int | None, highest: int | None) -> bool:
    """Grades of the list, in their order."""
    return None not in (lowest, highest) and LOWEST_GRADE <= lowest <= highest <= HIGHEST_GRADE


def is_on_earth(latitude: float, longitude: float) -> bool:
    """Degrees that emis.building takes; what is no number (NaN) is nowhere."""
    return -90 <= latitude <= 90 and -180 <= longitude <= 180


def _find_fault(update: Mapping, known: Mapping) -> str | None:
    answers, kinds, school = update["answers"], set(update["kinds"]), known["school"]
    if not kinds or not kinds <= set(KINDS) or not update["school_code"]:
        return "not_understood"
    if len(kinds) > 1 and kinds & {"opened", "closed"}:
        return "not_understood"
    if "opened" in kinds and school and school["is_open"]:
        return "school_exists"
    if "opened" in kinds and not school and not SCHOOL_CODE.fullmatch(update["school_code"]):
        return "school_code_invalid"
    if "opened" not in kinds and school is None:
        return "school_unknown"
    if kinds == {"closed"} and not school["is_open"]:
        return "closed_already"
    if kinds & {"opened", "moved"} and not known["is_district"]:
        return "district_unknown"
    if kinds & {"opened", "renamed"} and not answers.get("naming_new_name", "").strip():
        return "name_missing"
    if "coordinates" in kinds and _place(answers) is None:
        return "place_missing"
    return None


def _find_given_fault(connection: sa.Connection, given: Mapping[str, str]) -> str | None:
    if given.keys() - set(GIVEN):
        return "not_understood"
    if any(not _is_code(name, given[name]) for name in given.keys() & SCHOOL_CODE_LISTS.keys()):
        return "code_unknown"
    if not BUILDING_CODE.fullmatch(given.get("building_code", "B")):
        return "building_code_invalid"
    directorate = given.get("directorate_code")
    if directorate and not find_directorate(connection, directorate):
        return "directorate_unknown"
    return None


def _find_wanted_fault(connection, school: Mapping | None, wanted: Mapping) -> str | None:
    """What is wrong with the school as it would be."""
    row = dict(school or {}) | dict(wanted)
    if any(row.get(name) is None for name in (*OPENING, "area_code", "building_code")):
        return "not_understood"
    if any(not _is_code(name, wanted[name]) for name in wanted.keys() & SCHOOL_CODE_LISTS.keys()):
        return "code_unknown"
    if not are_grades(row.get("lowest_grade"), row.get("highest_grade")):
        return "grades_invalid"
    directorate = find_directorate(connection, row["directorate_code"])
    if "directorate_code" in wanted and directorate["ministry_code"] != row["ministry_code"]:
        return "directorate_of_another_ministry"
    return None


def _area(answers: Mapping, kinds: set[str]) -> str | None:
    return answers.get("identification_district" if "opened" in kinds else "place_new_district")


def _wanted(answers: Mapping, kinds: set[str], known: Mapping, given: Mapping) -> dict:
    """Columns of emis.school -> as they are to be; names alone may become nothing."""
    wanted: dict[str, object] = {}
    if "opened" in kinds:
        wanted |= {name: answers.get(column) for name, column in OPENING.items()}
        wanted |= {name: _whole(answers.get(column)) for name, column in GRADES.items()}
        wanted["is_open"] = True
    if "closed" in kinds:
        wanted["is_open"] = False
    if kinds & {"opened", "moved"}:
        wanted["area_code"] = _area(answers, kinds)
        wanted |= {n: given[n] for n in ("directorate_code", "locality_code") if n in given}
    if "session" in kinds:
        wanted["session_code"] = answers.get("building_now_session_now")
    if kinds & {"opened", "moved", "building"}:
        wanted |= _building_wanted(answers, known, given)
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if kinds & {"opened", "renamed"}:
        wanted |= {name: _words(given.get(name) or answers.get(column))
                   for name, column in NAMES.items()}  # fmt: skip
    return wanted


def _building_wanted(answers: Mapping, known: Mapping, given: Mapping) -> dict:
    """A building that nobody knows yet has its first school for a host."""
    code = given.get("building_code") or answers.get("building_now_building_code")
    if not code:
        return {}
    own, role = known["school"], answers.get("building_now_building_role")
    if own and own["building_code"] == code:
        role = role or own["building_role_code"]
    if known["target"] is None:
        role = role or "host"
    return {"building_code": code, "building_role_code": given.get("building_role_code") or role}


def _different(wanted: Mapping, school: Mapping | None) -> dict:
    if school is None:
        return dict(wanted)
    return {name: value for name, value in wanted.items() if school[name] != value}


def _missing(kinds: set[str], known: Mapping, wanted: Mapping) -> tuple[str, ...]:
    needed: list[str] = []
    if kinds & {"opened", "moved", "building"}:
        needed += ["building_code", "building_role_code"]
        if not wanted.get("building_code") or known["target"] is None:
            needed.remove("building_role_code")
    held: Mapping = {}
    if "opened" in kinds:
        needed += ["directorate_code", "locality_code"]
        held = known["school"] or {}
    return tuple(name for name in needed if not (wanted.get(name) or held.get(name)))


def _building(answers: Mapping, kinds: set[str], known: Mapping, wanted: Mapping) -> dict | None:
    """The building that the school will be in, where it is new or its place changes."""
    place = _place(answers)
    if "building_code" in wanted and known["target"] is None:
        area = wanted.get("area_code") or known["school"]["area_code"]
        row = {"building_code": wanted["building_code"], "area_code": area}
        return row | (place or {"latitude": None, "longitude": None})
    held = known["target"] if "building_code" in wanted else known["building"]
    if held is None or place is None:
        return None
    is_wanted = "coordinates" in kinds or None in (held["latitude"], held["longitude"])
    return held | place if is_wanted and {n: held[n] for n in place} != place else None


def _place(answers: Mapping) -> dict[str, float] | None:
    names = {"latitude": "location_gps_latitude", "longitude": "location_gps_longitude"}
    if any(answers.get(column) is None for column in names.values()):
        return None
    place = {name: float(answers[column]) for name, column in names.items()}
    return place if is_on_earth(**place) else None


def _words(text: str | None) -> str | None:
    return (text or "").strip() or None


def _whole(text: str | None) -> int | None:
    return int(text) if WHOLE.fullmatch(str(text or "").strip()) else None


def _is_code(name: str, value) -> bool:
    return str(value) in known_codes(SCHOOL_CODE_LISTS[name])
