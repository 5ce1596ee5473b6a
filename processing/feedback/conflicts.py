"""Conflicts of entities: what each side says, and what a choice changes in the registry.

In: versions of an entity, the registry's row. Out: for each property that differs the values to
choose from, each with where it comes from. Writes nothing.

A conflict is an update that was made from an old version. The good version is the one before the
first such update; the sides are that version and what came with each update.

An edit is a property that others changed last, without a conflict: the sides are the registry and
Central. Where a property has no home in the registry (`processing.feedback.homes`), both are shown,
and the registry's alone may be chosen.
"""

import hashlib
import json
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from config.codes import SCHOOL_CODE_LISTS, known_codes
from config.names import label_column
from processing.feedback.updates import are_grades, is_on_earth

LABEL = "label"
# Property of the list `schools` -> column of emis.school, for what the registry holds of a school.
# The label is one of its names: see `label_column_of`.
SCHOOL_COLUMNS = {
    "district": "area_code",
    "directorate": "directorate_code",
    "ministry": "ministry_code",
    "curriculum": "curriculum_code",
    "level": "level_code",
    "sex": "sex_code",
    "lowest_grade": "lowest_grade",
    "highest_grade": "highest_grade",
    "building_code": "building_code",
    "building_role": "building_role_code",
    "pupils_last_year": "pupil_count_last_year",
}
BUILDING_COLUMNS = {"latitude": "latitude", "longitude": "longitude"}
CODE_LISTS = {
    name: SCHOOL_CODE_LISTS[column]
    for name, column in SCHOOL_COLUMNS.items() if column in SCHOOL_CODE_LISTS
}  # fmt: skip
WHOLE = ("lowest_grade", "highest_grade", "pupils_last_year")
# More than any school has; a longer number is a slip, and no integer of PostgreSQL.
MOST_PUPILS = 99_999
# Of what somebody changes at Central, these may be taken over into the registry; it computes the
# others from what schools have sent.
EDITED = (
    LABEL,
    *(name for name in (*SCHOOL_COLUMNS, *BUILDING_COLUMNS) if name != "pupils_last_year"),
)
# What names an entity is not chosen.
KEYS = ("school_code",)
REGISTRY, GOOD, CAME, NOW = "registry", "good", "came", "now"


@dataclass(frozen=True)
class Side:
    """kind: registry, good, came or now. version: the row of it, None for the registry."""

    kind: str
    version: Mapping | None


@dataclass(frozen=True)
class Option:
    """A value, and who says so."""

    value: str
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Difference:
    """property: as the list names it, `label` for the label. options: two values or more.

    reason: why the registry's value alone may be chosen, where that is so.
    """

    property: str
    options: tuple[Option, ...]
    reason: str | None = None

    def may_choose(self, option: Option) -> bool:
        return self.reason is None or any(side.kind == REGISTRY for side in option.sides)


@dataclass
class _Writers:
    """own: the values as we wrote them last, or as the entity was made. came: what others have
    changed since, with the version in which they did."""

    own: dict[str, str]
    came: dict[str, Mapping] = field(default_factory=dict)


def find_differences(
    versions: Sequence[Mapping],
    registry: Mapping[str, str] | None,
    find_reason: Callable[[str], str | None] = lambda name: None,
) -> tuple[Difference, ...]:
    """versions: oldest first, as the mirror has them. registry: the list's row as we would make
    it, None where the list is not the registry's.
    """
    clashes = [each for each in versions if each["conflict"]]
    if not clashes:
        return ()
    by_number = {each["version"]: each for each in versions}
    good = by_number.get(clashes[0]["version"] - 1)
    touched = {name for each in clashes for name in each["data_received"] or {}}
    if good:
        newest = _values(versions[-1])
        touched |= {name for name, value in _values(good).items() if newest.get(name) != value}
    found = (
        Difference(
            name,
            _options(name, good, clashes, versions[-1], registry),
            find_reason(name) if registry and name in registry else None,
        )
        for name in sorted(touched - set(KEYS), key=lambda name: (name != LABEL, name))
    )
    return tuple(each for each in found if len(each.options) > 1)


def find_edits(
    versions: Sequence[Mapping],
    registry: Mapping[str, str] | None,
    ours: Container[int],
    find_reason: Callable[[str], str | None] = lambda name: None,
) -> tuple[Difference, ...]:
    """What others have changed last and the registry holds otherwise. ours: the accounts of ours.

    registry: its properties are those that are asked about, in their order.
    """
    if registry is None or not versions:
        return ()
    came, newest = _read_writers(versions, ours).came, _values(versions[-1])
    return tuple(
        Difference(name, (
            Option(registry[name], (Side(REGISTRY, None),)),
            Option(newest.get(name, ""), (Side(CAME, came[name]), Side(NOW, versions[-1]))),
        ), find_reason(name))
        for name in registry
        if name in came and registry[name] != newest.get(name, "")
    )  # fmt: skip


def find_own_values(versions: Sequence[Mapping], ours: Container[int]) -> dict[str, str]:
    """Label and properties as we have written them last; nothing where there are no versions."""
    return _read_writers(versions, ours).own if versions else {}


def is_of_version(versions: Sequence[Mapping], name: str, value: str) -> bool:
    """Has a version said this value, or come with it? If none has, it was shown as ours."""
    return any(
        value in (_values(each).get(name, ""), (each["data_received"] or {}).get(name))
        for each in versions
    )


def find_changed_by_others(versions: Sequence[Mapping], ours: Container[int]) -> set[str]:
    """Label and properties that others have changed last, to another value than ours."""
    return set(_read_writers(versions, ours).came) if versions else set()


def _read_writers(versions: Sequence[Mapping], ours: Container[int]) -> _Writers:
    found = _Writers(_values(versions[0]))
    for before, after in pairwise(versions):
        values = _values(after)
        for name in _changed(before, after):
            value = values.get(name, "")
            if after["creator_id"] in ours:
                found.own[name] = value
            if found.own.get(name, "") == value:
                found.came.pop(name, None)
            else:
                found.came[name] = after
    return found


def fingerprint(differences: Sequence[Difference]) -> str:
    """The same for the same values in the same places: a choice names places alone."""
    shown = [(each.property, [option.value for option in each.options]) for each in differences]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def label_column_of(school: Mapping) -> str:
    """Which name of a school of the registry its label is."""
    return label_column(school["language_code"], school["name_ckb"])


def registry_values(chosen: Mapping[str, str], school: Mapping) -> tuple[dict, dict]:
    """(columns of emis.school, columns of emis.building) of what was chosen in `schools`.

    school: its row in the registry. Raises ValueError where a value is not of its type.
    """
    names = SCHOOL_COLUMNS | {LABEL: label_column_of(school)}
    columns = {names[name]: _typed(name, value) for name, value in chosen.items()
               if name in names}  # fmt: skip
    building = {BUILDING_COLUMNS[name]: float(value) if value else None
                for name, value in chosen.items() if name in BUILDING_COLUMNS}  # fmt: skip
    return columns, building


def find_choice_fault(chosen: Mapping[str, str], known: Mapping[str, object]) -> str | None:
    """Why the registry cannot hold what was chosen of a school, as a fault of config/updates.toml.

    known: the school's row as it is, `areas`, `directorates` and `buildings` as sets of codes.
    """
    try:
        school, place = registry_values(chosen, known["school"])
    except ValueError:
        return "not_understood"
    if not is_on_earth(place.get("latitude") or 0, place.get("longitude") or 0):
        return "not_understood"
    if not 0 <= (school.get("pupil_count_last_year") or 0) <= MOST_PUPILS:
        return "not_understood"
    for name, code_list in CODE_LISTS.items():
        if name in chosen and chosen[name] not in known_codes(code_list):
            return "code_unknown"
    if chosen.get(LABEL, "-").strip() == "":
        return "name_missing"
    row = dict(known["school"]) | school
    if row["area_code"] not in known["areas"]:
        return "district_unknown"
    if row["directorate_code"] not in known["directorates"]:
        return "directorate_unknown"
    if row["building_code"] not in known["buildings"]:
        return "building_unknown"
    return None if are_grades(row["lowest_grade"], row["highest_grade"]) else "grades_invalid"


def _options(name, good, clashes, newest, registry) -> tuple[Option, ...]:
    sides: list[tuple[str, Side]] = []
    if registry is not None and name in registry:
        sides.append((registry[name], Side(REGISTRY, None)))
    if good:
        sides.append((_values(good).get(name, ""), Side(GOOD, good)))
    for each in clashes:
        if name in (each["data_received"] or {}):
            sides.append((each["data_received"][name], Side(CAME, each)))
    sides.append((_values(newest).get(name, ""), Side(NOW, newest)))
    values = dict.fromkeys(value for value, _ in sides)
    return tuple(
        Option(value, tuple(side for other, side in sides if other == value)) for value in values
    )


def _changed(before: Mapping, after: Mapping) -> list[str]:
    was, now = _values(before), _values(after)
    return [name for name in was | now if was.get(name, "") != now.get(name, "")]


def _values(version: Mapping) -> dict[str, str]:
    return {LABEL: version["label"], **(version["data"] or {})}


def _typed(name: str, value: str):
    if name in WHOLE:
        return int(value) if value else None
    return value.strip()
