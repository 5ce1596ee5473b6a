"""Words in the three languages of the system, and the check that none is missing.

Comes in: a table of a TOML catalogue, `{ar = "...", ckb = "...", en = "..."}`. Goes out: `Words`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
