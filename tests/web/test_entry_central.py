"""From an officer's browser to the warehouse: a form filled in Arabic, Central, the mirror.

browser ─▶ ops.entry ─send_entries─▶ Central ─pull─▶ raw, survey

Pictures are kept in the test's temporary folder: `pytest --basetemp=DIR`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, sync_playwright

from bridge.client import open_client
from bridge.filled import WEB_DEVICE_ID
from config.errors import OperatorError
from config.forms import load_catalogue
from config.settings import Settings
from processing.db.queries import entries
from processing.db.queries.due import mark_due
from processing.db.slices import Slice
from processing.jobs import entering
from processing.jobs.publishing import keep_lists, publish
from processing.jobs.timetable import mark_around
from processing.jobs.work import work_until_done
from tests.fixtures.servers import Sandbox
from tests.web.entries import PNG, filled
from tests.web.factories import PASSWORD, insert, names
from tests.web.server import running_server
from tests.web.test_browser import CHROMIUM, CHROMIUM_OPTIONS, WIDTHS_PX

FORM, ROUND = "textbook_return", "books-now"
WAIT_MS = 120_000
DAY = dt.timedelta(days=1)
ARROWS_OUTSIDE = """[...document.querySelectorAll(".p-inputnumber-button")].filter((arrow) =>
    arrow.getBoundingClientRect().bottom >
    arrow.closest(".p-inputnumber").getBoundingClientRect().bottom).length"""
needs_browser = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is missing (apt-get install chromium)"
)
pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Ministry:
    """The small country with a Central, where one round of one form is open."""

    settings: Settings
    engine: sa.Engine
    web_engine: sa.Engine

    def work(self, settings: Settings | None = None) -> None:
        """All that is due, and what stands around submissions."""
        now = dt.datetime.now(dt.UTC)
        with self.engine.begin() as connection:
            mark_due(connection, "find_forms", [Slice("")], now)
            mark_around(connection, self.settings, now)
        work_until_done(settings or self.settings)

    def one(self, statement: str, **values):
        with self.engine.connect() as connection:
            return connection.execute(sa.text(statement), values).scalar_one()

    def add(self, instance_id: str, *files: entries.EntryFile, school: str = "S2") -> None:
        """An entry as the pages keep it."""
        version = self.one("SELECT current_version FROM raw.form WHERE form_id = :f", f=FORM)
        xml = filled(instance_id, school=school, round_code=ROUND, version=version)
        with self.web_engine.begin() as connection:
            entry = entries.Entry(
                instance_id=instance_id,
                form_key=connection.execute(
                    sa.text("SELECT form_key FROM raw.form WHERE form_id = :f"), {"f": FORM}
                ).scalar_one(),
                form_version=version,
                school_code=school,
                period=ROUND,
                source_code="telephone",
                given_by="the head",
                given_on=dt.date(2026, 11, 1),
                entered_by="an officer (officer)",
                xml=xml,
            )
            entries.add_entry(connection, entry, files, dt.datetime.now(dt.UTC))

    def refuse(self) -> str:
        """Central refuses what waits of S1; its id."""
        instance_id = self.one(
            "SELECT instance_id FROM ops.entry WHERE school_code = 'S1' AND sent_at IS NULL"
            " AND withdrawn_at IS NULL"
        )
        with self.engine.begin() as connection:
            entries.put_off(connection, instance_id, "refused", dt.datetime.now(dt.UTC))
        return instance_id

    def send(self, settings: Settings | None = None, *, is_kept: bool = True):
        """One turn of sending; is_kept: False ends the worker before it commits."""
        with self.engine.connect() as connection, connection.begin() as transaction:
            found = entering.send_some(
                connection, settings or self.settings, dt.datetime.now(dt.UTC)
            )
            if not is_kept:
                transaction.rollback()
        return found

    def at_central(self, instance_id: str) -> dict | None:
        with open_client(self.settings) as client:
            return client.find_json(client.path("forms", FORM, "submissions", instance_id))


@pytest.fixture(scope="module")
def ministry(
    country: sa.Engine, web_engine: sa.Engine, database: Settings, sandbox: Sandbox
) -> Ministry:
    settings = sandbox.fill(database)
    today = dt.datetime.now(dt.UTC).date()
    with country.begin() as connection:
        connection.exec_driver_sql("UPDATE emis.school_history SET highest_grade = 1")
        insert(connection, "emis.round", round_code=ROUND, form_id=FORM, school_year=2026,
               reference_date=today - 20 * DAY, opens_on=today - 20 * DAY, due_on=today + 5 * DAY,
               closes_on=today + 20 * DAY, **names("كتب الآن", "Books now"))  # fmt: skip
        keep_lists(connection, settings)
    for result in publish(settings, [load_catalogue()[FORM].xlsx]):
        assert result.action == "created", result
    ministry = Ministry(settings, country, web_engine)
    ministry.work()
    return ministry


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=list(CHROMIUM_OPTIONS)
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(ministry: Ministry) -> Iterator[str]:
    with running_server(ministry.settings) as (_, address):
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A department's page; anything in its console fails, and so does any other host."""
    context = browser.new_context(base_url=address, locale="en-GB")
    faults, asked = [], []
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/sign-in")
    page.fill("#login", "department")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_load_state()
    yield page
    context.close()
    assert faults == []
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def speak(page: Page, language: str) -> None:
    page.click(f".languages button[value={language}]")
    page.wait_for_load_state()


def open_form(page: Page) -> None:
    page.goto(f"/entry/schools/S1/{ROUND}")
    page.locator(".odk-form").wait_for(timeout=WAIT_MS)


def say_where_from(page: Page, photo: Path) -> None:
    photo.write_bytes(PNG)
    page.select_option("#from", "paper_sheet")
    page.fill("#given_by", "أم علي، مديرة المدرسة")
    page.set_input_files("#sheets", photo)


def fill_books(page: Page) -> None:
    """Every number 7; no further language; the name; the confirmation."""
    page.get_by_text("لا لغة أخرى", exact=True).click()
    for number in page.locator(".odk-form .p-inputnumber-input").all():
        if number.is_editable():
            number.click()
            number.press_sequentially("7")
            number.press("Tab")
    page.get_by_label("اسم مدير المدرسة أو من يخوله").fill("أم علي")
    page.get_by_text("موافق", exact=True).click()


@needs_browser
def test_each_page_of_entry_fits_a_phone_and_a_desk(page: Page, tmp_path: Path):
    for language in ("en", "ar"):
        speak(page, language)
        for name, path in {
            "entries": "/entry", "schools": "/entry/schools", "rounds": "/entry/schools/S1",
            "form": f"/entry/schools/S1/{ROUND}",
        }.items():  # fmt: skip
            page.goto(path)
            if name == "form":
                page.locator(".odk-form").wait_for(timeout=WAIT_MS)
            for width in WIDTHS_PX:
                page.set_viewport_size({"width": width, "height": 800})
                page.wait_for_timeout(300)
                page.screenshot(path=tmp_path / f"{name}-{language}-{width}.png", full_page=True)
                is_wider = "document.documentElement.scrollWidth > window.innerWidth"
                assert not page.evaluate(is_wider), (name, language, width)
                assert page.evaluate(ARROWS_OUTSIDE) == 0, (name, language, width)


@needs_browser
def test_what_is_missing_in_the_form_is_said_in_the_officers_language(page: Page, tmp_path: Path):
    speak(page, "ar")
    open_form(page)
    say_where_from(page, tmp_path / "sheet.png")
    page.get_by_role("button", name="إرسال").click()
    page.get_by_text("أسئلة تحتاج إلى مراجعة").first.wait_for(timeout=WAIT_MS)
    page.get_by_text("يرجى كتابة الاسم.").first.wait_for(timeout=WAIT_MS)
    page.once("dialog", lambda dialog: dialog.accept())


@needs_browser
def test_what_central_refuses_opens_with_its_answers_and_is_corrected_or_withdrawn(
    page: Page, ministry: Ministry, tmp_path: Path
):
    speak(page, "ar")
    open_form(page)
    say_where_from(page, tmp_path / "sheet.png")
    fill_books(page)
    page.get_by_role("button", name="إرسال").click()
    page.wait_for_url("**/entry", timeout=WAIT_MS)
    first = ministry.refuse()
    page.goto(f"/entry/returns/{first}")
    page.screenshot(path=tmp_path / "refused-ar.png", full_page=True)
    page.get_by_role("link", name="صحّحها").click()
    page.locator(".odk-form").wait_for(timeout=WAIT_MS)
    head = page.get_by_label("اسم مدير المدرسة أو من يخوله")
    assert head.input_value() == "أم علي"
    assert page.locator("#given_by").input_value() == "أم علي، مديرة المدرسة"
    page.screenshot(path=tmp_path / "correcting-ar.png", full_page=True)
    head.fill("أم حسن")
    page.get_by_role("button", name="إرسال").click()
    page.wait_for_url("**/entry", timeout=WAIT_MS)
    second = ministry.refuse()
    assert second != first
    xml = ministry.one(
        "SELECT convert_from(xml, 'UTF8') FROM ops.entry WHERE instance_id = :id", id=second
    )
    assert "<head_name>أم حسن</head_name>" in xml
    assert "<copies_in_hand>35</copies_in_hand>" in xml, "what was not touched is as it was"
    assert "deprecatedID" not in xml
    page.goto(f"/entry/returns/{second}")
    page.fill("#reason", "أُدخلت مرتين")
    page.get_by_role("button", name="اسحبها").click()
    page.get_by_text("مسحوبة", exact=True).first.wait_for(timeout=WAIT_MS)
    page.screenshot(path=tmp_path / "withdrawn-ar.png", full_page=True)
    open_form(page)


@needs_browser
def test_a_form_filled_in_arabic_lands_with_its_values_and_who_entered_it(
    page: Page, ministry: Ministry, tmp_path: Path
):
    speak(page, "ar")
    open_form(page)
    say_where_from(page, tmp_path / "sheet.png")
    fill_books(page)
    page.screenshot(path=tmp_path / "filled.png", full_page=True)
    page.get_by_role("button", name="إرسال").click()
    page.wait_for_url("**/entry", timeout=WAIT_MS)
    page.screenshot(path=tmp_path / "entered.png", full_page=True)
    assert "تنتظر ODK Central" in page.content()
    for _ in range(2):  # the XML behind the feed is read a turn later
        ministry.work()
    page.reload()
    assert "وصلت" in page.content()
    submission = ministry.one(
        "SELECT instance_id FROM raw.submission WHERE school_code = 'S1' AND period = :round",
        round=ROUND,
    )
    reported = ministry.one(
        "SELECT convert_from(xml, 'UTF8') FROM raw.submission_version WHERE instance_id = :id",
        id=submission,
    )
    # Religion, Arabic, English, mathematics, science: 5 subjects of grade 1, 7 copies each.
    assert "<copies_in_hand>35</copies_in_hand>" in reported
    assert f"<deviceid>{WEB_DEVICE_ID}</deviceid>" in reported
    assert "<head_name>أم علي</head_name>" in reported
    assert ministry.at_central(submission)["deviceId"] == WEB_DEVICE_ID
    page.goto("/schools/S1")
    assert "Post of department (department)" in page.content()
    page.goto(f"/entry/returns/{submission}")
    page.screenshot(path=tmp_path / "entry-ar.png", full_page=True)
    assert "أم علي، مديرة المدرسة" in page.content()


def test_without_a_manager_nothing_is_sent_and_nothing_lost(ministry: Ministry):
    ministry.add("uuid:no-manager")
    bare = replace(ministry.settings, central_manager_email=None)
    with pytest.raises(OperatorError) as raised:
        ministry.send(bare)
    assert raised.value.code == "central-no-manager"
    assert ministry.send()[0] == [FORM]
    assert ministry.at_central("uuid:no-manager")["deviceId"] == WEB_DEVICE_ID


def test_central_that_is_down_gets_it_when_it_is_up(ministry: Ministry):
    ministry.add("uuid:down")
    away = replace(ministry.settings, central_url="http://127.0.0.1:9")
    with pytest.raises(OperatorError) as raised:
        ministry.send(away)
    assert raised.value.code == "central-unreachable"
    assert ministry.at_central("uuid:down") is None
    assert ministry.send() == ([FORM], None)
    assert ministry.at_central("uuid:down") is not None
    assert ministry.send() == ([], None), "it is sent once"


def test_a_worker_that_is_killed_before_it_commits_sends_again(ministry: Ministry):
    ministry.add("uuid:killed", entries.EntryFile(entries.ANSWER, "a.jpg", "image/jpeg", b"x"))
    assert ministry.send(is_kept=False)[0] == [FORM]
    assert ministry.at_central("uuid:killed") is not None
    assert ministry.send() == ([FORM], None)
    left = "SELECT count(*) FROM ops.entry_file WHERE instance_id = 'uuid:killed'"
    assert ministry.one(left) == 0, "Central has the files of the answers"
    assert ministry.one("SELECT xml IS NULL FROM ops.entry WHERE instance_id = 'uuid:killed'")


def test_one_that_central_refuses_is_put_off_and_holds_up_no_other(ministry: Ministry):
    ministry.add("uuid:refused")
    ministry.add("uuid:taken")
    with ministry.engine.begin() as connection:
        # Central has this id already, with other content.
        with open_client(ministry.settings, "manager") as client:
            version = connection.execute(
                sa.text("SELECT current_version FROM raw.form WHERE form_id = :f"), {"f": FORM}
            ).scalar_one()
            other = filled("uuid:refused", school="S3", round_code=ROUND, version=version)
            client.request(
                "POST", client.path("forms", FORM, "submissions"), data=other,
                headers={"Content-Type": "application/xml"},
            )  # fmt: skip
    assert ministry.send() == ([FORM], None)
    assert ministry.at_central("uuid:taken") is not None
    reason = ministry.one("SELECT reason FROM ops.entry WHERE instance_id = 'uuid:refused'")
    assert "409" in reason
    assert ministry.one("SELECT xml FROM ops.entry WHERE instance_id = 'uuid:refused'")
    assert ministry.send() == ([], None), "not before its time"
