"""The pictures of the field guide: screens of our own forms, taken in a browser, in each language.

`make pictures` writes them to docs/field-guide/images/<language>/<name>.png.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator

from config.paths import ROOT
from config.settings import LANGUAGES
from tests.fixtures.chromium import open_browser
from tests.guide.filling import fill_building, fill_correction, fill_count, fill_month
from tests.guide.form_page import FormPage, open_form
from tests.guide.lists import lists_of_the_pictures

GUIDE = ROOT / "docs" / "field-guide"
LARGEST_SUM_BYTES = 3_000_000


@dataclass(frozen=True)
class Filled:
    """A form, how it is filled, and what of it is shown: name of the picture -> its part."""

    form_id: str
    fill: Callable[[FormPage], None]
    shown: dict[str, Callable[[FormPage], Locator]]


FILLED = (
    Filled(
        "monthly_return",
        fill_month,
        {
            "school-and-round": lambda form: form.screen("identification"),
            "last-month": lambda form: form.screen("start_of_month"),
            "moves": lambda form: form.screen("moves"),
            "grade": lambda form: form.screen("pupils"),
            "reason": lambda form: form.question("reason_moves"),
            "finish": lambda form: form.screen("declaration"),
        },
    ),
    Filled("facility_return", fill_building, {"water": lambda form: form.question("source")}),
    Filled(
        "corrections",
        fill_correction,
        {
            "correction": lambda form: form.screen_with("answer"),
            "right-number": lambda form: form.screen("numbers"),
        },
    ),
    Filled("inspection_visit", fill_count, {"head-count": lambda form: form.screen("head_count")}),
)


def picture_names() -> list[str]:
    return [name for filled in FILLED for name in filled.shown]


def take_pictures(folder: Path) -> list[Path]:
    """All of them, in every language; those that were there before are replaced."""
    with open_browser() as browser:
        return [
            path
            for language in LANGUAGES
            for filled in FILLED
            for path in _take(browser, filled, language, folder / "images" / language)
        ]


def _take(browser: Browser, filled: Filled, language: str, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with open_form(browser, filled.form_id, lists_of_the_pictures(language), language) as form:
        filled.fill(form)
        for name, part_of in filled.shown.items():
            paths.append(folder / f"{name}.png")
            part_of(form).screenshot(path=paths[-1], animations="disabled")
    return paths
