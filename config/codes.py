"""Code lists: `config/codes/<list>.csv`, as frozen records.

Comes in: a CSV in UTF-8 with the columns code, name_ar, name_ckb, name_en and any others; lines
that begin with `#` say the source and the date. Goes out: the codes in the file's order. A code
stands once in its list and has a name in each language, or the list is refused.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn, TextIO

from config.errors import OperatorError
from config.paths import CODES_DIR

NAME_COLUMNS = ("name_ar", "name_ckb", "name_en")
# Files of the folder that are no lists of codes.
TREES = {"areas", "directorates"}
# Column of emis.school -> the list of its codes.
SCHOOL_CODE_LISTS = {
    "ministry_code": "ministry",
    "building_role_code": "building_role",
    "level_code": "level",
    "sex_code": "school_sex",
    "ownership_code": "ownership",
    "session_code": "session",
    "locality_code": "locality",
    "language_code": "language",
    "curriculum_code": "curriculum",
}


@dataclass(frozen=True)
class Code:
    """One line of a code list; `extra` holds its further columns as text."""

    code: str
    name_ar: str
    name_ckb: str
    name_en: str
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)

    def name(self, language: str) -> str:
        """The name in `ar`, `ckb` or `en`."""
        return {"ar": self.name_ar, "ckb": self.name_ckb, "en": self.name_en}[language]


@cache
def read_codes(list_name: str) -> tuple[Code, ...]:
    """The codes of a list in the file's order.

    Raises OperatorError `code-list-unknown` or `code-list-invalid` (a code twice, a name missing).
    """
    rows = read_table(list_name)
    _require_columns(list_name, rows)
    codes = tuple(_code_of(row) for row in rows)
    _require_unique(list_name, codes)
    _require_names(list_name, codes)
    return codes


@cache
def known_codes(list_name: str) -> frozenset[str]:
    """The codes of a list, to ask of many values whether it has them."""
    return frozenset(code.code for code in read_codes(list_name))


@cache
def code_names(list_name: str, language: str) -> Mapping[str, str]:
    """Code -> its name in `ar`, `ckb` or `en`, in the file's order."""
    return MappingProxyType({code.code: code.name(language) for code in read_codes(list_name)})


@cache
def read_table(list_name: str) -> tuple[Mapping[str, str], ...]:
    """The lines of any CSV of the folder as column -> text, comments left out.

    Excel puts a comment that holds a comma in quotation marks.
    """
    path = CODES_DIR / f"{list_name}.csv"
    if path not in CODES_DIR.glob("*.csv"):
        raise OperatorError(
            "code-list-unknown",
            f"There is no code list {list_name!r}.",
            f"The lists are {', '.join(list_code_lists())}.",
        )
    lines = _lines_of(path)
    reader = csv.DictReader((text for _, text in lines), strict=True)
    try:
        return tuple(MappingProxyType(row) for row in reader)
    except csv.Error:
        number, _ = lines[reader.line_num]
        _refuse(list_name, f"line {number} has a quotation mark that is not closed in its cell")


def _lines_of(path: Path) -> list[tuple[int, str]]:
    """The lines that are neither blank nor a comment, counted as an editor shows them."""
    numbered = [(number, text) for number, text in enumerate(_text_of(path), 1) if text.strip()]
    return [(number, text) for number, text in numbered if not text.startswith(("#", '"#'))]


def why_no_column(column: str, columns: Iterable[str], missing: str) -> str:
    """What a CSV file that lacks a column is told: `missing`, or that commas are wanted in it."""
    heading = ",".join(filter(None, columns))
    if column in heading and (";" in heading or "\t" in heading):
        return "its columns are not separated by commas; save it as CSV UTF-8 (comma delimited)"
    return missing


def _text_of(path: Path) -> TextIO:
    try:
        return io.StringIO(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        _refuse(path.stem, "it is not written in UTF-8")


def list_code_lists() -> tuple[str, ...]:
    """The lists that `read_codes` reads; areas and directorates are trees, not code lists."""
    return tuple(sorted({path.stem for path in CODES_DIR.glob("*.csv")} - TREES))


def _code_of(row: Mapping[str, str]) -> Code:
    extra = {key: text for key, text in row.items() if key not in ("code", *NAME_COLUMNS)}
    return Code(row["code"], *(row[column] for column in NAME_COLUMNS), MappingProxyType(extra))


def _require_columns(list_name: str, rows: tuple[Mapping[str, str], ...]) -> None:
    expected = {"code", *NAME_COLUMNS}
    if not rows or not expected <= set(rows[0]):
        needed = f"it needs lines with the columns {', '.join(sorted(expected))}"
        _refuse(list_name, why_no_column("code", rows[0] if rows else (), needed))
    for row in rows:
        if None in row or None in row.values():
            what = f"the line of {row['code']!r} has another number of cells than the heading"
            _refuse(list_name, what)


def _require_unique(list_name: str, codes: tuple[Code, ...]) -> None:
    seen = set()
    for code in codes:
        if code.code in seen:
            _refuse(list_name, f"the code {code.code!r} stands there twice")
        seen.add(code.code)


def _require_names(list_name: str, codes: tuple[Code, ...]) -> None:
    for code in codes:
        if not all(text.strip() for text in (code.code, code.name_ar, code.name_ckb, code.name_en)):
            _refuse(list_name, f"the code {code.code!r} lacks a name in one of the three languages")


def _refuse(list_name: str, what: str) -> NoReturn:
    raise OperatorError(
        "code-list-invalid",
        f"The code list {list_name!r} cannot be used: {what}.",
        f"Correct config/codes/{list_name}.csv; Excel saves it as “CSV UTF-8 (comma delimited)”.",
    )
