"""Lists: in the order of the names that are shown, on pages; their files hold every row."""

import csv
import io
import re
from html import escape, unescape
from importlib import import_module

import openpyxl
import pytest
import sqlalchemy as sa

from config.names import sort_key, unit_sort_key
from processing.db.queries.web_calls import list_calls
from processing.db.queries.web_schools import list_schools
from processing.db.queries.web_scope import NATION
from processing.db.queries.web_updates import list_departments
from processing.web import tables
from processing.web.views.schools import SCHOOLS_A_PAGE
from tests.web.entries import add_form
from tests.web.factories import NOW, insert

MORE = SCHOOLS_A_PAGE + 10
NAMES = (
    ("K1", "يافا", "هیوا", "Azadi"),
    ("K2", "كاوة", "گوڵان", "Dilan"),
    ("K3", "لمى", "کانی", "Elan"),
    ("K4", "وردة", "نەورۆز", "Hope"),
    ("K5", "بابل", "ئازادی", None),
    ("K6", "پيرا", "پێشڕەو", "azhin"),
)
ORDERS = {
    "ar": ["بابل", "پيرا", "كاوة", "لمى", "وردة", "يافا"],
    "ckb": ["ئازادی", "پێشڕەو", "کانی", "گوڵان", "نەورۆز", "هیوا"],
    "en": ["Azadi", "azhin", "Dilan", "Elan", "Hope", "بابل"],
}
COPY_SQL = """
INSERT INTO emis.school_history SELECT (jsonb_populate_record(h, jsonb_build_object(
  'school_code', CAST(:code AS text), 'name_ar', CAST(:arabic AS text),
  'name_ckb', CAST(:kurdish AS text), 'name_en', CAST(:english AS text),
  'name_sort', CAST(:key AS text)))).*
FROM emis.school_history h WHERE h.school_code = 'S1'
"""


def add_school(connection: sa.Connection, code: str, arabic: str, kurdish, english) -> None:
    values = {"code": code, "arabic": arabic, "kurdish": kurdish, "english": english}
    connection.execute(sa.text(COPY_SQL), values | {"key": sort_key(arabic)})


@pytest.fixture(scope="module")
def named(country) -> sa.Engine:
    """Schools whose names stand in another order in each language."""
    with country.begin() as connection:
        for school in NAMES:
            add_school(connection, *school)
    return country


@pytest.fixture(scope="module")
def many(country) -> None:
    """More schools than a page holds."""
    with country.begin() as connection:
        for number in range(MORE):
            add_school(connection, f"M{number:02}", f"كثيرة {number:02}", None, f"Many {number:02}")


@pytest.mark.parametrize("language", ORDERS)
def test_schools_stand_in_the_order_of_the_names_that_are_shown(named, web_engine, language):
    with web_engine.connect() as connection:
        rows = list_schools(connection, NATION, language, "k", 50, 0)
    assert [row["name"] for row in rows] == ORDERS[language]


ORDERED = (
    "ئاراس", "«ابن سينا»", "آفاق", "أوروك", "  بابل", "تقوى", "جيان", "عائشة", "عاشور", "مئة",
    "مدرسة 9", "مدرسة ٩ ب", "مدرسة ۹ ج", "مدرسة  ٩ د", "مدرسة - ٩ ه", "مُنى",
    "موسى أ", "موسی ب", "ناظم", "هدى", "یاس", "يافا", "گوڵان", "ئەنبار", "پێنجوێن", "Al-Karkh",
    "(al Mansour)", "Ba'quba", "École", "E\u0301cole 2", "Edessa", "Şaqlawa", "Saint", "Zakho",
)  # fmt: skip


@pytest.mark.parametrize("language", ORDERS)
def test_schools_stand_where_units_of_their_names_would(country, language):
    with country.connect() as connection, connection.begin() as transaction:
        for number, name in enumerate(ORDERED):
            add_school(connection, f"O{number:02}", name, name, name)
        rows = list_schools(connection, NATION, language, "o", 50, 0)
        transaction.rollback()
    names = [row["name"] for row in rows if row["name"] in ORDERED]
    assert names == sorted(ORDERED, key=unit_sort_key)


@pytest.mark.parametrize("language", ORDERS)
def test_calls_of_one_day_stand_in_the_order_of_the_names_that_are_shown(named, language):
    with named.connect() as connection, connection.begin() as transaction:
        form_key = connection.execute(sa.text("SELECT min(form_key) FROM raw.form")).scalar_one()
        for at, (code, *_) in enumerate(NAMES):
            insert(connection, "quality.correction_task", task_code=f"t{at}", form_key=form_key,
                   form_id="school_census", instance_id="uuid:0", version_id="v0",
                   screen="/grades", row_position=at, school_code=code, severity="error",
                   state="open", due_on=NOW.date(), first_seen_at=NOW)  # fmt: skip
        rows = list_calls(connection, NATION, language, NOW.date(), is_all=True)
        transaction.rollback()
    assert [row["school_name"] for row in rows] == ORDERS[language]


def test_directorates_to_choose_stand_in_the_order_of_the_names_that_are_shown(country):
    with country.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(
            "UPDATE emis.directorate SET name_en = 'Abu Ghraib' WHERE directorate_code = 'DEP-A1'"
        )
        found = {
            language: [
                row["directorate_code"]
                for row in list_departments(connection, NATION, language, "federal")
            ]
            for language in ("ar", "en")
        }
        transaction.rollback()
    assert found == {"ar": ["GD-A", "DEP-A2", "DEP-A1"], "en": ["GD-A", "DEP-A1", "DEP-A2"]}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Anu", "12 345"), ("Enki", "12?3"), ("Enlil", "50%"), ("Ishtar", "#7"),
        ("Marduk", "A\\1"), ("Nabu", ".5"), ("Shamash", "أ-٧"),
    ],
)  # fmt: skip
def test_a_code_with_other_signs_than_a_slash_has_its_page(country, client_as, name, code):
    with country.begin() as connection:
        add_school(connection, code, "عشتار", None, name)
    client = client_as("ministry")
    listed = client.get(f"/schools?q={name}").text
    (address,) = re.findall(r'<th scope="row" class="text"><a href="([^"]+)"', listed)
    assert escape(code) in client.get(unescape(address)).text


def codes_of(answer, at: int = 1) -> list[str]:
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    return [row[at] for row in rows[1:]]


@pytest.mark.parametrize("page", [1, 2, 9])
def test_the_file_of_a_list_holds_every_row_that_the_filter_selects(many, client_as, page):
    client = client_as("ministry")
    answer = client.get(f"/schools?q=Many&page={page}&download=schools.csv")
    assert codes_of(answer) == [f"M{number:02}" for number in range(MORE)]
    assert client.get(f"/schools?q=Many&page={page}").text.count('<th scope="row"') < MORE


def test_a_workbook_holds_them_too(many, client_as):
    answer = client_as("ministry").get("/schools?q=Many&page=2&download=schools.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet.max_row == 1 + MORE


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "البحث"), ("ckb", "گەڕان"), ("en", "search")]
)
@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
def test_a_list_that_no_file_holds_is_refused_not_cut(
    many, client_as, monkeypatch, file_type, language, words
):
    client = client_as("ministry", language)
    address = f"/schools?q=Many&download=schools.{file_type}"
    monkeypatch.setattr(tables, "MOST_ROWS", MORE)
    assert client.get(address).status_code == 200
    monkeypatch.setattr(tables, "MOST_ROWS", MORE - 1)
    answer = client.get(address)
    assert answer.status_code == 400
    assert "Content-Disposition" not in answer.headers
    assert "100,000" in answer.text
    assert words in answer.text.split("<h1>")[1]


def test_the_file_of_schools_to_choose_from_holds_them_all(many, client_as):
    client = client_as("department")
    answer = client.get("/entry/schools?q=Many&download=entry-schools.csv")
    assert len(codes_of(answer)) == MORE
    assert client.get("/entry/schools?q=Many").text.count('<th scope="row"') == SCHOOLS_A_PAGE


def test_the_file_of_what_was_entered_holds_all_of_it(country, web_engine, client_as, monkeypatch):
    monkeypatch.setattr(import_module("processing.web.views.entry"), "ENTRIES_SHOWN", 2)
    with country.begin() as connection:
        form_key = add_form(connection)
    with web_engine.begin() as connection:
        for number in range(3):
            insert(
                connection, "ops.entry", instance_id=f"uuid:e{number}", form_key=form_key,
                form_version="7", school_code="S1", period="x", source_code="visit",
                given_by="the head", given_on=NOW.date(), entered_by=f"E{number}", entered_at=NOW,
                xml=b"<data/>", answers_sha256=b"", not_before=NOW,
            )  # fmt: skip
    client = client_as("department")
    assert client.get("/entry").text.count('<th scope="row"') == 2
    assert codes_of(client.get("/entry?download=entries.csv"), 5) == ["E0", "E1", "E2"]
