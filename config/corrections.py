"""What correction tasks say and ask: words, and the numbers of each screen.

Comes in: `config/corrections.toml`. Goes out: frozen records. A test holds screens, numbers and
words equal to those of the forms.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.paths import CONFIG_DIR
from config.words import CatalogueError, Words, read_words

CORRECTIONS_FILE = CONFIG_DIR / "corrections.toml"
FORM_ID = "corrections"
NUMBERS_MAX = 10
# Boxes of the form `corrections`: no screen of a tablet has more than twelve inputs.


@dataclass(frozen=True)
class Number:
    """A number that a head types. path: within the screen; born: years from the intended one."""

    path: str
    words: Words
    born: int | None

    @property
    def family(self) -> str:
        """girls, boys, or nothing: a school of one sex is not asked about the other."""
        first = self.path.partition("_")[0]
        return first if first in ("girls", "boys") else ""


@dataclass(frozen=True)
class Screen:
    """A group of questions. path: of the form, without positions of a repeat."""

    form_id: str
    path: str
    name: Words
    numbers: tuple[Number, ...]


@cache
def load_screens(path: Path = CORRECTIONS_FILE) -> Mapping[tuple[str, str], Screen]:
    """Every screen by (form_id, path). Raises CatalogueError where an entry is incomplete."""
    screens = [_screen(entry) for entry in _read(path)["screen"]]
    return {(screen.form_id, screen.path): screen for screen in screens}


@cache
def load_texts(path: Path = CORRECTIONS_FILE) -> Mapping[str, Words]:
    """The words around the tasks, by name."""
    tables = _read(path)["words"]
    return {name: read_words(table, f"words.{name}") for name, table in tables.items()}


def text(name: str, language: str, **values) -> str:
    """One of the texts with its values."""
    return load_texts()[name].in_language(language).format(**values)


def _read(path: Path) -> Mapping:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _screen(entry: Mapping) -> Screen:
    where = f"screen {entry['path']} of {entry['form']}"
    if len(entry["numbers"]) > NUMBERS_MAX:
        raise CatalogueError(f"{where}: more than {NUMBERS_MAX} numbers")
    numbers = tuple(
        Number(each["path"], read_words(each, f"{where}, {each['path']}"), each.get("born"))
        for each in entry["numbers"]
    )
    return Screen(entry["form"], entry["path"], read_words(entry["name"], where), numbers)
