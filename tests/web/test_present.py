"""What the tablets' lists would say now, as far as a page may read the rows behind them."""

import datetime as dt
import json

import pytest
import sqlalchemy as sa

from config.entity_lists import LIST_PROPERTIES
from processing.db.queries import action_rows, entity_rows, round_rows
from processing.feedback.listing import list_task_rows
from processing.feedback.present import READERS, present_rows
from processing.feedback.school_rows import list_school_rows
from tests.web.factories import NOW, YEAR, insert

POST = "SUP-9"
STAFF_FACTS = {
    "post", "work", "attachment", "contract", "qualification", "institution", "pedagogical",
    "weekly_periods",
}  # fmt: skip


@pytest.fixture(scope="module")
def behind(country):
    """The country with a row behind each list, all of the school S1."""
    with country.begin() as connection:
        form_key = connection.execute(
            sa.text("SELECT form_key FROM raw.submission WHERE school_code = 'S1'")
        ).scalar()
        instance = connection.execute(
            sa.text("SELECT instance_id FROM raw.submission WHERE school_code = 'S1'")
        ).scalar()
        place = {"form_key": form_key, "instance_id": instance, "school_code": "S1"}
        insert(connection, "emis.supervisor", supervisor_code=POST, name_ar="مشرف",
               directorate_code="DEP-A1")  # fmt: skip
        insert(connection, "emis.visit_plan", supervisor_code=POST, school_code="S1",
               planned_date=dt.date(YEAR, 12, 9))  # fmt: skip
        insert(connection, "emis.visit", **place, period="visits", school_year=YEAR,
               supervisor_code=POST, visit_date=dt.date(YEAR, 11, 2))  # fmt: skip
        insert(connection, "emis.agreed_action", **place, action_code="A1", supervisor_code=POST,
               agreed_date=dt.date(YEAR, 11, 2), what="تصليح الباب", owner_code="head",
               due_date=dt.date(YEAR, 12, 1))  # fmt: skip
        insert(connection, "emis.staff_member", assignment_code="P70", school_code="S1",
               staff_number="70", name="هدى", work_code="clerk", is_listed=True)  # fmt: skip
        insert(connection, "emis.staff", **place, school_year=YEAR - 1, assignment_code="P70",
               state_code="changed", work_code="guard", post_code="guard", is_here=True,
               is_teacher=False, weekly_period_count=0)  # fmt: skip
        insert(connection, "quality.correction_task", **place, task_code="T70",
               form_id="school_census", version_id="v", screen="grade", severity="error",
               state="open", opening=2, first_seen_at=NOW, opened_at=NOW,
               due_on=dt.date(YEAR, 12, 5))  # fmt: skip
    return country


def whole_rows(connection, name: str) -> dict[str, dict[str, str]]:
    """By the code of the row, as the lists are given them."""
    listing = {
        "schools": list_school_rows,
        "rounds": round_rows.list_round_rows,
        "staff": entity_rows.list_staff_rows,
        "visit_plan": entity_rows.list_visit_rows,
        "agreed_actions": action_rows.list_action_rows,
        "directorate_schools": entity_rows.list_directorate_school_rows,
        "corrections": lambda connection: list_task_rows(connection, "central", 1),
    }[name]
    return {row[LIST_PROPERTIES[name][0]]: row for row in listing(connection)}


def entity(name: str, code: str) -> dict:
    data = {LIST_PROPERTIES[name][0]: code, "school_code": "S1"}
    return {"list_name": name, "data": data, "central": "central", "project": 1}


@pytest.mark.parametrize("name", list(LIST_PROPERTIES))
def test_a_page_reads_what_the_list_would_say(behind, web_engine, name):
    assert list(READERS).count(name) == 1
    with behind.begin() as connection:
        whole = whole_rows(connection, name)
    assert whole, "there is a row behind the list"
    asked = [entity(name, code) for code in (*whole, "gone")]
    with web_engine.begin() as connection:
        found = present_rows(connection, asked)[name]
    told = {
        "staff": {"assignment_code", *STAFF_FACTS},
        "visit_plan": set(LIST_PROPERTIES[name]) - {"staff_listed"},
        "directorate_schools": {"label", *LIST_PROPERTIES[name]} - {"staff_listed"},
        "schools": {"label", *LIST_PROPERTIES[name]} - {"teachers_on_duty", "head_name"},
    }.get(name)
    for code, row in found.items():
        assert row == {item: whole[code][item] for item in row}
        assert told in (None, set(row))
    own = {code for code, row in whole.items() if row.get("school_code", "S1") == "S1"}
    assert own <= set(found) <= set(whole)


def test_a_list_of_somebody_else_has_no_rows(web_engine, behind):
    with web_engine.begin() as connection:
        assert present_rows(connection, [entity("staff", "P70") | {"list_name": "x"}]) == {}


def test_the_page_shows_the_present_day_of_a_visit_and_not_the_one_that_was_written(
    behind, client_as
):
    uuid = "7d9bd1a6-0a2f-4c9e-8a51-6a4d0a1f0d77"
    with behind.begin() as connection:
        (row,) = whole_rows(connection, "visit_plan").values()
        first = {name: row[name] for name in LIST_PROPERTIES["visit_plan"]}
        first |= {"planned_date": f"{YEAR}-12-01"}
        newest = first | {"planned_date": f"{YEAR}-12-24"}
        list_key = connection.execute(
            sa.text("""
                INSERT INTO raw.entity_list (central, project, name, properties, first_seen_at)
                VALUES ('central', 1, 'visit_plan', '{}', :now) RETURNING list_key"""),
            {"now": NOW},
        ).scalar_one()
        insert(connection, "ops.own_account", central="central", project=1, actor_id=5, seen_at=NOW)
        insert(connection, "raw.entity", list_key=list_key, uuid=uuid, version=2, label="x",
               data=json.dumps(newest), created_at=NOW, creator_id=5, landed_at=NOW)  # fmt: skip
        for number, data, creator in ((1, first, 5), (2, newest, 9)):
            insert(connection, "raw.entity_version", list_key=list_key, uuid=uuid, version=number,
                   label="x", data=json.dumps(data), data_received=json.dumps(data),
                   base_version=number - 1 or None, creator_id=creator, version_created_at=NOW,
                   fetched_at=NOW)  # fmt: skip
        insert(connection, "quality.entity_edit", list_key=list_key, uuid=uuid, found_at=NOW)
    client = client_as("ministry")
    shown = client.get(f"/conflicts/{list_key}/{uuid}").get_data(as_text=True)
    assert f"{YEAR}-12-09" in shown, "the plan as it is"
    assert f"{YEAR}-12-24" in shown, "what somebody has written at Central"
    assert f"{YEAR}-12-01" not in shown, "the plan as it was"
    with behind.begin() as connection:
        connection.exec_driver_sql("UPDATE emis.visit_plan SET planned_date = '2026-12-24'")
    assert client.get(f"/conflicts/{list_key}/{uuid}").status_code == 404, "both say the same now"
