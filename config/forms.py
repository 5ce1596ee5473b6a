"""The catalogue of forms: `config/forms.toml`, as frozen records.

Comes in: the TOML. Goes out: a form's id and what the stages need to know of it: where it names
its school and its period, which fields are personal, which entity lists it reads.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from config.errors import OperatorError
from config.paths import CONFIG_DIR, FORMS_DIR

CATALOGUE = CONFIG_DIR / "forms.toml"
LANGUAGES = ("ar", "ckb", "en")
KEYS = {"title", "school", "period", "personal", "lists", "topic", "filled_by", "owed"}
HOLDERS = ("school", "supervisor")
# How our forms name the questions that a tablet asks where a figure is unusual.
REASON = "reason_"


@dataclass(frozen=True)
class FormEntry:
    """One form of the catalogue. Paths are those of Central's field list: `/group/question`.

    is_owed: each school that a round names owes one return; else it is sent on occasion.
    """

    form_id: str
    title_ar: str
    title_ckb: str
    title_en: str
    school_path: str
    period_path: str
    personal_paths: tuple[str, ...]
    entity_lists: tuple[str, ...]
    topic: str
    filled_by: tuple[str, ...]
    is_owed: bool

    @property
    def xlsx(self) -> Path:
        """The form's source."""
        return FORMS_DIR / self.form_id / f"{self.form_id}.xlsx"

    def title(self, language: str) -> str:
        """The title in `ar`, `ckb` or `en`."""
        return {"ar": self.title_ar, "ckb": self.title_ckb, "en": self.title_en}[language]


@cache
def load_catalogue(path: Path = CATALOGUE) -> Mapping[str, FormEntry]:
    """form_id -> FormEntry, in the file's order. Raises OperatorError `form-catalogue-invalid`."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _invalid(path, str(error)) from None
    return MappingProxyType({form_id: _entry(path, form_id, tables[form_id]) for form_id in tables})


def is_owed(form_id: str) -> bool:
    """Does each school that a round of it names owe one return? So too of a form unknown here."""
    entry = load_catalogue().get(form_id)
    return entry is None or entry.is_owed


def form_of_topic(topic: str) -> FormEntry:
    """The form that is a record of the topic, one of config/codes/record_topic.csv."""
    return next(entry for entry in load_catalogue().values() if entry.topic == topic)


def _entry(path: Path, form_id: str, table: dict) -> FormEntry:
    if not isinstance(table, dict) or set(table) != KEYS:
        raise _invalid(path, f"[{form_id}] needs exactly the keys {', '.join(sorted(KEYS))}")
    titles = table["title"]
    if not isinstance(titles, dict) or set(titles) != set(LANGUAGES):
        raise _invalid(path, f"[{form_id}] needs a title in each of {', '.join(LANGUAGES)}")
    _require_paths(path, form_id, table)
    if not table["filled_by"] or not set(table["filled_by"]) <= set(HOLDERS):
        raise _invalid(path, f"[{form_id}] filled_by names some of {', '.join(HOLDERS)}")
    if not isinstance(table["owed"], bool):
        raise _invalid(path, f"[{form_id}] owed is true or false")
    return FormEntry(
        form_id,
        *(titles[language] for language in LANGUAGES),
        table["school"],
        table["period"],
        tuple(table["personal"]),
        tuple(table["lists"]),
        table["topic"],
        tuple(table["filled_by"]),
        table["owed"],
    )


def _require_paths(path: Path, form_id: str, table: dict) -> None:
    for field_path in (table["school"], table["period"], *table["personal"]):
        if not str(field_path).startswith("/"):
            raise _invalid(path, f"[{form_id}] the path {field_path!r} does not begin with /")


def _invalid(path: Path, what: str) -> OperatorError:
    return OperatorError(
        "form-catalogue-invalid",
        f"The catalogue of forms cannot be read: {what}.",
        f"Correct {path.parent.name}/{path.name}.",
    )
