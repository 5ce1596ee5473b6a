"""Registry files: CSV rows checked against the tables that they are meant for.

Comes in: a folder with buildings.csv, schools.csv, staff.csv, teaching.csv, supervisors.csv,
visits.csv, sources.csv, held.csv and rounds.csv (UTF-8, the columns of emis.building, emis.school,
emis.staff_member, emis.staff_member_teaching, emis.supervisor, emis.visit_plan,
emis.source_of_record, emis.held_figure and emis.round). Goes out: rows with typed values.
Promised: either every row is right, or nothing is returned and an OperatorError names the wrong
rows, file and line.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from itertools import chain
from pathlib import Path

import sqlalchemy as sa

from config.codes import SCHOOL_CODE_LISTS, known_codes, why_no_column
from config.errors import OperatorError
from config.rounds import SCHOOL_YEARS
from config.words import counted
from processing.command.csv_rows import CsvRow, find_twice, read_csv
from processing.command.sources_file import find_held_faults
from processing.command.teaching_file import (
    MOST_TOGETHER,
    PERIODS_A_LINE,
    find_teaching_faults,
)
from processing.db.queries.registry import list_codes

SHOWN = 20
# How like a known column an unknown one is that was meant to be it, of 1.
ALIKE = 0.8
YES_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
REQUIRED = {
    "buildings": ("building_code", "area_code", "valid_from"),
    "schools": (
        "school_code", "name_ar", "ministry_code", "directorate_code", "area_code",
        "building_code", "building_role_code", "level_code", "lowest_grade", "highest_grade",
        "sex_code", "ownership_code", "session_code", "locality_code", "language_code",
    ),
    "staff": ("school_code", "staff_number", "name", "work_code"),
    "teaching": (
        "school_code", "staff_number", "level_code", "subject_code", "weekly_period_count",
    ),
    "supervisors": ("supervisor_code", "name_ar", "directorate_code"),
    "visits": ("supervisor_code", "school_code"),
    "sources": ("school_code", "topic_code", "source_code"),
    "held": ("school_code", "topic_code", "school_year", "source_code", "as_of_date"),
    "rounds": (
        "round_code", "form_id", "school_year", "name_ar", "name_ckb", "name_en",
        "reference_date", "opens_on", "due_on", "closes_on",
    ),
}  # fmt: skip
OPTIONAL = {
    "buildings": ("latitude", "longitude", "valid_to"),
    "schools": (
        "name_ckb", "name_en", "curriculum_code", "pupil_count_last_year", "is_open", "valid_from",
    ),
    "staff": (
        "sex_code", "birth_year", "post_code", "attachment_code", "contract_code",
        "qualification_code", "institution_code", "has_pedagogical_training",
        "weekly_period_count", "is_listed",
    ),
    "teaching": (),
    "supervisors": ("name_ckb", "name_en", "language_code", "is_active", "is_certified"),
    "visits": ("planned_date", "is_planned"),
    "sources": (),
    "held": ("pupil_count", "girl_count", "boy_count", "classroom_count"),
    "rounds": ("ministry_code", "level_codes", "directorate_codes"),
}  # fmt: skip
KEYS = {
    "buildings": ("building_code",),
    "schools": ("school_code",),
    "staff": ("school_code", "staff_number"),
    "teaching": ("school_code", "staff_number", "level_code", "subject_code"),
    "sources": ("school_code", "topic_code"),
    "held": ("school_code", "topic_code", "school_year"),
    "rounds": ("round_code",),
    "supervisors": ("supervisor_code",),
    "visits": ("supervisor_code", "school_code"),
}
CODE_LISTS = SCHOOL_CODE_LISTS | {
    "level_codes": "level",
    "post_code": "staff_job",
    "work_code": "staff_job",
    "attachment_code": "staff_attachment",
    "contract_code": "contract_kind",
    "qualification_code": "qualification",
    "institution_code": "institution_kind",
    "subject_code": "taught_subject",
    "topic_code": "record_topic",
    "source_code": "record_source",
}
# What one file brings, the others may name.
NAMED_IN_FILES = {
    "building_code": "buildings",
    "school_code": "schools",
    "supervisor_code": "supervisors",
}
OWN_KEYS = {name: {column} for column, name in NAMED_IN_FILES.items()}
# The same column holds the codes of another list in these files.
OTHER_LISTS = {
    ("staff", "sex_code"): "staff_sex",
    ("teaching", "level_code"): "teaching_level",
}
NAMING = {column for columns in KEYS.values() for column in columns}
# They stand in addresses of pages, where / parts one name from the next and dots lead elsewhere.
ADDRESSED = {("schools", "school_code"), ("rounds", "round_code")}
# Several codes in one cell, a space between them.
SEVERAL = ("level_codes", "directorate_codes")
DATES = (
    "valid_from", "valid_to", "reference_date", "opens_on", "due_on", "closes_on", "planned_date",
    "as_of_date",
)  # fmt: skip
# The first may be the second, not after it.
ORDERS = (
    ("lowest_grade", "highest_grade"), ("opens_on", "due_on"), ("due_on", "closes_on"),
    ("valid_from", "valid_to"),
)  # fmt: skip
WHETHER = (
    "is_open", "is_active", "is_certified", "is_planned", "is_listed", "has_pedagogical_training",
)  # fmt: skip
# Whole numbers, and what the tables take of them; grades are those of config/codes/grade.csv.
RANGES = {
    "birth_year": (1900, 2100), "weekly_period_count": (0, MOST_TOGETHER),
    "school_year": SCHOOL_YEARS, "lowest_grade": (-1, 14), "highest_grade": (-1, 14),
    "pupil_count_last_year": (0, 99_999), "pupil_count": (0, 99_999), "girl_count": (0, 99_999),
    "boy_count": (0, 99_999), "classroom_count": (0, 999),
}  # fmt: skip
# The same column holds other numbers in these files.
OTHER_RANGES = {("teaching", "weekly_period_count"): PERIODS_A_LINE}
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
    faults += find_teaching_faults(connection, files)
    faults += find_held_faults(connection, files)
    if faults:
        raise _invalid(faults)
    for row in chain.from_iterable(files.values()):
        row.pop("line", None)
    return files


def _read(path: Path, name: str, faults: list[str]) -> list[dict]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        faults.append(f"{path.name}: is not UTF-8; save it as CSV UTF-8")
        return []
    columns, rows = read_csv(text)
    missing = [column for column in REQUIRED[name] if column not in columns]
    if missing:
        plain = f"has no column {', '.join(missing)}"
        faults.append(f"{path.name}: {why_no_column(missing[0], columns, plain)}")
        return []
    if twice := find_twice(columns):
        faults.append(f"{path.name}: {twice}")
        return []
    faults += [f"{path.name}: {fault}" for fault in _misspelt(name, columns)]
    seen: dict[str, int] = {}
    return [_row(name, row, seen, faults) for row in rows]


def _misspelt(name: str, columns: tuple[str, ...]) -> Iterator[str]:
    """Columns that are not ours and look like one of ours that is missing. Others are the file's
    own: nobody reads them.
    """
    known = (*REQUIRED[name], *OPTIONAL[name])
    absent = [column for column in OPTIONAL[name] if column not in columns]
    for column in (column for column in columns if column not in known):
        for meant in get_close_matches(column, absent, n=1, cutoff=ALIKE):
            yield f"has a column {column}; is {meant} meant?"


def _row(name: str, row: CsvRow, seen: dict[str, int], faults: list[str]) -> dict:
    line, typed = row.line, {}
    if row.fault:
        faults.append(f"{name}.csv line {line}: {row.fault}")
    if not row.cells:
        return {"line": line}
    for column in (*REQUIRED[name], *OPTIONAL[name]):
        text = row.cells.get(column, "")
        try:
            typed[column] = _value(name, column, text)
            if not text and column in REQUIRED[name]:
                raise ValueError("is empty")
        except ValueError as error:
            faults.append(f"{name}.csv line {line}: {column} {error}")
    faults += [f"{name}.csv line {line}: {fault}" for fault in _order_faults(typed)]
    key = " ".join(row.cells[column] for column in KEYS[name])
    if key in seen:
        faults.append(f"{name}.csv line {line}: {key} stands in line {seen[key]} already")
    seen.setdefault(key, line)
    typed["line"] = line
    return {column: value for column, value in typed.items() if value is not None}


def _order_faults(typed: dict) -> Iterator[str]:
    for first, second in ORDERS:
        low, high = typed.get(first), typed.get(second)
        if None not in (low, high) and low > high:
            yield f"{first} {low} is after {second} {high}"


def _value(name: str, column: str, text: str):
    if not text:
        return None
    if column in RANGES:
        limits = OTHER_RANGES.get((name, column), RANGES[column])
        return _in_range(limits, _checked(int, text, "is not a whole number"))
    if column in DATES:
        return _checked(dt.date.fromisoformat, text, "is not a date (2026-11-01)")
    if column in DEGREES:
        return _degrees(text, DEGREES[column])
    if column in WHETHER:
        return _checked(lambda word: YES_NO[word.lower()], text, "is neither yes nor no")
    if column in NAMING and not text.isprintable():
        raise ValueError(f"{text!r} is no code: a sign in it cannot be seen; type it anew")
    if (name, column) in ADDRESSED and ("/" in text or not text.strip(".")):
        raise ValueError(f"{text!r} is no address of a page: write it without /, as with a hyphen")
    codes = text.split() if column in SEVERAL else [text]
    code_list = OTHER_LISTS.get((name, column)) or CODE_LISTS.get(column)
    if code_list:
        for code in codes:
            if code not in known_codes(code_list):
                raise ValueError(f"{code!r} is not in the code list {code_list}")
    return codes if column in SEVERAL else text


def _checked(read: Callable, text: str, fault: str):
    try:
        return read(text)
    except (ValueError, KeyError):
        raise ValueError(f"{text!r} {fault}") from None


def _in_range(limits: tuple[int, int], number: int) -> int:
    lowest, highest = limits
    if not lowest <= number <= highest:
        raise ValueError(f"{number} lies outside {lowest} to {highest}")
    return number


def _degrees(text: str, limit: float) -> float:
    degrees = _checked(float, text, "is not a number of degrees")
    if not -limit <= degrees <= limit:
        raise ValueError(f"{text!r} lies outside ±{limit:g} degrees")
    return degrees


def _check_references(connection: sa.Connection, files: dict[str, list[dict]], faults) -> None:
    """Areas, buildings, schools, … that rows name must exist, here or in the files."""
    tables = ("area", "building", "directorate", "school", "supervisor")
    known = {f"{table}_code": list_codes(connection, table) for table in tables}
    for column, name in NAMED_IN_FILES.items():
        known[column] |= {row.get(column) for row in files.get(name, ())}
    known["directorate_codes"] = known["directorate_code"]
    for name, rows in files.items():
        for row in rows:
            for column in sorted(known.keys() & row.keys() - OWN_KEYS.get(name, set())):
                given = row[column] if column in SEVERAL else [row[column]]
                for code in (code for code in given if code not in known[column]):
                    place = f"{name}.csv line {row['line']}"
                    faults.append(f"{place}: {column} {code!r} is not known")


def _invalid(faults: list[str]) -> OperatorError:
    more = f" … and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return OperatorError(
        "registry-file-invalid",
        f"{counted(len(faults), 'fault')}, so nothing was written:"
        f" {'; '.join(faults[:SHOWN])}{more}.",
        "Correct these lines and load the folder again.",
    )
