"""Texts of the pages: complete in each language, compiled as they stand."""

import re
from pathlib import Path

import pytest

from config.settings import LANGUAGES
from processing.web.catalogue import (
    compile_catalogue,
    extract_texts,
    list_catalogues,
    read_catalogue,
    renew_catalogue,
)
from processing.web.i18n import LANGUAGE_NAMES, LOCALES

PLACEHOLDER = re.compile(r"%\(\w+\)s")
ENGLISH = "en"


def test_each_language_but_english_has_a_catalogue():
    found = {path.parent.parent.name for path in list_catalogues()}
    assert found == set(LANGUAGES) - {ENGLISH} == set(LOCALES) - {ENGLISH}
    assert set(LANGUAGE_NAMES) == set(LANGUAGES)


@pytest.mark.parametrize("path", list_catalogues(), ids=lambda path: path.parent.parent.name)
def test_every_text_is_translated_with_its_placeholders(path: Path):
    texts = {message.id for message in extract_texts() if message.id}
    catalogue = {message.id: message for message in read_catalogue(path) if message.id}
    assert len(texts) > 100
    assert set(catalogue) == texts
    assert [text for text, message in catalogue.items() if not message.string] == []
    for text, message in catalogue.items():
        assert not message.fuzzy, text
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(message.string)), text


@pytest.mark.parametrize("path", list_catalogues(), ids=lambda path: path.parent.parent.name)
def test_the_compiled_catalogue_is_current(path: Path):
    assert path.with_suffix(".mo").read_bytes() == compile_catalogue(read_catalogue(path))


@pytest.mark.parametrize("path", list_catalogues(), ids=lambda path: path.parent.parent.name)
def test_renewing_twice_changes_nothing(path: Path, tmp_path: Path):
    copy = tmp_path / path.parent.parent.name / "LC_MESSAGES" / "messages.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(path.read_bytes())
    renew_catalogue(copy, extract_texts())
    assert copy.read_bytes() == path.read_bytes()
