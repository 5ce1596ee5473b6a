"""A form's XLSX as rows, for tests of what stands in it."""

from dataclasses import dataclass
from functools import cache

import openpyxl

from config.forms import load_catalogue

LANGUAGES = {"ar": "العربية (ar)", "ckb": "کوردی (ckb)", "en": "English (en)"}
TEXTS = ("label", "hint", "required_message", "constraint_message")
# The returns, which are built alike; the answer to a correction task has tests of its own.
FORM_IDS = tuple(form_id for form_id in load_catalogue() if form_id != "corrections")
# Those that ask a school where it lies and which it is, and begin with the school of the tablet.
OWN_SCHOOL_FORMS = tuple(
    form_id for form_id, form in load_catalogue().items() if "schools" in form.entity_lists
)
BUTTONS = {
    "ar": ("«Send» (إرسال)", "«Finalize» (إنهاء)", "«إرسال الاستمارة النهائية»"),
    "ckb": ("«Send» (ناردن)", "«Finalize» (تەواوکردن)", "«إرسال الاستمارة النهائية»"),
    "en": ("press Send", "If Finalize stands there instead", "from Ready to send"),
}
"""How a form is sent, in the order of its last screen. A browser, and Collect that sends by itself,
have Send at the end; Collect that does not has Finalize, and sends from a list of its menu (Arabic
on Kurdish tablets)."""


@dataclass(frozen=True)
class Row:
    """A line of the survey sheet. path: `grades/girls/age_0`, as the engine spells it."""

    number: int
    kind: str
    name: str
    path: str
    cells: dict[str, str]

    def text(self, column: str, language: str) -> str:
        return self.cells.get(f"{column}::{LANGUAGES[language]}", "")


def read_sheet(form_id: str, sheet: str) -> list[dict[str, str]]:
    """The lines of a sheet as column -> text; empty cells are left out."""
    book = openpyxl.load_workbook(load_catalogue()[form_id].xlsx, read_only=True)
    header, *lines = book[sheet].iter_rows(values_only=True)
    rows = [
        {name: str(cell) for name, cell in zip(header, line, strict=True) if cell is not None}
        for line in lines
    ]
    book.close()
    return rows


@cache
def read_survey(form_id: str) -> tuple[Row, ...]:
    """The survey sheet with each line's path; lines that end a group have none."""
    rows, groups = [], []
    for number, cells in enumerate(read_sheet(form_id, "survey"), start=2):
        kind, name = cells["type"], cells.get("name", "")
        if kind.startswith("end "):
            groups.pop()
            continue
        rows.append(Row(number, kind, name, "/".join([*groups, name]), cells))
        if kind.startswith("begin "):
            groups.append(name)
    return tuple(rows)
