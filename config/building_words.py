"""A building in words, as its host school answered: what the head of a guest school reads before
saying whether it is so.

Comes in: `config/building.toml`; codes of config/codes and counts, every value text. Goes out:
text, a line a topic. What was not answered, and a code that no list knows, is left out.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from config.codes import code_names
from config.paths import CONFIG_DIR
from config.settings import LANGUAGES
from config.words import COMMAS, Words, read_words

BUILDING_FILE = CONFIG_DIR / "building.toml"
# Topic -> what is said of it, in this order. Those with words of their own stand in the file.
LINES = {
    "rooms": ("classrooms", "classrooms_usable"),
    "water": ("water_source", "water_available"),
    "toilet": ("toilet_type", "toilets", "toilets_girls", "toilets_boys", "toilets_common"),
    "hygiene": ("handwashing", "soap_water"),
    "power": ("power_sources", "power_in_lessons"),
    "ict": ("internet",),
    "access": ("ramp",),
}
FACTS = frozenset(name for names in LINES.values() for name in names)
CODE_LISTS = {
    "water_source": "water_source",
    "water_available": "yes_no",
    "toilet_type": "toilet_type",
    "handwashing": "yes_no",
    "soap_water": "soap_water",
    "power_sources": "power_source",
    "power_in_lessons": "yes_no",
    "internet": "internet",
    "ramp": "yes_no",
}


@cache
def load_texts(path: Path = BUILDING_FILE) -> Mapping[str, Words]:
    """Every text by its name. Raises CatalogueError where a language is missing."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: read_words(table, f"building.{name}") for name, table in tables.items()}


def told_of_host(row: Mapping[str, str]) -> dict[str, str]:
    """A row of the list `schools`, its FACTS put into words: host_said_ar, host_said_ckb, …

    Without `host_year`, the school year of the answers, there is nothing to say.
    """
    kept = {name: value for name, value in row.items() if name not in FACTS}
    return kept | {f"host_said_{language}": _said(row, language) for language in LANGUAGES}


def _said(row: Mapping[str, str], language: str) -> str:
    if not row["host_year"]:
        return ""
    year = int(row["host_year"])
    opening = _text("host", language).format(years=f"{year}/{year + 1}")
    return "\n".join([opening, *filter(None, (_line(each, row, language) for each in LINES))])


def _line(topic: str, row: Mapping[str, str], language: str) -> str:
    parts = filter(None, (_part(name, row[name], language) for name in LINES[topic]))
    told = COMMAS[language].join(parts)
    return f"{_text(topic, language)}: {told}." if told else ""


def _part(name: str, value: str, language: str) -> str:
    """value: a count, a code, or several codes with a space between."""
    if name in CODE_LISTS:
        names = code_names(CODE_LISTS[name], language)
        value = COMMAS[language].join(names[code] for code in value.split() if code in names)
    if value and name in load_texts():
        return _text(name, language).format(value=value)
    return value


def _text(name: str, language: str) -> str:
    return load_texts()[name].in_language(language)
