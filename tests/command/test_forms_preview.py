"""`emis forms preview`: the form in a real browser, with its lists, and nothing from elsewhere.

Pictures are kept in the test's temporary folder: `pytest --basetemp=DIR`.
"""

import datetime as dt
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from lxml import etree
from playwright.sync_api import Browser, CDPSession, Locator, Page

from bridge.compile import compile_form
from bridge.simulation.lists import default_rounds, entity_rows
from bridge.simulation.registry import make_registry
from config.entity_lists import CORRECTION_PROPERTIES
from config.errors import OperatorError
from config.forms import load_catalogue
from processing.command.context import worker_connection
from processing.command.forms_preview import (
    REGISTRY,
    SIMULATED,
    open_preview,
    serving,
    simulated_lists,
)
from processing.command.preview.app import Preview, create_app
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.local import environment_of
from tests.bridge.workbooks import write_xlsform
from tests.fixtures.chromium import needs_browser, open_browser

SURVEY = """
    type | name | label | parameters | calculation
    select_one_from_file schools.csv | school | School | value=school_code label=label |
    calculate | sex | | | instance('schools')/root/item[school_code=${school}]/sex
    text | remark | Remark | |
"""
NUMBERS = """
    type | name | label
    integer | pupils | Pupils
    decimal | area | Area
"""
PRESS = """(box, text) => [...text].forEach((key) => box.dispatchEvent(
    new KeyboardEvent("keypress", { key, bubbles: true, cancelable: true })))"""
PASTE = """(box, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""


def begin_to_compose(page, text: str) -> CDPSession:
    """As a keyboard on glass does: the whole of it at each step."""
    keyboard = page.context.new_cdp_session(page)
    for end in range(1, len(text) + 1):
        step = {"text": text[:end], "selectionStart": end, "selectionEnd": end}
        keyboard.send("Input.imeSetComposition", step)
    return keyboard


def compose(page, box, text: str, end: str | None = None) -> None:
    keyboard = begin_to_compose(page, text)
    keyboard.send("Input.insertText", {"text": text if end is None else end})


WRITE = {
    "types": lambda page, box, text: box.press_sequentially(text),
    "presses": lambda page, box, text: box.evaluate(PRESS, text),
    "pastes": lambda page, box, text: box.evaluate(PASTE, text),
    "writes on glass": lambda page, box, text: page.keyboard.insert_text(text),
    "composes": compose,
}
WAIT_MS = 60_000
NOW = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)


@pytest.fixture
def small(tmp_path) -> Preview:
    """A form that reads the schools and holds a file beside it."""
    path = write_xlsform(tmp_path / "visit.xlsx", survey=SURVEY)
    lists = {"schools": simulated_lists()["schools"][:3]}
    return Preview(compile_form(path), tmp_path, lists, "three schools")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser):
    """A page whose console must stay silent and which must ask nothing of any other host."""
    context, faults, asked = browser.new_context(), [], []
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert faults == []
    assert {url for url in asked if not re.match(r"http://127\.0\.0\.1:|data:|blob:", url)} == set()


@contextmanager
def number_boxes(browser, folder, language: str) -> Iterator[tuple[Page, list[Locator]]]:
    """A page in a browser of this language, with its boxes for pupils and for the area."""
    path = write_xlsform(folder / "visit.xlsx", survey=NUMBERS)
    with (
        serving(Preview(compile_form(path), folder, {}, "none"), 0) as address,
        browser.new_context(locale=language) as context,
    ):
        page = context.new_page()
        page.goto(address)
        boxes = page.locator(".p-inputnumber-input")
        boxes.first.wait_for(timeout=WAIT_MS)
        yield page, boxes.all()


def sent_numbers(page) -> tuple[str | None, str | None]:
    page.get_by_role("button", name="Send").click()
    page.locator("#sent pre").wait_for(timeout=WAIT_MS)
    sent = etree.fromstring(page.locator("#sent pre").inner_text().encode())
    return sent.findtext("pupils"), sent.findtext("area")


@needs_browser
def test_a_form_is_filled_and_what_would_be_sent_is_shown(page, small):
    school = small.lists["schools"][1]
    with serving(small, 0) as address:
        page.goto(address)
        page.get_by_text(school["label"]).click(timeout=WAIT_MS)
        page.locator("input[type=text]").fill("seen")
        page.get_by_role("button", name="Send").click()
        page.locator("#sent pre").wait_for(timeout=WAIT_MS)
        sent = etree.fromstring(page.locator("#sent pre").inner_text().encode())
    assert sent.get("id") == "visit"
    assert sent.findtext("school") == school["school_code"]
    assert sent.findtext("sex") == school["sex"]
    assert sent.findtext("remark") == "seen"


@needs_browser
def test_the_census_is_shown_in_arabic_from_right_to_left(page, tmp_path):
    path = load_catalogue()["school_census"].xlsx
    with serving(open_preview(compile_form(path), path.parent, True), 0) as address:
        page.goto(address)
        label = page.get_by_text("المحافظة").first
        label.wait_for(timeout=WAIT_MS)
        page.screenshot(path=tmp_path / "census.png", full_page=True)
        box = label.bounding_box()
        assert box["x"] + box["width"] > page.viewport_size["width"] * 2 / 3
        assert SIMULATED in page.locator(".note").inner_text()
        page.get_by_role("button", name="إرسال").wait_for(timeout=WAIT_MS)
        assert page.get_by_role("button", name="Send").count() == 0


@needs_browser
def test_the_engines_own_words_are_in_the_language_of_the_form(page):
    path = load_catalogue()["textbook_return"].xlsx
    with serving(open_preview(compile_form(path), path.parent, True), 0) as address:
        page.goto(address)
        page.get_by_role("button", name="إرسال").click(timeout=WAIT_MS)
        page.get_by_text("أسئلة تحتاج إلى مراجعة").first.wait_for(timeout=WAIT_MS)


@needs_browser
@pytest.mark.parametrize(
    ("language", "typed", "count", "area"),
    [
        ("en-US", ("412", "33.5"), "412", "33.5"),
        ("ar-IQ", ("412", "33.5"), "412", "33.5"),
        ("ar-IQ", ("٤١٢", "٣٣٫٥"), "412", "33.5"),
        ("ckb-IQ", ("۴۱۲", "٣٣.٥"), "412", "33.5"),
        ("de-DE", ("412", "33.5"), "412", "33.5"),
        ("ar-IQ", ("1,234", "7,5"), "1234", "7.5"),
        ("ar-IQ", ("٤١٢", "٧،٥"), "412", "7.5"),
        ("en-US", ("1,234", "7,25"), "1234", "7.25"),
        ("de-DE", ("1,234", "7،5"), "1234", "7.5"),
    ],
)
@pytest.mark.parametrize("hand", list(WRITE))
def test_a_number_is_taken_as_it_is_typed(browser, tmp_path, hand, language, typed, count, area):
    with number_boxes(browser, tmp_path, language) as (page, boxes):
        for box, text in zip(boxes, typed, strict=True):
            box.click()
            WRITE[hand](page, box, text)
            box.press("Tab")
        assert sent_numbers(page) == (count, area)


@needs_browser
def test_what_is_composed_stands_in_the_place_of_what_it_replaces(browser, tmp_path):
    with number_boxes(browser, tmp_path, "ar-IQ") as (page, (pupils, area)):
        pupils.press_sequentially("4992")
        pupils.evaluate("box => box.setSelectionRange(1, 3)")
        compose(page, pupils, "٠١")
        assert pupils.input_value() == "4012"
        area.press_sequentially("33.5")
        area.evaluate("box => box.setSelectionRange(2, 4)")
        compose(page, area, "٤", end="")
        assert area.input_value() == "33"
        assert sent_numbers(page) == ("4012", "33.0")


@needs_browser
def test_what_is_left_while_it_is_composed_is_taken(browser, tmp_path):
    with number_boxes(browser, tmp_path, "ar-IQ") as (page, boxes):
        for box, text in zip(boxes, ("٤١٢", "7,5"), strict=True):
            box.click()
            begin_to_compose(page, text)
        assert sent_numbers(page) == ("412", "7.5")


@needs_browser
def test_a_comma_that_parts_thousands_is_no_decimal_sign_where_it_is_pasted(browser, tmp_path):
    with number_boxes(browser, tmp_path, "en-US") as (page, boxes):
        for box, text in zip(boxes, ("1,234", "١،٢٣٤"), strict=True):
            box.click()
            box.evaluate(PASTE, text)
        assert sent_numbers(page) == ("1234", "1234.0")


def test_lists_are_served_as_central_does(small):
    client = create_app(small).test_client()
    lines = client.get("/media/schools.csv").text.splitlines()
    assert lines[0].startswith("name,label,__version,school_code,")
    assert len(lines) == 1 + 3
    (small.folder / "media").mkdir()
    (small.folder / "media" / "schools.csv").write_text("name,label\n1,mine\n")
    with client.get("/media/schools.csv") as answer:
        assert "mine" in answer.text


@pytest.mark.parametrize(
    "path", ["/media/rounds.csv", "/media/visit.xlsx", "/media/..%2Fvisit.xlsx", "/vendor/app.py",
             "/vendor/words.py", "/vendor/..%2Fapp.py", "/vendor/VENDOR.md", "/app.py",
             "/page.html"],
)  # fmt: skip
def test_nothing_else_is_served(small, path):
    assert create_app(small).test_client().get(path).status_code == 404


def test_another_name_for_this_machine_is_refused(small):
    with serving(small, 0) as address, requests.Session() as session:
        session.trust_env = False
        assert session.get(address).status_code == 200
        assert session.get(address, headers={"Host": "evil.example"}).status_code == 400


def test_only_this_machine_is_listened_to(small):
    with serving(small, 0) as address:
        assert address.startswith("http://127.0.0.1:")


def test_a_port_that_is_taken_is_told(small):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        with pytest.raises(OperatorError) as error, serving(small, held.getsockname()[1]):
            pass
    assert error.value.code == "port-taken"


def test_lists_come_from_the_registry_where_it_has_any(tmp_path, monkeypatch, complete_settings):
    for name, value in environment_of(complete_settings).items():
        monkeypatch.setenv(name, value)
    form = compile_form(write_xlsform(tmp_path / "visit.xlsx", survey=SURVEY))
    assert open_preview(form, tmp_path, False).whence == SIMULATED
    registry = make_registry(3, 2)
    with worker_connection(complete_settings) as connection:
        load_catalogue_into(connection)
        replace_registry(
            connection, buildings=registry.buildings, schools=registry.schools,
            rounds=default_rounds(), now=NOW,
        )  # fmt: skip
    shown = open_preview(form, tmp_path, False)
    assert shown.whence == REGISTRY
    rows = [row | {"received": ""} for row in entity_rows(registry)]
    assert shown.lists == {"schools": rows}
    assert open_preview(form, tmp_path, True).whence == SIMULATED


def test_the_form_of_corrections_has_a_question_to_answer(tmp_path):
    path = load_catalogue()["corrections"].xlsx
    lists = open_preview(compile_form(path), path.parent, True).lists
    (question,) = lists["corrections"]
    assert question.keys() - {"label"} <= set(CORRECTION_PROPERTIES)
    assert question["open_for"] == lists["schools"][0]["school_code"]
    assert "98" in question["why_en"]
    assert question["reported_1"] == "1"


def test_a_form_without_lists_needs_no_database(tmp_path):
    path = write_xlsform(tmp_path / "visit.xlsx", survey="type | name | label\ntext | a | A")
    assert open_preview(compile_form(path), tmp_path, False).lists == {}
