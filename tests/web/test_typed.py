"""Boxes for a text of a person: their limit, and what is said of a longer one."""

import re

import pytest

from processing.web.catalogue import WEB_DIR
from processing.web.typed import LONGEST_TEXT_CHARACTERS, find_too_long

BOX = re.compile(r'<input id="(\w+)"[^>]* dir="auto" maxlength="(\d+)" required')


def test_the_browser_takes_as_many_characters_as_the_program():
    texts = (path.read_text("utf-8") for path in sorted(WEB_DIR.glob("templates/*.html")))
    boxes = [box for text in texts for box in BOX.findall(text)]
    assert {name for name, _ in boxes} == {"reason", "spoke_with", "given_by"}
    assert {int(limit) for _, limit in boxes} == {LONGEST_TEXT_CHARACTERS}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ar", "«السبب»: اكتب 1,000 حرف على الأكثر؛ فيه الآن 1,001."),
        ("ckb", "«هۆکار»: زۆرترین 1,000 پیت بنووسە؛ ئێستا 1,001 پیتە."),
        ("en", "“The reason”: write at most 1,000 characters; there are 1,001."),
    ],
)
def test_a_text_that_is_too_long_is_told_with_its_box_the_limit_and_its_length(app, language, said):
    labels = {"ar": "السبب", "ckb": "هۆکار", "en": "The reason"}
    headers = {"Cookie": f"emis_language={language}"}
    with app.test_request_context(headers=headers):
        app.preprocess_request()
        box = labels[language]
        assert find_too_long((box, "x" * LONGEST_TEXT_CHARACTERS)) is None
        assert find_too_long(("–", ""), (box, "x" * (LONGEST_TEXT_CHARACTERS + 1))) == said
