"""The cells of an XLSForm, with the row and column that a person sees in Excel.

Comes in: the path of an .xlsx file. Goes out: its sheets as plain rows, nothing interpreted.
"""

import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from bridge.workbook import Workbook, look_into, not_a_workbook
from config.errors import OperatorError

LANGUAGE_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*$")


@dataclass(frozen=True)
class Header:
    """`label::English (en)` is base `label`, language `English (en)`; most have no language."""

    text: str
    base: str
    language: str | None

    @property
    def language_code(self) -> str | None:
        found = LANGUAGE_CODE.search(self.language or "")
        return found[1] if found else None


@dataclass(frozen=True)
class Row:
    """One row below the headers. number: as Excel shows it. cells: base+language text -> value."""

    number: int
    cells: dict[str, str]

    def get(self, header: str) -> str:
        return self.cells.get(header, "")


@dataclass(frozen=True)
class Sheet:
    name: str
    headers: tuple[Header, ...]
    rows: tuple[Row, ...]

    def header_of(self, *bases: str) -> str:
        """The text of the header with one of these bases and no language, or ""."""
        found = (h.text for h in self.headers if h.base in bases and h.language is None)
        return next(found, "")


@dataclass(frozen=True)
class XlsForm:
    path: Path
    survey: Sheet
    choices: Sheet
    settings: Sheet
    entities: Sheet
    workbook: Workbook

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return (self.survey, self.choices, self.settings)

    def setting(self, *names: str) -> str:
        rows = self.settings.rows
        return rows[0].get(self.settings.header_of(*names)) if rows else ""

    @property
    def form_id(self) -> str:
        return self.setting("form_id", "id_string", "set_form_id") or self.path.stem


def type_words(survey: Sheet, row: Row) -> list[str]:
    """`begin_group` and `begin group` as ["begin", "group"]; `start-geopoint` stays one word."""
    return row.get(survey.header_of("type")).replace("_", " ").lower().split()


def read_xlsform(path: Path) -> XlsForm:
    """Raises OperatorError for what is not an Excel workbook with a survey sheet."""
    with open_workbook(path) as (book, facts):
        # As pyxform does: of two sheets whose names differ in case alone, the last one counts.
        sheets = {sheet.title.lower(): sheet for sheet in book.worksheets}
        if "survey" not in sheets:
            raise _without_survey(path, facts)
        names = ("survey", "choices", "settings", "entities")
        return XlsForm(path, *(read_sheet(name, sheets.get(name)) for name in names), facts)


@contextmanager
def open_workbook(path: Path):
    """(openpyxl's workbook, what bridge.workbook saw in it)."""
    facts = look_into(path)
    try:
        with quiet_excel():
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError):
        raise not_a_workbook(path) from None
    try:
        yield book, facts
    finally:
        book.close()


def _without_survey(path: Path, facts: Workbook) -> OperatorError:
    similar = next((name for name in facts.sheet_names if name.strip().lower() == "survey"), None)
    return OperatorError(
        "form-invalid",
        f"{path.name} has no sheet named survey.",
        "Remove the spaces around the name of its sheet." if similar else
        "The questions stand in a sheet of that name; see docs/form-authors.md.",
    )  # fmt: skip


@contextmanager
def quiet_excel():
    """openpyxl warns of Excel's own ornaments, which no form uses."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="openpyxl")
        yield


def read_sheet(name: str, sheet) -> Sheet:
    """sheet: openpyxl's, or None where the workbook has none of this name."""
    lines = sheet.iter_rows(values_only=True) if sheet is not None else iter(())
    headers = [_header(value) for value in next(lines, ())]
    rows = []
    for number, values in enumerate(lines, start=2):
        cells = {
            header.text: _text(value)
            for header, value in zip(headers, values, strict=False)
            if header.text and _text(value)
        }
        if cells:
            rows.append(Row(number, cells))
    return Sheet(name, tuple(header for header in headers if header.text), tuple(rows))


def _header(value) -> Header:
    text = _text(value)
    parts = [part.strip() for part in re.split(r"\s*::?\s*", text)] if "::" in text else [text]
    base = re.sub(r"\s+", "_", parts[0].lower())
    if base == "media" and len(parts) > 1:
        base, parts = parts[1].lower(), parts[1:]
    if base in ("bind", "body", "instance", "control"):
        return Header(text, _meant_by(base, parts), None)
    return Header(text, base, parts[1] if len(parts) > 1 else None)


def _meant_by(base: str, parts: list[str]) -> str:
    """`bind::relevant` and `body::appearance` are those columns; `bind::jr:preload` is a bind."""
    is_column = base != "instance" and len(parts) == 2 and parts[1].lower() != "type"
    return parts[1].lower() if is_column else base


def _text(value) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
