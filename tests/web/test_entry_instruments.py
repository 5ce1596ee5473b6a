"""Two more forms that a department fills in a real browser, in Arabic, in the name of a school.

The facility return has a place that no office can record, the staff return a list of people that
stands there already. How the page itself behaves, tests/web/test_entry_central.py says.
"""

from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page

from bridge.filled import WEB_DEVICE_ID
from config.settings import Settings
from tests.fixtures.chromium import needs_browser
from tests.fixtures.servers import Sandbox
from tests.web.factories import insert
from tests.web.ministry import (
    GIVEN_BY,
    Ministry,
    open_form,
    press_send,
    say_where_from,
    speak,
)

FACILITY, FACILITY_ROUND = "facility_return", "facility-now"
STAFF, STAFF_ROUND = "staff_return", "staff-now"
SCHOOL, BUILDING = "S2", "B-S2"
PEOPLE = (
    {"assignment_code": "P1", "name": "هدى", "post_code": "head", "work_code": "head",
     "weekly_period_count": 4},
    {"assignment_code": "P2", "name": "علي", "post_code": "class_teacher",
     "work_code": "class_teacher", "weekly_period_count": 24},
    {"assignment_code": "P3", "name": "سعاد", "post_code": "class_teacher",
     "work_code": "class_teacher", "weekly_period_count": 20},
)  # fmt: skip
pytestmark = [pytest.mark.timeout(900), needs_browser]


@pytest.fixture(scope="module")
def ministry(
    country: sa.Engine, web_engine: sa.Engine, database: Settings, sandbox: Sandbox
) -> Ministry:
    with country.begin() as connection:
        for person in PEOPLE:
            insert(connection, "emis.staff_member", school_code=SCHOOL, attachment_code="own",
                   contract_code="permanent", **person)  # fmt: skip
    ministry = Ministry(sandbox.fill(database), country, web_engine)
    ministry.open({FACILITY: FACILITY_ROUND, STAFF: STAFF_ROUND})
    return ministry


@pytest.fixture
def sheet(page: Page, tmp_path: Path) -> Path:
    """A photo of the signed sheet."""
    path = tmp_path / "sheet.png"
    page.screenshot(path=path)
    return path


def question(page: Page, words: str) -> Locator:
    """The only question of the form with these words that is shown."""
    return page.locator(".odk-form .question-container").filter(
        has=page.get_by_text(words, exact=True)
    )


def choose(page: Page, answers: dict[str, str]) -> None:
    for words, answer in answers.items():
        question(page, words).get_by_text(answer, exact=True).click()


def count(page: Page, numbers: dict[str, int]) -> None:
    for words, number in numbers.items():
        box = question(page, words).locator("input")
        box.click()
        box.press_sequentially(str(number))
        box.press("Tab")


def pictures_beside(page: Page, words: str) -> list[bool]:
    """Whether each picture of a question's choices has come and can be seen."""
    images = question(page, words).locator("img")
    images.last.wait_for()
    return images.evaluate_all("all => all.map((one) => one.complete && one.naturalWidth > 0)")


def declare(page: Page) -> None:
    page.get_by_label("اسم مدير المدرسة أو من يخوله").fill("أبو علي")
    page.get_by_text("موافق", exact=True).click()


def fill_building(page: Page) -> None:
    """Everything but the place."""
    choose(page, {
        "هل شُيّدت البناية لتكون مدرسة؟": "نعم",
        "ممَّ بُنيت الصفوف في الغالب؟": "طابوق أو كتل أو خرسانة",
        "ما حال البناية؟": "جيدة",
    })  # fmt: skip
    count(page, {
        "عدد غرف الصفوف في البناية": 8,
        "عدد الصالح منها للتدريس": 7,
        "عدد الغرف التي تستخدمها مدرستكم في دوامها": 6,
        "عدد المرافق الصحية التي تستخدمها مدرستكم في دوامها": 4,
    })  # fmt: skip
    choose(page, {
        "ما المصدر الرئيس لمياه الشرب في المدرسة؟": "شبكة أنابيب (إسالة)",
        "هل الماء متوفر من هذا المصدر الآن؟": "نعم",
        "ما النوع الغالب للمرافق الصحية؟": "مرافق بالسيفون أو بصب الماء",
    })  # fmt: skip
    count(page, {
        "عدد المرافق الصحية كلها": 6,
        "منها صالحة ومخصصة للإناث فقط": 2,
        "منها صالحة ومخصصة للذكور فقط": 2,
        "منها صالحة ومشتركة بين الجنسين": 1,
    })  # fmt: skip
    choose(page, {
        "هل توجد أماكن لغسل اليدين؟": "نعم",
        "هل يتوفر فيها الماء والصابون الآن؟": "ماء وصابون معاً",
        "ما مصادر الكهرباء في المدرسة؟": "الشبكة الوطنية",
        "هل تتوفر الكهرباء بانتظام في أثناء الدروس؟": "نعم",
        "هل تتوفر خدمة الإنترنت؟": "للإدارة فقط",
        "هل يمكن دخول البناية والصفوف بالكرسي المتحرك (بمنحدر أو مدخل بلا درجات)؟": "نعم",
        "هل يوجد مرفق صحي يمكن استخدامه بالكرسي المتحرك؟": "لا",
        "هل توجد وسائل أو أجهزة تعليمية مكيفة (مثل برايل أو طباعة كبيرة أو معينات سمع)؟": "لا",
    })  # fmt: skip
    count(page, {"عدد الحواسيب والأجهزة اللوحية العاملة التي يستخدمها التلاميذ للتعلم": 10})


def check_who_entered(
    page: Page, ministry: Ministry, sheet: Path, form_id: str, instance_id: str
) -> None:
    """In the school's name, by the officer, from the signed sheet; its photo can be looked at."""
    assert ministry.at_central(form_id, instance_id)["deviceId"] == WEB_DEVICE_ID
    found = ministry.one(
        "SELECT school_code || ' ' || source_code FROM emis.entered_return WHERE form_id = :form"
        " AND instance_id = :id",
        form=form_id, id=instance_id,
    )  # fmt: skip
    assert found == f"{SCHOOL} paper_sheet"
    page.goto(f"/schools/{SCHOOL}")
    assert "Post of department (department)" in page.content()
    page.goto(f"/entry/returns/{instance_id}")
    assert GIVEN_BY in page.content()
    link = page.get_by_role("link", name="الصورة 1").get_attribute("href")
    assert page.request.get(link).body() == sheet.read_bytes()


def test_a_facility_return_is_sent_from_an_office_without_the_place(
    page: Page, ministry: Ministry, sheet: Path, tmp_path: Path
):
    speak(page, "ar")
    open_form(page, SCHOOL, FACILITY_ROUND)
    say_where_from(page, sheet)
    fill_building(page)
    assert pictures_beside(page, "ما المصدر الرئيس لمياه الشرب في المدرسة؟") == [True] * 7
    assert pictures_beside(page, "ما النوع الغالب للمرافق الصحية؟") == [True] * 6
    assert question(page, "موقع المدرسة").get_by_text("تسجيل الموقع", exact=True).is_visible()
    question(page, "لماذا لم يُسجل الموقع؟").locator("textarea").fill("أُدخلت في القسم")
    declare(page)
    page.screenshot(path=tmp_path / "facility.png", full_page=True)
    press_send(page)
    instance_id, xml = ministry.landed(SCHOOL, FACILITY_ROUND)
    assert "<gps/>" in xml
    assert "<reason_gps>أُدخلت في القسم</reason_gps>" in xml
    kept = ministry.one(
        "SELECT concat_ws(' ', answered_by_school_code, classroom_count, classroom_usable_count,"
        " toilet_count, water_source_code) FROM emis.facility WHERE building_code = :building",
        building=BUILDING,
    )
    assert kept == f"{SCHOOL} 8 7 6 piped"
    check_who_entered(page, ministry, sheet, FACILITY, instance_id)


def test_a_staff_return_shows_the_people_of_the_school_and_says_who_left(
    page: Page, ministry: Ministry, sheet: Path, tmp_path: Path
):
    speak(page, "ar")
    open_form(page, SCHOOL, STAFF_ROUND)
    say_where_from(page, sheet)
    choose(page, {
        "هل من جديد: شخص جاء أو ترك، أو تغيّر عمله أو حصصه، أو شارك في تدريب أثناء الخدمة"
        " خلال الاثني عشر شهراً الماضية؟": "نعم",
        "من الذي تغيّر شيء من بياناته أو ترك المدرسة؟": "علي – معلم – 24",
        "هل شارك أحد من القائمة في تدريب أثناء الخدمة خلال الاثني عشر شهراً الماضية؟": "لا",
    })  # fmt: skip
    count(page, {"عدد العاملين في المدرسة غير المذكورين في القائمة": 0})
    choose(
        page,
        {
            "ما الذي تغيّر؟": "لم يعد يعمل في المدرسة",
            "كيف ترك المدرسة؟": "انتقل إلى مدرسة أو دائرة أخرى",
        },
    )
    declare(page)
    page.screenshot(path=tmp_path / "staff.png", full_page=True)
    press_send(page)
    instance_id, xml = ministry.landed(SCHOOL, STAFF_ROUND)
    assert xml.count("<assignment_code>P") == 3, "a row for each of the list"
    assert "<people_here>2</people_here>" in xml
    assert "<weekly_periods>24</weekly_periods>" in xml, "4 of the head and 20"
    check_who_entered(page, ministry, sheet, STAFF, instance_id)
