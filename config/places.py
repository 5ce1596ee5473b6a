"""The two trees that a school hangs in: areas, and directorates.

In: `config/codes/areas.csv` and `config/codes/directorates.csv`. Out: frozen records, parents
always before their children. Promised: every parent exists, no code stands twice, dates are
dates; a file that breaks this is an OperatorError `places-invalid` that names file and code.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from config.errors import OperatorError
from config.paths import CODES_DIR

AREA_LEVELS = ("nation", "governorate", "district")
DIRECTORATE_LEVELS = ("general", "department")


@dataclass(frozen=True)
class Area:
    """`map_code`: the governorate on a map of 18; empty for the nation."""

    area_code: str
    area_level: str
    parent_code: str | None
    name_ar: str
    name_ckb: str
    name_en: str
    valid_from: date
    valid_to: date | None
    source: str
    iso_code: str
    cso_1997_code: str
    map_code: str


@dataclass(frozen=True)
class Directorate:
    """`area_code`: where its office works, which does not say which schools it runs."""

    directorate_code: str
    directorate_level: str
    parent_code: str | None
    ministry_code: str
    name_ar: str
    name_ckb: str
    name_en: str
    valid_from: date
    valid_to: date | None
    source: str
    area_code: str


@cache
def read_areas(path: Path = CODES_DIR / "areas.csv") -> tuple[Area, ...]:
    """The nation, then its governorates, then their districts."""
    return _read_tree(path, Area, "area_code", "area_level", AREA_LEVELS)


@cache
def read_directorates(path: Path = CODES_DIR / "directorates.csv") -> tuple[Directorate, ...]:
    """The general directorates, then their departments."""
    levels = DIRECTORATE_LEVELS
    return _read_tree(path, Directorate, "directorate_code", "directorate_level", levels)


def list_districts(governorate_code: str | None = None) -> tuple[Area, ...]:
    """Every district, or those of one governorate."""
    districts = (area for area in read_areas() if area.area_level == "district")
    return tuple(area for area in districts if governorate_code in (None, area.parent_code))


def list_governorates() -> tuple[Area, ...]:
    """Every governorate."""
    return tuple(area for area in read_areas() if area.area_level == "governorate")


def list_departments(ministry_code: str, district_code: str) -> tuple[Directorate, ...]:
    """The departments of a ministry whose office works in a district; often one, maybe none."""
    return tuple(
        unit
        for unit in read_directorates()
        if unit.directorate_level == "department"
        and (unit.ministry_code, unit.area_code) == (ministry_code, district_code)
    )


def _read_tree(path: Path, record, code: str, level: str, levels: tuple[str, ...]) -> tuple:
    units = [_record(path, record, row) for row in _rows(path)]
    by_code = {getattr(unit, code): unit for unit in units}
    if len(by_code) < len(units):
        raise _invalid(path, "a code stands twice")
    for unit in units:
        _check_place_in_tree(path, unit, getattr(unit, code), by_code, level, levels)
    return tuple(sorted(units, key=lambda unit: levels.index(getattr(unit, level))))


def _check_place_in_tree(path, unit, code, by_code, level, levels) -> None:
    depth = levels.index(getattr(unit, level)) if getattr(unit, level) in levels else -1
    parent = by_code.get(unit.parent_code)
    if depth == 0 and unit.parent_code is None:
        return
    if depth < 1 or parent is None or getattr(parent, level) != levels[depth - 1]:
        raise _invalid(path, f"{code} has no parent on the level above its own")


def _rows(path: Path):
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(line for line in lines if not line.startswith("#"))


def _record(path: Path, record, row: dict):
    names = record.__dataclass_fields__
    values = {name: row.get(name) or "" for name in names}
    values["parent_code"] = values["parent_code"] or None
    try:
        values["valid_from"] = date.fromisoformat(values["valid_from"])
        values["valid_to"] = date.fromisoformat(values["valid_to"]) if values["valid_to"] else None
    except ValueError:
        raise _invalid(path, f"{next(iter(values.values()))} has no valid date") from None
    return record(**values)


def _invalid(path: Path, what: str) -> OperatorError:
    return OperatorError(
        "places-invalid", f"{path.name}: {what}.", "Correct the file in config/codes."
    )
