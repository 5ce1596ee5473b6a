"""Every return on one sheet of A4, printed by a browser: the smallest, the largest, the simulated.

Filled by the tablet's engine (and by the simulation), sent to the sandbox Central, pulled, landed,
brought into the warehouse; then opened by an officer and printed. Pictures and PDFs are kept in the
test's temporary folder: `pytest --basetemp=DIR tests/forms/test_printed.py`.
"""

import datetime as dt
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bridge.client import open_client
from bridge.entities import ensure_list
from bridge.publish import publish_form
from bridge.simulation.lists import default_rounds
from bridge.simulation.registry import make_registry
from bridge.simulation.survey import FORM_IDS as SIMULATED
from bridge.simulation.survey import Survey
from config.codes import read_codes
from config.entity_lists import LIST_PROPERTIES
from config.forms import load_catalogue
from processing.db.engine import open_engine
from processing.db.queries.registry import replace_registry
from processing.db.queries.users import add_user
from processing.db.slices import Slice
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.pulling import pull_one
from processing.jobs.verifying import verify_some
from processing.normalize import normalize_slices
from tests.fixtures.chromium import needs_browser, open_browser
from tests.forms.answers import census, everyone_special, grade
from tests.forms.limits import FULL
from tests.forms.media import ROUNDS
from tests.forms.returns import connectivity, grades_of, monthly, textbooks
from tests.forms.source import LANGUAGES
from tests.forms.staff import many_changes
from tests.forms.test_odd_schools_land import building, one_round, school
from tests.forms.test_sizes import RETURNS, VISITS
from tests.forms.visits import eventful_visit
from tests.web.server import running_server

pytestmark = needs_browser

NOW = dt.datetime(2026, 11, 5, 8, tzinfo=dt.UTC)
SEED, SIMULATED_SCHOOLS = 3, 6
PASSWORD = "correct horse battery"
LONG_REASON = "عدد التلاميذ كبير لأن المدرسة استقبلت تلاميذ مدرسة مجاورة أُغلقت للترميم"
LONG_REMARK = f"{LONG_REASON}. " * 6
PAGE = re.compile(rb"/Type\s*/Page\b")
SMALLEST_FONT_PX = 7 * 96 / 72


def _full_census(one) -> dict:
    """Every box of every grade, reasons, leavers, difficulties and the displaced at each level."""
    counts = {name: count * 90 for name, count in FULL.items()}
    flows = {"repeaters": 100, "transferred_in": 45, "returners": 12}
    grades = (
        grade(number, counts | flows, counts | flows, sections=1, combined="yes",
              reason_sections=LONG_REASON)
        for number in grades_of(one)
    )  # fmt: skip
    levels = 5 if one.highest_grade == 14 else 3
    answers = census(one, *grades, special=everyone_special(one, levels=levels))
    answers["declaration"]["remarks"] = LONG_REMARK
    return answers


def _many_devices(one) -> dict:
    device = {"kind": "laptop", "state": "working"}
    return connectivity(one, *({**device, "serial": f"LT-{n}"} for n in range(200)))


def _all_books(one) -> dict:
    """Each subject that can be taught in each grade, in hand and needed."""
    screens = ("core", "further", "more")
    subjects = [code for code in read_codes("subject") if code.extra["federal_lowest"]]
    grades = []
    for number in grades_of(one):
        boxes: dict[str, dict[str, int]] = {}
        for subject in subjects:
            lowest, highest = (
                int(subject.extra[f"federal_{end}"]) for end in ("lowest", "highest")
            )
            if lowest <= number <= highest:
                screen = boxes.setdefault(screens[int(subject.extra["textbook_screen"]) - 1], {})
                screen |= {f"{subject.code}_copies": 1990, f"{subject.code}_needed": 1880}
        grades.append(boxes)
    languages = [code.code for code in read_codes("further_language") if code.code != "none"]
    said = {"curriculum_typed": "federal", "languages": languages}
    return textbooks(one, *grades, subjects=said)


MORE = (
    ("school_census", "KRG", _full_census),
    ("staff_return", "MIXED", many_changes),
    ("monthly_return", "BOTH", monthly),
    ("connectivity_readiness", "MIXED", _many_devices),
    ("inspection_visit", "MIXED", eventful_visit),
)
LARGEST = {
    ("school_census", "ALL"): _full_census,
    ("textbook_return", "VOCATIONAL"): _all_books,
}
FILLED = {
    **{(form_id, code): answers for form_id, code, answers, _ in RETURNS},
    **{("inspection_visit", code): answers for code, answers, _ in VISITS},
    **{(form_id, code): answers for form_id, code, answers in MORE},
    **LARGEST,
}


@pytest.fixture(scope="module")
def landed(forms, compiled, schools, sandbox, database):
    """(settings, engine): every return in the warehouse, and accounts that may look."""
    settings = sandbox.fill(database)
    registry = make_registry(SIMULATED_SCHOOLS, SEED)
    xforms = {form_id: compiled[form_id].xform for form_id in SIMULATED}
    survey = Survey(registry, SEED, default_rounds(today=NOW.date()), xforms)
    with open_client(settings, "manager") as client:
        for name, properties in LIST_PROPERTIES.items():
            ensure_list(client, name, properties)
        for form_id in forms:
            publish_form(client, compiled[form_id], load_catalogue()[form_id].xlsx.parent)
        for (form_id, code), answers in FILLED.items():
            filling = forms[form_id].new(LANGUAGES["ar"]).fill(answers(schools[code]))
            _send(client, form_id, filling.finalize())
        for submission in survey.submissions():
            parcel = survey.pack(submission, survey.fill(submission))
            _send(client, submission.form_id, parcel.xml)
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        load_catalogue_into(connection)
        places = [vars(one) if not isinstance(one, dict) else one for one in registry.buildings]
        replace_registry(
            connection,
            buildings=[*(building(one) for one in schools.values()), *places],
            schools=[*(school(one) for one in schools.values()), *registry.schools],
            rounds=[*(one_round(one) for one in ROUNDS), *default_rounds(today=NOW.date())],
            now=NOW,
        )
        slices: set[Slice] = set()
        for form_id in forms:
            slices |= pull_one(connection, settings, form_id, NOW).slices
            verify_some(connection, settings, form_id, NOW)
        normalize_slices(connection, slices, NOW)
        add_user(connection, "officer", "An officer", "ministry", None, PASSWORD, "ar", NOW)
    yield replace(settings, emis_secret_key=database.emis_secret_key), engine
    engine.dispose()


def _send(client, form_id: str, xml: bytes) -> None:
    client.request(
        "POST", client.path("forms", form_id, "submissions"), data=xml,
        headers={"Content-Type": "application/xml"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def returns(landed) -> dict[tuple[str, str], str]:
    """(form, school) -> the address of its page."""
    _, engine = landed
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT form_id, school_code, instance_id FROM emis.school_return")
        )
        return {
            (form_id, code): f"/schools/{code}/returns/{instance_id}"
            for form_id, code, instance_id in rows
        }


@pytest.fixture(scope="module")
def page(landed):
    """An officer's page; anything in its console fails."""
    settings, _ = landed
    faults: list[str] = []
    with running_server(settings) as (_, address), open_browser() as browser:
        page = browser.new_context(base_url=address, locale="en-GB").new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.goto("/sign-in")
        page.fill("#login", "officer")
        page.fill("#password", PASSWORD)
        page.click("button.main")
        page.wait_for_load_state()
        yield page
    assert faults == []


def speak(page, language: str) -> None:
    page.goto("/account")
    page.click(f".languages button[value={language}]")
    page.wait_for_load_state()


def print_page(page) -> bytes:
    return page.pdf(prefer_css_page_size=True, print_background=True)


def test_each_of_these_returns_has_a_page(returns):
    known = {key for key in FILLED if key[0] != "school_update"}
    assert known <= set(returns)
    assert any(form_id == "school_update" for form_id, _ in returns)
    assert sum(code.startswith("SIM") or len(code) > 6 for _, code in returns) >= SIMULATED_SCHOOLS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_return_prints_as_one_page(page, returns, tmp_path, language):
    speak(page, language)
    counts = {}
    for (form_id, code), path in sorted(returns.items()):
        assert page.goto(path).status == 200, path
        page.emulate_media(media="print")
        pdf = print_page(page)
        page.emulate_media(media="screen")
        (tmp_path / f"{form_id}-{code}-{language}.pdf").write_bytes(pdf)
        counts[form_id, code] = len(PAGE.findall(pdf))
        assert page.evaluate(NARROWEST) >= 0, f"{path}: something is wider than the sheet"
        assert page.evaluate(FONT) >= SMALLEST_FONT_PX - 0.01
    assert {key: count for key, count in counts.items() if count != 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_is_written_with_our_own_fonts_whatever_the_machine_has(page, returns, language):
    speak(page, language)
    for key in (("school_census", "ALL"), ("staff_return", "ALL"), ("facility_return", "ALL")):
        page.goto(returns[key])
        assert not {name for name, is_ours in fonts_of(page) if not is_ours}


def fonts_of(page) -> set[tuple[str, bool]]:
    """With what the sheet is written: the font, and whether it is one of ours."""
    browser = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        browser.send(f"{domain}.enable")
    root = browser.send("DOM.getDocument")["root"]["nodeId"]
    written = {"nodeId": root, "selector": ".paper *"}
    found = [
        browser.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        for node in browser.send("DOM.querySelectorAll", written)["nodeIds"]
    ]
    browser.detach()
    names = {(font["familyName"], font["isCustomFont"]) for fonts in found for font in fonts}
    assert names, "no font is known"
    return names


# What is left beside the widest table, and the font of the answers.
NARROWEST = """() => {
  const sheet = document.querySelector('.paper').getBoundingClientRect();
  const all = [...document.querySelectorAll('table, .lines')].map(e => e.getBoundingClientRect());
  return Math.min(1, ...all.map(e => Math.min(e.left - sheet.left, sheet.right - e.right)));
}"""
FONT = "() => parseFloat(getComputedStyle(document.querySelector('.answers')).fontSize)"


def test_a_census_shows_grades_by_sex_and_no_year_of_birth(page, returns):
    speak(page, "en")
    page.goto(returns["school_census", "KRG"])
    table = page.locator("table").first
    assert table.locator("tbody tr").count() == 12 + 1
    row = [
        text.strip()
        for text in table.locator("tbody tr").first.locator("th, td").all_text_contents()
    ]
    whole = 90 * sum(FULL.values())
    entrants = whole - (100 + 45 + 12)
    assert row[:4] == ["Grade 1", "1", f"{whole:,}", f"{whole:,}"]
    assert row[4] == f"{2 * whole:,}"
    assert f"{entrants:,}" in row
    assert "born in" not in page.locator(".paper").inner_text()
    assert "each year" in page.locator(".note").inner_text()


def test_a_staff_return_counts_by_work_and_sex_and_names_nobody_but_the_head(page, returns):
    speak(page, "en")
    page.goto(returns["staff_return", "ONE"])
    text = page.locator(".paper").inner_text()
    assert "شخص" not in text
    assert "N-1" not in text
    assert "مدير المدرسة" in text
    rows = page.locator("table tbody tr").all_text_contents()
    assert any("Teacher of a basic or primary school" in row and "120" in row for row in rows), rows


def test_what_is_longer_than_its_place_says_so(page, returns):
    speak(page, "en")
    page.goto(returns["school_census", "ALL"])
    text = page.locator(".paper").inner_text()
    assert "…" in text
    assert "is shortened here" in text


def test_more_devices_than_a_page_lists_are_counted(page, returns):
    speak(page, "en")
    page.goto(returns["connectivity_readiness", "MIXED"])
    text = page.locator(".answers").inner_text()
    assert "LT-1" not in text
    assert "200" in text
    assert "A long list is counted here" in page.locator(".note").inner_text()


def test_classes_that_were_counted_are_added_up_by_grade(page, returns):
    """60 classes of one grade, each with 200 girls and 200 boys, all present."""
    speak(page, "en")
    page.goto(returns["inspection_visit", "ALL"])
    row = page.locator("table").first.locator("tbody tr").first.locator("th, td")
    texts = [text.strip() for text in row.all_text_contents()]
    assert texts == ["Kindergarten 1", "60", "12,000", "12,000", "12,000", "12,000"]
    assert "added up by grade" in page.locator(".note").inner_text()
