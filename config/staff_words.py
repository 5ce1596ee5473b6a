"""A person on a school's list, in words: the label that the head taps, and the rest of the facts.

In: codes of config/codes; what is taught as JSON, `[["primary", "science", 10]]`. Out: text. An
unknown or missing code is left out.
"""

import json
from collections.abc import Mapping, Sequence

from config.codes import code_names, read_codes
from config.forms import LANGUAGES
from config.words import COMMAS

SEPARATOR = " – "
# Who does one of these counts as a teacher, whatever the post.
TEACHING_JOBS = [
    code.code for code in read_codes("staff_job") if code.extra["is_teaching"] == "yes"
]
# What `facts_…` says beside the label, in this order.
FACTS = {
    "post": "staff_job",
    "attachment": "staff_attachment",
    "contract": "contract_kind",
    "qualification": "qualification",
    "institution": "institution_kind",
}
# What a row says in words alone.
NO_PROPERTIES = ("name", "language", "teaching")


def staff_row(person: Mapping[str, str]) -> dict[str, str]:
    """A row of the list `staff`. person: its properties, and those of NO_PROPERTIES; language: of
    the label.
    """
    row = {key: text for key, text in person.items() if key not in NO_PROPERTIES}
    language = person["language"] if person["language"] in LANGUAGES else LANGUAGES[0]
    label = staff_label(person["name"], row["work"], row["weekly_periods"], language)
    return {"label": label} | row | staff_facts(person)


def staff_label(name: str, work: str, weekly_periods: str, language: str) -> str:
    """`سعاد – معلم – 24`: the name, the work, the weekly periods."""
    parts = (name, _name("staff_job", work, language), weekly_periods)
    return SEPARATOR.join(part for part in parts if part)


def staff_facts(person: Mapping[str, str]) -> dict[str, str]:
    """facts_ar, facts_ckb and facts_en of a row of the list `staff`. person: with its teaching."""
    return {f"facts_{language}": _facts(person, language) for language in LANGUAGES}


def _facts(person: Mapping[str, str], language: str) -> str:
    names = [_name(codes, person.get(item, ""), language) for item, codes in FACTS.items()]
    lines = json.loads(person.get("teaching") or "[]")
    taught = [_taught(line, language) for line in lines]
    return COMMAS[language].join(name for name in names + taught if name)


def _taught(line: Sequence, language: str) -> str:
    """`العلوم – الابتدائية (1–6) – 10`: the subject, the level, the weekly periods."""
    level, subject, periods = line
    parts = (_name("taught_subject", subject, language), _name("teaching_level", level, language))
    return SEPARATOR.join(part for part in (*parts, str(periods or "")) if part)


def _name(list_name: str, code: str, language: str) -> str:
    return code_names(list_name, language).get(code, "")
