"""The monthly return, filled to its end in a real browser, and looked at from right to left.

Pictures are kept in the test's temporary folder: `pytest --basetemp=DIR`.
"""

import pytest

from tests.fixtures.chromium import needs_browser, open_browser
from tests.forms.submission import read_values
from tests.guide.filling import REASON, fill_month
from tests.guide.form_page import open_form
from tests.guide.lists import SCHOOL, lists_of_the_pictures, received

pytestmark = needs_browser
WIDTHS_PX = (360, 800, 1280)
WIDER_THAN_THE_PAGE = """() => [...document.querySelectorAll("#form *")]
    .filter((one) => one.checkVisibility() && !one.closest(".p-hidden-accessible"))
    .filter((one) => { const at = one.getBoundingClientRect();
                       return at.width && (at.left < -1 || at.right > innerWidth + 1); })
    .map((one) => one.className)"""
CUT = """() => [...document.querySelectorAll(
    ".control-text, .panel-title, .text-content, .label-text, .hint")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.textContent)"""
FROM_TEXT_TO_CIRCLE_PX = """() => [...document.querySelectorAll(".value-option")].map((one) => {
    const circle = one.querySelector(".p-radiobutton, .p-checkbox").getBoundingClientRect();
    const words = document.createRange();
    words.selectNodeContents(one.querySelector(".text-content, .label-text"));
    return circle.left - words.getBoundingClientRect().right; })"""
# The star of a question that must be answered stands there.
BEFORE_THE_WORDS_PX = """() => [...document.querySelectorAll("label.required")].map((label) => {
    const words = document.createRange();
    words.selectNodeContents(label);
    return label.getBoundingClientRect().right - words.getBoundingClientRect().right; })"""


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


@pytest.fixture
def form(browser, request):
    lists = lists_of_the_pictures(request.param)
    with open_form(browser, "monthly_return", lists, request.param) as form:
        yield form
        assert form.faults == []


@pytest.mark.parametrize("form", ["ar"], indirect=True)
def test_a_month_is_filled_in_arabic_to_its_end(form, tmp_path):
    """31 + 28 boys began the month, 1 + 9 joined; 18 + 22 days of absence."""
    fill_month(form)
    form.page.screenshot(path=tmp_path / "filled.png", full_page=True)
    assert form.page.locator("html").get_attribute("dir") == "rtl"
    assert received("ar") in form.screen("identification").inner_text()
    values = read_values(form.send())
    expected = {
        "identification/school": SCHOOL.school_code,
        "identification/school_name": SCHOOL.label,
        "identification/round": "R2026",
        "identification/month": "2026-11",
        "days/days_held": "21",
        "days/lost_reasons": "weather",
        "lost_days/lost": "1",
        "grades/pupils/boys_start": "31",
        "grades[2]/pupils/boys_end": str(28 + 9),
        "grades[2]/reason_moves": REASON["ar"],
        "totals/start": str(31 + 28),
        "totals/joined": str(1 + 9),
        "totals/left": "0",
        "totals/end": str(31 + 28 + 1 + 9),
        "totals/absent_days": str(18 + 22),
        "teachers/female_on_duty": "2",
        "teachers/male_on_duty": "3",
        "teacher_absences/female_absent_days": "2",
        "teacher_absences/male_absent_days": "0",
        "outages/power_days": "4",
        "declaration/confirmed": "OK",
    }
    assert {path: values.get(path) for path in expected} == expected
    assert "grades/reason_moves" not in values


@pytest.mark.parametrize("form", ["ar", "ckb"], indirect=True)
def test_from_right_to_left_nothing_is_cut_and_nothing_touches(form, tmp_path):
    for width in WIDTHS_PX:
        form.page.set_viewport_size({"width": width, "height": 800})
        form.page.screenshot(path=tmp_path / f"empty-{width}.png", full_page=True)
        assert form.page.evaluate(WIDER_THAN_THE_PAGE) == []
        assert form.page.evaluate(CUT) == []
    assert min(form.page.evaluate(FROM_TEXT_TO_CIRCLE_PX)) >= 8
    assert {8 < px < 24 for px in form.page.evaluate(BEFORE_THE_WORDS_PX)} == {True}


@pytest.mark.parametrize("form", ["en"], indirect=True)
def test_the_page_turns_with_the_language(form):
    assert form.page.locator("html").get_attribute("dir") == "ltr"
    assert form.page.evaluate(WIDER_THAN_THE_PAGE) == []
