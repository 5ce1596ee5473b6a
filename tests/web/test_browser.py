"""Each page in a real browser, in Arabic and English: no fault in its console, nothing wider than
a phone, light enough for a school on 3G.

Pictures are kept in the test's temporary folder: `pytest --basetemp=DIR tests/web/test_browser.py`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from config.settings import Settings
from processing.db.slices import Slice
from processing.feedback import feedback_slices
from tests.fixtures.chromium import WIDTHS_PX, needs_browser
from tests.web.factories import NOW, PASSWORD, ROUND, YEAR, indicator_of
from tests.web.registry_rows import ENTITY, add_conflict, add_updates
from tests.web.server import running_server

LARGEST_FIRST_LOAD_BYTES = 150 * 1024

pytestmark = needs_browser


def page_paths() -> dict[str, str]:
    percent, count = indicator_of("percent"), indicator_of("count")
    return {
        "home": "/",
        "indicators": "/indicators",
        "indicator": f"/indicators/{percent}?year={YEAR}&by=governorate",
        "indicator-by-district": f"/indicators/{count}?by=district",
        "schools": "/schools",
        "school": "/schools/S1",
        "school-without-return": "/schools/S4",
        "updates": "/updates",
        "update-new-school": "/updates/2",
        "update-renamed": "/updates/1",
        "conflicts": "/conflicts",
        "conflict": f"/conflicts/1/{ENTITY}",
        "calls": "/calls?which=all",
        "jobs": "/jobs",
        "sync": "/sync",
        "account": "/account",
        "missing": "/schools/none",
    }


@pytest.fixture(scope="module")
def address(database: Settings, country: sa.Engine) -> Iterator[str]:
    with country.begin() as connection:
        add_updates(connection)
        add_conflict(connection)
        feedback_slices(connection, [Slice("school_census", "S2", ROUND)], NOW)
    with running_server(database) as (_, address):
        yield address


@pytest.fixture(params=["ar", "en"])
def page(request, browser: Browser, address: str) -> Iterator[Page]:
    """A page signed in as the ministry in that language; anything in the console fails."""
    context = browser.new_context(base_url=address, locale="en-GB")
    faults: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/sign-in")
    sign_in(page, "ministry", request.param)
    page.language = request.param
    yield page
    context.close()
    assert [fault for fault in faults if "status of 404" not in fault] == []


def sign_in(page: Page, login: str, language: str) -> None:
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.click(f".languages button[value={language}]")
    page.wait_for_load_state()


def is_wider_than_the_screen(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def call_path(page: Page) -> str:
    """The page of the one task that a school has."""
    page.goto(page_paths()["calls"])
    return page.locator("a[href^='/calls/']").first.get_attribute("href")


def test_each_page_fits_a_phone_and_a_desk(page: Page, tmp_path: Path):
    for name, path in (page_paths() | {"call": call_path(page)}).items():
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == page.language
        for width in WIDTHS_PX:
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=tmp_path / f"{name}-{page.language}-{width}.png", full_page=True)
            assert not is_wider_than_the_screen(page), (name, width)


def test_the_heading_of_a_wide_table_is_read_whole_on_a_phone(page: Page):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/")
    edges = page.evaluate(
        """() => [...document.querySelectorAll(".sheet h2")].map((heading) => {
            const range = document.createRange();
            range.selectNodeContents(heading);
            const words = range.getBoundingClientRect();
            const sheet = heading.closest(".sheet").getBoundingClientRect();
            return [words.left - sheet.left, sheet.right - words.right];
        })"""
    )
    assert len(edges) > 2
    assert all(left >= 0 and right >= 0 for left, right in edges), edges


def test_the_heading_of_a_table_has_one_colour(page: Page):
    page.goto("/schools/S1")
    colours = page.evaluate(
        """() => [...document.querySelectorAll("thead tr:has(.action) > *")]
            .map((cell) => getComputedStyle(cell).backgroundColor)"""
    )
    assert len(colours) > 2
    assert len(set(colours)) == 1


def test_who_a_row_is_about_stays_in_sight_while_its_figures_are_scrolled(page: Page):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/schools")
    scroll, name = page.locator(".scroll").first, page.locator("tbody th").first
    is_wider = "(each) => each.scrollWidth > each.clientWidth + 100"
    assert scroll.evaluate(is_wider)
    before = name.bounding_box()["x"]
    sign = -1 if page.language == "ar" else 1
    scroll.evaluate("(each, by) => { each.scrollLeft = by }", sign * 100)
    assert abs(name.bounding_box()["x"] - before) <= 1


def test_the_pages_stand_in_one_line_at_a_desk(page: Page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/")
    tops = [link.bounding_box()["y"] for link in page.locator(".top nav li").all()]
    assert len(set(tops)) == 1


def test_arabic_is_written_from_right_to_left(page: Page):
    page.set_viewport_size({"width": 1280, "height": 800})
    brand = page.locator(".brand").bounding_box()
    is_on_the_right = brand["x"] > 640
    assert is_on_the_right == (page.language == "ar")


def test_a_school_year_is_read_from_its_beginning(page: Page):
    page.goto("/schools/S1")
    first, last = page.evaluate(
        """() => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const text = walker.currentNode, at = text.data.indexOf("2026\\u200e–");
                if (at < 0) continue;
                const left = (from) => {
                    const range = document.createRange();
                    range.setStart(text, from);
                    range.setEnd(text, from + 4);
                    return range.getBoundingClientRect().left;
                };
                return [left(at), left(text.data.indexOf("2027", at))];
            }
        }"""
    )
    assert first < last


def test_the_first_load_is_light(browser: Browser, address: str, tmp_path: Path):
    context = browser.new_context(base_url=address)
    page = context.new_page()
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    page.goto("/sign-in")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=tmp_path / "sign-in.png")
    sign_in(page, "ministry", "ar")
    page.wait_for_load_state("networkidle")
    context.close()
    assert sum(sizes.values()) < LARGEST_FIRST_LOAD_BYTES, sizes
    assert all(url.startswith(address) for url in sizes)


def test_the_keyboard_reaches_the_content_first(page: Page):
    page.goto("/schools")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_map_and_a_chart_are_drawn(page: Page):
    page.goto(page_paths()["indicator"])
    assert page.locator(".map path").count() == 18
    baghdad = page.locator(".map path:has(title:not(:empty))").first
    assert baghdad.get_attribute("class") == "shade4"  # 60 / 160 = 37.5 % of 0–50: 30 to 40
    bars = page.locator(".bars rect")
    assert bars.first.bounding_box()["width"] > 0
