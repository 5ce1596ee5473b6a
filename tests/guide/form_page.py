"""A form in a browser, filled by what stands on the screen: its own words in one language.

    with open_form(browser, "monthly_return", lists, "ar") as form:
        form.pick("governorate", "الأنبار")
        form.choose("round", "R2026")
        form.write("days_held", 22)

Questions are named as in the workbook; `at` counts those of a repeat from 0.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from playwright.sync_api import Browser, Locator, Page

from bridge.compile import compile_form
from config.forms import load_catalogue
from processing.command.forms_preview import open_preview, serving
from tests.forms.source import LANGUAGES, read_survey

TABLET_PX = {"width": 800, "height": 1280}
WAIT_MS = 60_000
SEND = {"ar": "إرسال", "ckb": "ناردن", "en": "Send"}
FRAME = "xpath=ancestor::div[contains(@class, 'p-panel ')][1]"
TODAY = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)
Lists = Mapping[str, list[dict[str, str]]]


@dataclass(frozen=True)
class FormPage:
    """faults: what the browser's console has said."""

    page: Page
    form_id: str
    language: str
    faults: list[str]

    def pick(self, name: str, label: str) -> None:
        """From a list that folds out."""
        self.question(name).locator("[role=combobox]").click()
        self.page.get_by_role("option", name=label, exact=True).click()

    def choose(self, name: str, *codes: str, at: int = 0) -> None:
        """From choices that lie open."""
        for code in codes:
            choice = self.question(name, at).locator(f'input[value="{code}"]')
            choice.check(force=True)

    def write(self, name: str, value: object, at: int = 0) -> None:
        box = self.question(name, at).locator("input, textarea").first
        box.click()
        box.press_sequentially(str(value))
        box.press("Tab")

    def write_today(self, name: str) -> None:
        self.question(name).locator("input").click()
        self.page.locator(".p-datepicker-today").click()

    def confirm(self, name: str) -> None:
        self.question(name).locator("input").check(force=True)

    def question(self, name: str, at: int = 0) -> Locator:
        said = self._said(name)
        questions = self.page.locator(".question-container")
        return questions.filter(has=self.page.locator(".control-text", has_text=said)).nth(at)

    def screen(self, name: str, at: int = 0) -> Locator:
        """The frame around a group: what is one screen on a tablet."""
        title = self.page.locator(".panel-title", has_text=self._said(name)).nth(at)
        return title.locator(FRAME)

    def screen_with(self, name: str) -> Locator:
        """The screen on which a question stands, where its group has no words of its own."""
        return self.question(name).locator(FRAME)

    def send(self) -> bytes:
        """The XML that would be sent."""
        self.page.get_by_role("button", name=SEND[self.language]).click()
        shown = self.page.locator("#sent pre")
        shown.wait_for(timeout=WAIT_MS)
        return shown.inner_text().encode()

    def _said(self, name: str) -> re.Pattern:
        """What stands there begins with the label; where it shows a value, anything may stand."""
        row = next(row for row in read_survey(self.form_id) if row.name == name)
        words = re.split(r"\s*\$\{\w+\}\s*", row.text("label", self.language).strip())
        return re.compile(r"^\s*" + ".*".join(map(re.escape, words)), re.DOTALL)


@contextmanager
def open_form(browser: Browser, form_id: str, lists: Lists, language: str) -> Iterator[FormPage]:
    """The form in a preview of its own, at the size of a tablet, on the 1st of December 2026."""
    path = load_catalogue()[form_id].xlsx
    preview = replace(open_preview(compile_form(path), path.parent, True), lists=lists)
    context = browser.new_context(viewport=TABLET_PX)
    context.clock.set_fixed_time(TODAY)
    with serving(preview, 0) as address:
        page, faults = context.new_page(), []
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        form = FormPage(page, form_id, language, faults)
        _switch(page, language)
        form.question("governorate").wait_for(timeout=WAIT_MS)
        yield form
        context.close()


def _switch(page: Page, language: str) -> None:
    """To that language, by the form's own menu."""
    menu = page.locator(".language-changer:visible")
    menu.wait_for(timeout=WAIT_MS)
    menu.click()
    page.get_by_role("option", name=LANGUAGES[language]).click()
    page.locator(f"html[lang={language}]").wait_for(timeout=WAIT_MS)
