"""A person on a school's list, in words: the label that the head taps, and the rest of the facts.

In: codes of config/codes. Out: text. An unknown or missing code is left out.
"""

from collections.abc import Mapping
from functools import cache

from config.codes import read_codes
from config.forms import LANGUAGES

SEPARATOR = " – "
# What `facts_…` says beside the label, in this order.
FACTS = {
    "post": "staff_job",
    "attachment": "staff_attachment",
    "contract": "contract_kind",
    "qualification": "qualification",
    "institution": "institution_kind",
}
COMMAS = {"ar": "، ", "ckb": "، ", "en": ", "}


def staff_row(person: Mapping[str, str]) -> dict[str, str]:
    """A row of the list `staff`. person: its properties, and name and language (of the label)."""
    row = {key: text for key, text in person.items() if key not in ("name", "language")}
    language = person["language"] if person["language"] in LANGUAGES else LANGUAGES[0]
    label = staff_label(person["name"], row["work"], row["weekly_periods"], language)
    return {"label": label} | row | staff_facts(row)


def staff_label(name: str, work: str, weekly_periods: str, language: str) -> str:
    """`سعاد – معلم – 24`: the name, the work, the weekly periods."""
    parts = (name, _name("staff_job", work, language), weekly_periods)
    return SEPARATOR.join(part for part in parts if part)


def staff_facts(person: Mapping[str, str]) -> dict[str, str]:
    """facts_ar, facts_ckb and facts_en of a row of the list `staff`."""
    return {f"facts_{language}": _facts(person, language) for language in LANGUAGES}


def _facts(person: Mapping[str, str], language: str) -> str:
    names = (_name(codes, person.get(item, ""), language) for item, codes in FACTS.items())
    return COMMAS[language].join(name for name in names if name)


@cache
def _name(list_name: str, code: str, language: str) -> str:
    found = (each for each in read_codes(list_name) if each.code == code)
    return next((each.name(language) for each in found), "")
