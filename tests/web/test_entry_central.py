"""From an officer's browser to the warehouse: a form filled in Arabic, Central, the mirror.

Pictures are kept in the test's temporary folder: `pytest --basetemp=DIR`.
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from bridge.client import open_client
from bridge.filled import WEB_DEVICE_ID
from config.errors import OperatorError
from config.settings import Settings
from processing.db.queries import entries
from processing.jobs import entering
from tests.fixtures.chromium import WIDTHS_PX, needs_browser
from tests.fixtures.servers import Sandbox
from tests.web.entries import PNG, filled
from tests.web.ministry import (
    WAIT_MS,
    Ministry,
    open_form,
    press_send,
    say_where_from,
    speak,
)

FORM, ROUND = "textbook_return", "books-now"
ARROWS_OUTSIDE = """[...document.querySelectorAll(".p-inputnumber-button")].filter((arrow) =>
    arrow.getBoundingClientRect().bottom >
    arrow.closest(".p-inputnumber").getBoundingClientRect().bottom).length"""
pytestmark = pytest.mark.timeout(900)


class Books(Ministry):
    """Where one round of textbooks is open."""

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


@pytest.fixture(scope="module")
def ministry(
    country: sa.Engine, web_engine: sa.Engine, database: Settings, sandbox: Sandbox
) -> Books:
    with country.begin() as connection:
        connection.exec_driver_sql("UPDATE emis.school_history SET highest_grade = 1")
    ministry = Books(sandbox.fill(database), country, web_engine)
    ministry.open({FORM: ROUND})
    return ministry


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    photo = tmp_path / "sheet.png"
    photo.write_bytes(PNG)
    return photo


def fill_books(page: Page) -> None:
    """The federal curriculum; every number 7; no further language; the name; the confirmation."""
    page.get_by_text("المنهج الاتحادي", exact=True).click()
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
def test_what_is_missing_in_the_form_is_said_in_the_officers_language(page: Page, sheet: Path):
    speak(page, "ar")
    open_form(page, "S1", ROUND)
    source = page.locator("#from")
    assert source.evaluate("choice => getComputedStyle(choice).appearance") == "auto"
    for code, is_asked in (("paper_sheet", True), ("telephone", False)):
        source.select_option(code)
        assert page.locator("#sheets").evaluate("box => box.required") is is_asked
    say_where_from(page, sheet)
    page.get_by_role("button", name="إرسال").click()
    page.get_by_text("أسئلة تحتاج إلى مراجعة").first.wait_for(timeout=WAIT_MS)
    page.get_by_text("يرجى كتابة الاسم.").first.wait_for(timeout=WAIT_MS)
    page.once("dialog", lambda dialog: dialog.accept())


@needs_browser
def test_what_central_refuses_opens_with_its_answers_and_is_corrected_or_withdrawn(
    page: Page, ministry: Books, sheet: Path, tmp_path: Path
):
    speak(page, "ar")
    open_form(page, "S1", ROUND)
    say_where_from(page, sheet)
    fill_books(page)
    press_send(page)
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
    press_send(page)
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
    open_form(page, "S1", ROUND)


@needs_browser
def test_a_form_filled_in_arabic_lands_with_its_values_and_who_entered_it(
    page: Page, ministry: Books, sheet: Path, tmp_path: Path
):
    speak(page, "ar")
    open_form(page, "S1", ROUND)
    say_where_from(page, sheet)
    fill_books(page)
    page.screenshot(path=tmp_path / "filled.png", full_page=True)
    press_send(page)
    page.screenshot(path=tmp_path / "entered.png", full_page=True)
    assert "تنتظر ODK Central" in page.content()
    submission, reported = ministry.landed("S1", ROUND)
    page.reload()
    assert "وصلت" in page.content()
    # Religion, Arabic, English, mathematics, science: 5 subjects of grade 1, 7 copies each.
    assert "<copies_in_hand>35</copies_in_hand>" in reported
    assert f"<deviceid>{WEB_DEVICE_ID}</deviceid>" in reported
    assert "<head_name>أم علي</head_name>" in reported
    assert ministry.at_central(FORM, submission)["deviceId"] == WEB_DEVICE_ID
    page.goto("/schools/S1")
    assert "Post of department (department)" in page.content()
    page.goto(f"/entry/returns/{submission}")
    page.screenshot(path=tmp_path / "entry-ar.png", full_page=True)
    assert "أم علي، مديرة المدرسة" in page.content()


def test_without_a_manager_nothing_is_sent_and_nothing_lost(ministry: Books):
    ministry.add("uuid:no-manager")
    bare = replace(ministry.settings, central_manager_email=None)
    with pytest.raises(OperatorError) as raised:
        ministry.send(bare)
    assert raised.value.code == "central-no-manager"
    assert ministry.send()[0] == [FORM]
    assert ministry.at_central(FORM, "uuid:no-manager")["deviceId"] == WEB_DEVICE_ID


def test_central_that_is_down_gets_it_when_it_is_up(ministry: Books):
    ministry.add("uuid:down")
    away = replace(ministry.settings, central_url="http://127.0.0.1:9")
    with pytest.raises(OperatorError) as raised:
        ministry.send(away)
    assert raised.value.code == "central-unreachable"
    assert ministry.at_central(FORM, "uuid:down") is None
    assert ministry.send() == ([FORM], None)
    assert ministry.at_central(FORM, "uuid:down") is not None
    assert ministry.send() == ([], None), "it is sent once"


def test_a_worker_that_is_killed_before_it_commits_sends_again(ministry: Books):
    ministry.add("uuid:killed", entries.EntryFile(entries.ANSWER, "a.jpg", "image/jpeg", b"x"))
    assert ministry.send(is_kept=False)[0] == [FORM]
    assert ministry.at_central(FORM, "uuid:killed") is not None
    assert ministry.send() == ([FORM], None)
    left = "SELECT count(*) FROM ops.entry_file WHERE instance_id = 'uuid:killed'"
    assert ministry.one(left) == 0, "Central has the files of the answers"
    assert ministry.one("SELECT xml IS NULL FROM ops.entry WHERE instance_id = 'uuid:killed'")


def test_one_that_central_refuses_is_put_off_and_holds_up_no_other(ministry: Books):
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
    assert ministry.at_central(FORM, "uuid:taken") is not None
    reason = ministry.one("SELECT reason FROM ops.entry WHERE instance_id = 'uuid:refused'")
    assert "409" in reason
    assert ministry.one("SELECT xml FROM ops.entry WHERE instance_id = 'uuid:refused'")
    assert ministry.send() == ([], None), "not before its time"
