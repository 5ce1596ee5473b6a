"""The field guide says the same in each language, and shows pictures that there are."""

import re
from collections import Counter

import pytest

from bridge.collect import MENU_LANGUAGES
from config.forms import load_catalogue
from config.settings import LANGUAGES
from tests.guide.pictures import GUIDE, LARGEST_SUM_BYTES, picture_names

PICTURE = re.compile(r"!\[([^\]]+)\]\(images/(\w+)/([\w-]+)\.png\)")
SECTION = re.compile(r'^<a id="([\w-]+)"></a>\n\n## (.+)$', re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)]+)\)")
MENUS = {
    "ar": ("ملء استمارة فارغة", "تعديل الاستمارة المحفوظة", "إرسال الاستمارة النهائية",
           "عرض الاستمارات المرسلة", "تغيير اللغة"),
    "en": ("Start new form", "Drafts", "Ready to send", "Sent", "Change Language"),
}  # fmt: skip
"""As ODK Collect names its buttons in each language of its menus; the rest have English names."""
UNTRANSLATED = ("Configure with QR code", "Send", "Finalize", "Save as draft",
                "Reconfigure with QR code")  # fmt: skip
DIRECTIONS = {"ar": "rtl", "ckb": "rtl", "en": "ltr"}
FORMS_NAMED = ("corrections", "inspection_visit", "school_update")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {code: (GUIDE / f"{code}.md").read_text("utf-8") for code in LANGUAGES}


def plain(text: str) -> str:
    """One space between words, whatever the lines."""
    return " ".join(text.split())


def test_each_language_has_the_same_sections_in_the_same_order(texts):
    ids = {code: [name for name, _ in SECTION.findall(text)] for code, text in texts.items()}
    assert ids["ar"] == ids["ckb"] == ids["en"]
    assert len(ids["en"]) >= 12
    assert all(text.count("\n## ") == len(ids["en"]) for text in texts.values())


def test_each_language_has_the_same_steps_and_rows(texts):
    marks = {
        code: Counter(re.findall(r"^(\d\.|-|\|)", text, re.MULTILINE))
        for code, text in texts.items()
    }
    assert marks["ar"] == marks["ckb"] == marks["en"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_shows_each_picture_in_its_own_language_and_says_what_is_on_it(texts, code):
    found = PICTURE.findall(texts[code])
    assert sorted(name for _, _, name in found) == sorted(picture_names())
    assert {language for _, language, _ in found} == {code}
    missing = [
        name for _, _, name in found if not (GUIDE / "images" / code / f"{name}.png").is_file()
    ]
    assert missing == []


def test_no_picture_is_left_over_and_together_they_are_light():
    pictures = list(GUIDE.rglob("*.png"))
    assert len(pictures) == len(LANGUAGES) * len(picture_names())
    assert sum(path.stat().st_size for path in pictures) < LARGEST_SUM_BYTES


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_written_in_its_direction_and_leads_to_the_others(texts, code):
    assert texts[code].startswith(f'<div dir="{DIRECTIONS[code]}" lang="{code}">')
    links = LINK.findall(texts[code])
    assert set(links) == {f"{other}.md" for other in LANGUAGES if other != code}


@pytest.mark.parametrize("code", LANGUAGES)
def test_buttons_are_named_as_collect_shows_them(texts, code):
    said = plain(texts[code])
    for name in (*MENUS[MENU_LANGUAGES[code]], *UNTRANSLATED):
        assert f"**{name}**" in said or f"{name}**" in said or f"**{name} " in said, name


@pytest.mark.parametrize("code", LANGUAGES)
def test_forms_are_named_as_the_tablet_lists_them(texts, code):
    said = plain(texts[code])
    for form_id in FORMS_NAMED:
        assert load_catalogue()[form_id].title(code) in said
