"""Codes on paper and as images: a PNG a code, a PDF with one sheet a tablet.

In: codes, which hold tokens, and the folder that the operator names. Out: files that their owner
alone can read. Promised: the same codes make the same files; a file is whole or not there.
"""

import io
import os
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import quote

import segno

from config.errors import OperatorError
from config.words import Words, read_words
from processing.command.pdf import make_pdf
from processing.jobs.devices import Code

SHEET_DIR = Path(__file__).parent / "devices_sheet"
TEMPLATE = SHEET_DIR / "sheet.typ"
RIGHT_TO_LEFT = ("ar", "ckb")
STEP = "step "
# A post has one code.
STEP_OF_SEVERAL = "step add"
PIXELS_A_MODULE = 6
MASK = 0
# The quiet zone that scanners need on every side (ISO/IEC 18004).
QUIET_MODULES = 4


class CodeFolder:
    """The operator's folder of codes; made for its owner alone if it is not there."""

    def __init__(self, path: Path):
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from None

    def write_png(self, code: Code) -> Path:
        """The code as an image, named by its holder."""
        buffer = io.BytesIO()
        _symbol(code.text).save(buffer, kind="png", scale=PIXELS_A_MODULE, border=QUIET_MODULES)
        return self._write(f"{code.code}.png", buffer.getvalue())

    def write_pdf(self, name: str, codes: Iterable[Code], *, is_training: bool) -> Path:
        """One sheet a tablet, in the order of the codes."""
        return self._write(f"{name}.pdf", make_sheets(codes, is_training=is_training))

    def _write(self, name: str, content: bytes) -> Path:
        # A code of the registry may be anything; a name of a file may not.
        target = self.path / quote(name, safe=" ")
        draft = target.with_name(f".{target.name}.new")
        try:
            draft.unlink(missing_ok=True)
            with open(draft, "xb", opener=_private_opener) as file:
                file.write(content)
            return draft.replace(target)
        except OSError as error:
            raise _unwritable(self.path, error) from None


def make_sheets(codes: Iterable[Code], *, is_training: bool) -> bytes:
    """The PDF: all codes of a shared tablet on one sheet."""
    tablets: dict[str, list[Code]] = {}
    for code in codes:
        tablets.setdefault(code.tablet, []).append(code)
    sheets = [_sheet(tablet, found, is_training) for tablet, found in tablets.items()]
    return make_pdf(TEMPLATE, {"title": _words()["title"].en, "sheets": sheets})


def _sheet(tablet: str, codes: list[Code], is_training: bool) -> dict:
    languages = dict.fromkeys(code.language for code in codes)
    return {
        "tablet": tablet,
        "cards": [_card(code) for code in codes],
        "instructions": [
            _instructions(codes[0].kind, language, is_training) for language in languages
        ],
    }


def _card(code: Code) -> dict:
    buffer = io.BytesIO()
    _symbol(code.text).save(buffer, kind="svg", border=QUIET_MODULES, xmldecl=False)
    return {
        **_language(code.language),
        "holder": _words()[code.kind].in_language(code.language),
        "name": code.name,
        "code": code.code,
        "color": code.color,
        "svg": buffer.getvalue().decode(),
    }


def _instructions(kind: str, language: str, is_training: bool) -> dict:
    said = {name: each.in_language(language) for name, each in _words(kind).items()}
    return {
        **_language(language),
        "title": said["title"],
        "tablet": said["tablet"],
        "steps": [text for name, text in said.items() if name.startswith(STEP)],
        "secret": said["secret"],
        "training": said["training"] if is_training else "",
    }


@cache
def _words(kind: str = "school") -> dict[str, Words]:
    """name -> words of a holder's sheet; steps are called `step <name>`, in their order."""
    tables = tomllib.loads((SHEET_DIR / "words.toml").read_text(encoding="utf-8"))
    steps = {f"{STEP}{name}": table for name, table in tables.pop("steps").items()}
    other = tables.pop("for_supervisor")
    tables |= steps
    if kind == "supervisor":
        del tables[STEP_OF_SEVERAL]
        tables |= other
    return {name: read_words(table, f"words.toml {name}") for name, table in tables.items()}


def _language(language: str) -> dict:
    return {"lang": language, "is_rtl": language in RIGHT_TO_LEFT}


@cache
def _symbol(text: str) -> segno.QRCode:
    # Level M mends 15 %: paper gets creased, and a finer symbol is harder to scan. Masks break up
    # patterns, of which compressed text has none; trying all eight takes four times as long.
    return segno.make_qr(text, error="m", boost_error=False, mask=MASK)


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _unwritable(path: Path, error: OSError) -> OperatorError:
    return OperatorError(
        "folder-unwritable",
        f"The codes cannot be written into {path} ({error.strerror}).",
        "Name a folder of your own with --out; accounts that were made are kept, and the next run"
        " prints their codes.",
    )
