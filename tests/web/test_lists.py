"""Lists: in the order of the names that are shown."""

import pytest
import sqlalchemy as sa

from config.names import sort_key
from processing.db.queries.web_calls import list_calls
from processing.db.queries.web_schools import list_schools
from processing.db.queries.web_scope import NATION
from processing.db.queries.web_updates import list_departments
from tests.web.factories import NOW, insert

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


@pytest.mark.parametrize("language", ORDERS)
def test_schools_stand_in_the_order_of_the_names_that_are_shown(named, web_engine, language):
    with web_engine.connect() as connection:
        rows = list_schools(connection, NATION, language, "k", 50, 0)
    assert [row["name"] for row in rows] == ORDERS[language]


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
