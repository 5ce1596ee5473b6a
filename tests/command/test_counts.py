"""Counts in the sentences of commands: one thing is no things."""

import re

import pytest

from config.paths import ROOT
from config.words import counted

# A number and the plural of a noun: `{len(rows):,} rows`. Where one is possible, it must be asked.
PLURAL = re.compile(r"\{[^{}]*(?:len\(|:,)[^{}]*\} [a-z]+s\b")
ALWAYS_MORE = ("holds {MOST_LINES}",)


@pytest.mark.parametrize(
    ("count", "nouns", "words"),
    [
        (0, ("error",), "0 errors"),
        (1, ("error",), "1 error"),
        (2000, ("error",), "2,000 errors"),
        (1, ("person", "people"), "1 person"),
        (2, ("person", "people"), "2 people"),
    ],
)
def test_one_thing_is_named_as_one(count, nouns, words):
    assert counted(count, *nouns) == words


def test_no_command_writes_a_plural_behind_a_number_by_itself():
    lines = (
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "processing" / "command").rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if PLURAL.search(line) and not any(words in line for words in ALWAYS_MORE)
    )
    assert list(lines) == []
