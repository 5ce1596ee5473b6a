"""A building as its host school answered: in words, which the head of a guest school reads before
saying whether it is so, and the host before saying what has changed; and in codes and counts, with
which the host's next return opens.

Comes in: `config/building.toml`; codes of config/codes and counts, every value text. Goes out:
text, a line a topic. What was not answered, and a code that no list knows, is left out.
"""

from collections.abc import Mapping

from config.codes import code_names, known_codes
from config.paths import CONFIG_DIR
from config.settings import LANGUAGES
from config.words import COMMAS, read_texts

BUILDING_FILE = CONFIG_DIR / "building.toml"
# Topic -> what is said of it, in this order. Those with words of their own stand in the file.
GUEST_LINES = {
    "rooms": ("classrooms", "classrooms_usable"),
    "water": ("water_source", "water_available"),
    "toilet": ("toilet_type", "toilets", "toilets_girls", "toilets_boys", "toilets_common"),
    "hygiene": ("handwashing", "soap_water"),
    "power": ("power_sources", "power_in_lessons"),
    "ict": ("internet",),
    "access": ("ramp",),
}
# Of the host itself, what lasts: what works or is there on the day is asked anew each time.
HOST_LINES = {
    "structure": ("built_as_school", "material", "condition"),
    "rooms": ("classrooms",),
    "water": ("water_source",),
    "toilet": ("toilet_type", "toilets"),
    "power": ("power_sources",),
    "computers": ("computer_count",),
    "ict": ("internet",),
    "access": ("ramp", "accessible_toilet", "adapted_materials"),
}
# What `building_facts` holds, each in its place: the form counts on it.
LASTING = tuple(name for names in HOST_LINES.values() for name in names)
FACTS = frozenset(LASTING).union(*GUEST_LINES.values())
CODE_LISTS = {
    "built_as_school": "yes_no",
    "material": "building_material",
    "condition": "building_condition",
    "water_source": "water_source",
    "water_available": "yes_no",
    "toilet_type": "toilet_type",
    "handwashing": "yes_no",
    "soap_water": "soap_water",
    "power_sources": "power_source",
    "power_in_lessons": "yes_no",
    "internet": "internet",
    "ramp": "yes_no",
    "accessible_toilet": "yes_no",
    "adapted_materials": "yes_no",
}
# Least and most that the form takes.
LIMITS = {"classrooms": (0, 500), "toilets": (1, 500), "computer_count": (0, 2000)}
NONE, UNKNOWN, AND = "none", "-", "+"


def told_of_building(row: Mapping[str, str]) -> dict[str, str]:
    """A row of the list `schools`, its FACTS put into words: host_said_ar, host_said_ckb, …; of a
    host also into codes and counts: building_facts.

    Without `host_year`, the school year of the answers, there is nothing to say.
    """
    kept = {name: value for name, value in row.items() if name not in FACTS}
    is_guest = row["building_role"] == "guest"
    said = {f"host_said_{language}": _said(row, is_guest, language) for language in LANGUAGES}
    return kept | said | {"building_facts": "" if is_guest else _facts(row)}


def _facts(row: Mapping[str, str]) -> str:
    """`yes brick_concrete good 8 piped flush 6 grid+solar 10 none yes no no`, or nothing."""
    facts = [_fact(name, row[name]) for name in LASTING] if row["host_year"] else []
    return " ".join(facts) if set(facts) - {UNKNOWN} else ""


def _fact(name: str, value: str) -> str:
    """As the form would take it; UNKNOWN what it would not: it is asked."""
    if name in CODE_LISTS:
        codes = value.split()
        is_possible = set(codes) <= known_codes(CODE_LISTS[name])
        is_possible &= len(codes) == 1 or NONE not in codes
        return AND.join(codes) if codes and is_possible else UNKNOWN
    least, most = LIMITS[name]
    return value if value.isdecimal() and least <= int(value) <= most else UNKNOWN


def _said(row: Mapping[str, str], is_guest: bool, language: str) -> str:
    if not row["host_year"]:
        return ""
    year, lines = int(row["host_year"]), GUEST_LINES if is_guest else HOST_LINES
    opening = _text("host" if is_guest else "own", language).format(years=f"{year}/{year + 1}")
    told = (_line(topic, names, row, language) for topic, names in lines.items())
    return "\n".join([opening, *filter(None, told)])


def _line(topic: str, names: tuple[str, ...], row: Mapping[str, str], language: str) -> str:
    parts = filter(None, (_part(name, row[name], language) for name in names))
    told = COMMAS[language].join(parts)
    return f"{_text(topic, language)}: {told}." if told else ""


def _part(name: str, value: str, language: str) -> str:
    """value: a count, a code, or several codes with a space between."""
    if name in CODE_LISTS:
        names = code_names(CODE_LISTS[name], language)
        value = COMMAS[language].join(names[code] for code in value.split() if code in names)
    if value and name in read_texts(BUILDING_FILE):
        return _text(name, language).format(value=value)
    return value


def _text(name: str, language: str) -> str:
    return read_texts(BUILDING_FILE)[name].in_language(language)
