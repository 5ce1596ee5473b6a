"""Registry files: CSV rows checked against the tables that they are meant for.

Comes in: a folder with buildings.csv, schools.csv, supervisors.csv, rounds.csv (UTF-8, the columns
of emis.building, emis.school, emis.supervisor and emis.round). Goes out: rows with typed values.
Promised: either every row is right, or nothing is returned and an OperatorError names the wrong
rows, file and line.
"""

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from config.codes import read_codes
from config.errors import OperatorError

SHOWN = 20
YES_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
REQUIRED = {
    "buildings": ("building_code", "area_code", "valid_from"),
    "schools": (
        "school_code", "name_ar", "ministry_code", "directorate_code", "area_code",
        "building_code", "building_role_code", "level_code", "lowest_grade", "highest_grade",
        "sex_code", "ownership_code", "session_code", "locality_code", "language_code",
    ),
    "supervisors": ("supervisor_code", "name_ar", "directorate_code"),
    "rounds": (
        "round_code", "form_id", "school_year", "name_ar", "name_ckb", "name_en",
        "reference_date", "opens_on", "due_on", "closes_on",
    ),
}  # fmt: skip
OPTIONAL = {
    "buildings": ("latitude", "longitude", "valid_to"),
    "schools": ("name_ckb", "name_en", "pupil_count_last_year", "is_open", "valid_from"),
    "supervisors": ("name_ckb", "name_en", "language_code", "is_active"),
    "rounds": ("ministry_code", "level_codes", "directorate_codes"),
}
KEYS = {
    "buildings": "building_code",
    "schools": "school_code",
    "rounds": "round_code",
    "supervisors": "supervisor_code",
}
CODE_LISTS = {
    "ministry_code": "ministry",
    "building_role_code": "building_role",
    "level_code": "level",
    "sex_code": "school_sex",
    "ownership_code": "ownership",
    "session_code": "session",
    "locality_code": "locality",
    "language_code": "language",
    "level_codes": "level",
}
# Several codes in one cell, a space between them.
SEVERAL = ("level_codes", "directorate_codes")
WHOLE = ("lowest_grade", "highest_grade", "pupil_count_last_year", "school_year")
DATES = ("valid_from", "valid_to", "reference_date", "opens_on", "due_on", "closes_on")
# The first may be the second, not after it.
ORDERS = (
    ("lowest_grade", "highest_grade"), ("opens_on", "due_on"), ("due_on", "closes_on"),
    ("valid_from", "valid_to"),
)  # fmt: skip
DEGREES = {"latitude": 90.0, "longitude": 180.0}


def read_registry(connection: sa.Connection, folder: Path) -> dict[str, list[dict]]:
    """Rows by file name, as `replace_registry` takes them. Raises `registry-file-invalid`."""
    names = [name for name in REQUIRED if (folder / f"{name}.csv").is_file()]
    if not names:
        raise OperatorError(
            "registry-file-missing",
            f"{folder} holds none of {', '.join(f'{name}.csv' for name in REQUIRED)}.",
            "docs/registry.md describes their columns.",
        )
    faults: list[str] = []
    files = {name: _read(folder / f"{name}.csv", name, faults) for name in names}
    _check_references(connection, files, faults)
    if faults:
        raise _invalid(faults)
    return files


def _read(path: Path, name: str, faults: list[str]) -> list[dict]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        faults.append(f"{path.name}: is not UTF-8; save it as CSV UTF-8")
        return []
    reader = csv.DictReader(text.splitlines())
    missing = [column for column in REQUIRED[name] if column not in (reader.fieldnames or ())]
    if missing:
        faults.append(f"{path.name}: has no column {', '.join(missing)}")
        return []
    seen: dict[str, int] = {}
    return [_row(name, line, row, seen, faults) for line, row in enumerate(reader, start=2)]


def _row(name: str, line: int, row: dict, seen: dict[str, int], faults: list[str]) -> dict:
    typed = {}
    for column in (*REQUIRED[name], *OPTIONAL[name]):
        text = (row.get(column) or "").strip()
        try:
            typed[column] = _value(column, text)
            if not text and column in REQUIRED[name]:
                raise ValueError("is empty")
        except ValueError as error:
            faults.append(f"{name}.csv line {line}: {column} {error}")
    faults += [f"{name}.csv line {line}: {fault}" for fault in _row_faults(row, typed)]
    key = (row.get(KEYS[name]) or "").strip()
    if key in seen:
        faults.append(f"{name}.csv line {line}: {key} stands in line {seen[key]} already")
    seen.setdefault(key, line)
    typed["line"] = line
    return {column: value for column, value in typed.items() if value is not None}


def _row_faults(row: dict, typed: dict) -> list[str]:
    """What is wrong with the row as a whole. An unquoted comma in a name shifts the cells."""
    found = ["has more cells than the header"] if None in row else []
    for first, second in ORDERS:
        low, high = typed.get(first), typed.get(second)
        if None not in (low, high) and low > high:
            found.append(f"{first} {low} is after {second} {high}")
    if (typed.get("pupil_count_last_year") or 0) < 0:
        found.append("pupil_count_last_year is less than 0")
    return found


def _value(column: str, text: str):
    if not text:
        return None
    if column in WHOLE:
        return _checked(int, text, "is not a whole number")
    if column in DATES:
        return _checked(dt.date.fromisoformat, text, "is not a date (2026-11-01)")
    if column in DEGREES:
        return _degrees(text, DEGREES[column])
    if column in ("is_open", "is_active"):
        return _checked(lambda word: YES_NO[word.lower()], text, "is neither yes nor no")
    codes = text.split() if column in SEVERAL else [text]
    if column in CODE_LISTS:
        known = {code.code for code in read_codes(CODE_LISTS[column])}
        for code in codes:
            if code not in known:
                raise ValueError(f"{code!r} is not in the code list {CODE_LISTS[column]}")
    return codes if column in SEVERAL else text


def _checked(read: Callable, text: str, fault: str):
    try:
        return read(text)
    except (ValueError, KeyError):
        raise ValueError(f"{text!r} {fault}") from None


def _degrees(text: str, limit: float) -> float:
    degrees = _checked(float, text, "is not a number of degrees")
    if not -limit <= degrees <= limit:
        raise ValueError(f"{text!r} lies outside ±{limit:g} degrees")
    return degrees


def _check_references(connection: sa.Connection, files: dict[str, list[dict]], faults) -> None:
    """Areas, directorates and buildings that rows name must exist, here or in the files."""
    known = {
        "area_code": _codes(connection, "area_code", "area"),
        "directorate_code": _codes(connection, "directorate_code", "directorate"),
        "building_code": _codes(connection, "building_code", "building"),
    }
    known["building_code"] |= {row.get("building_code") for row in files.get("buildings", ())}
    known["directorate_codes"] = known["directorate_code"]
    for name, rows in files.items():
        for row in rows:
            for column in known.keys() & row.keys() - {KEYS[name]}:
                given = row[column] if column in SEVERAL else [row[column]]
                for code in (code for code in given if code not in known[column]):
                    place = f"{name}.csv line {row['line']}"
                    faults.append(f"{place}: {column} {code!r} is not known")
    for rows in files.values():
        for row in rows:
            row.pop("line", None)


def _codes(connection: sa.Connection, column: str, table: str) -> set[str]:
    return set(connection.execute(sa.text(f"SELECT {column} FROM emis.{table}")).scalars())


def _invalid(faults: list[str]) -> OperatorError:
    more = f" … and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return OperatorError(
        "registry-file-invalid",
        f"{len(faults)} faults, so nothing was written: {'; '.join(faults[:SHOWN])}{more}.",
        "Correct these lines and load the folder again.",
    )
