"""The catalogue of rules: what each is called, how much it weighs, what it says to people.

Comes in: `config/rules.toml`. Goes out: frozen `Rule` records and messages in three languages.
The rule itself is a function in `processing.validate.rules`; a test holds the two together.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.codes import code_names
from config.paths import CONFIG_DIR
from config.words import CatalogueError, Words, read_words

RULES_FILE = CONFIG_DIR / "rules.toml"
SEVERITIES = ("blocking", "error", "warning", "review")
# Who finds the issue: landing, while it types a value, or the stage that runs the rules.
ORIGINS = ("landing", "validate")
# What a school may answer to a correction task.
ASKS = ("value", "reason", "nobody")
# Arguments that are codes of config/codes; the words of others stand in the catalogue.
CODE_LISTS = {"source": "record_source"}


@dataclass(frozen=True)
class Rule:
    """A statement that should hold. `form_ids` empty: for every form.

    severity: blocking keeps the return out of all figures; error, warning and review do not.
    asks: what the school may answer, a corrected number or a reason; or nobody asks it.
    explained_by: the question, as a path of the form, whose answer is the reason already.
    """

    rule: str
    origin: str
    form_ids: tuple[str, ...]
    severity: str
    asks: str
    name: Words
    message: Words
    is_active: bool = True
    explained_by: str | None = None

    @property
    def form_id(self) -> str | None:
        return self.form_ids[0] if len(self.form_ids) == 1 else None


@cache
def load_rules(path: Path = RULES_FILE) -> Mapping[str, Rule]:
    """Every rule by its name. Raises CatalogueError where an entry is incomplete."""
    entries = _read(path).get("rule", {})
    return {name: _rule(name, entry) for name, entry in entries.items()}


def message(rule: str, language: str, arguments: Mapping) -> str:
    """What the rule says about one issue: where, what, and what to do.

    Codes among the arguments (a sex, a grade) are put in the words of the language.
    """
    text = load_rules()[rule].message.in_language(language)
    values = {name: in_words(name, value, language) for name, value in arguments.items()}
    return string.Formatter().vformat(text, (), _Named(values))


def argument_names(text: str) -> set[str]:
    """The named arguments that a message speaks of."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


class _Named(dict):
    """An issue of an older program may lack an argument that today's message names."""

    def __missing__(self, name: str) -> str:
        return "?"


def _read(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _rule(name: str, entry: Mapping) -> Rule:
    where = f"rule {name}"
    if entry.get("severity") not in SEVERITIES:
        raise CatalogueError(f"{where}: severity is one of {', '.join(SEVERITIES)}")
    if entry.get("origin", "validate") not in ORIGINS:
        raise CatalogueError(f"{where}: origin is one of {', '.join(ORIGINS)}")
    asks = entry.get("asks", "nobody" if entry["severity"] == "review" else "reason")
    if asks not in ASKS:
        raise CatalogueError(f"{where}: asks is one of {', '.join(ASKS)}")
    if entry["severity"] == "blocking" and "explained_by" in entry:
        raise CatalogueError(f"{where}: what is blocking is settled by nobody but an officer")
    text = read_words(entry.get("message"), f"{where}, message")
    _require_same_arguments(text, where)
    return Rule(
        rule=name,
        origin=entry.get("origin", "validate"),
        form_ids=tuple(entry.get("forms", ())),
        severity=entry["severity"],
        asks=asks,
        name=read_words(entry.get("name"), f"{where}, name"),
        message=text,
        is_active=entry.get("is_active", True),
        explained_by=entry.get("explained_by"),
    )


def _require_same_arguments(text: Words, where: str) -> None:
    named = [argument_names(each) for each in (text.ar, text.ckb, text.en)]
    if named[0] != named[2] or named[1] != named[2]:
        raise CatalogueError(f"{where}: the languages name different arguments")


@cache
def _words(path: Path = RULES_FILE) -> Mapping[tuple[str, str], Words]:
    tables = _read(path).get("words", {})
    return {
        (name, code): read_words(table, f"words.{name}.{code}")
        for name, codes in tables.items()
        for code, table in codes.items()
    }


def in_words(name: str, value, language: str):
    """A code among the arguments in the words of the language; anything else as it is.

    A value may be its own words: `{"ar": …, "ckb": …, "en": …}`, such as the name of a round.
    """
    if isinstance(value, Mapping):
        return value[language]
    if name in CODE_LISTS:
        return code_names(CODE_LISTS[name], language).get(str(value), value)
    words = _words().get((name, str(value)))
    return words.in_language(language) if words else value
