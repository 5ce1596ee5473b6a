"""What is said about school updates: to schools in comments, to officers on pages and commands.

Comes in: `config/updates.toml`. Goes out: text in one of the three languages.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from config.paths import CONFIG_DIR
from config.words import Words, read_words

UPDATES_FILE = CONFIG_DIR / "updates.toml"


@cache
def load_texts(path: Path = UPDATES_FILE) -> Mapping[str, Words]:
    """Every text by its name. Raises CatalogueError where a language is missing."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: read_words(table, f"updates.{name}") for name, table in tables.items()}


def text(name: str, language: str, **values) -> str:
    """One of the texts with its values."""
    return load_texts()[name].in_language(language).format(**values)


def fault_text(fault: str, language: str) -> str:
    """Why something cannot be applied; a fault without words shows as itself."""
    words = load_texts().get(f"fault_{fault}")
    return words.in_language(language) if words else fault
