"""Words in the three languages of the system, the check that none is missing, days and counts.

Comes in: a TOML catalogue, or a table of it, `{ar = "...", ckb = "...", en = "..."}`. Goes out:
`Words`.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.codes import code_names
from config.settings import LANGUAGES

# Between the things of a row.
COMMAS = {"ar": "، ", "ckb": "، ", "en": ", "}


class CatalogueError(ValueError):
    """A catalogue file contradicts itself or the code: a fault of the program, not of the data."""


@dataclass(frozen=True)
class Words:
    """One text in Arabic, Kurdish (Sorani) and English."""

    ar: str
    ckb: str
    en: str

    def in_language(self, language: str) -> str:
        return getattr(self, language)


def read_words(table: Mapping | None, where: str) -> Words:
    """`Words` from a TOML table; CatalogueError names the entry that lacks a language."""
    found = table or {}
    missing = [language for language in LANGUAGES if not str(found.get(language, "")).strip()]
    if missing:
        raise CatalogueError(f"{where}: no text in {', '.join(missing)}")
    return Words(**{language: found[language].strip() for language in LANGUAGES})


@cache
def read_texts(path: Path) -> Mapping[str, Words]:
    """Every text of a file by its name. Raises CatalogueError where a language is missing."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: read_words(table, f"{path.stem}.{name}") for name, table in tables.items()}


def counted(count: int, one: str, many: str = "") -> str:
    """`1 error`, `2,000 errors`: in English, for the command line."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def day_in_words(day: dt.date, language: str) -> str:
    """`7 December 2026`. An ISO date falls apart among words written from right to left."""
    return f"{day.day} {code_names('month', language)[str(day.month)]} {day.year}"
