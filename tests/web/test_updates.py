"""School updates on their pages: who sees which, what is compared, and what an answer becomes."""

import io

import pytest
import sqlalchemy as sa

from processing.jobs.updating import update_registry
from tests.web.factories import NOW
from tests.web.registry_rows import add_updates

GIVEN = {"directorate_code": "DEP-A1", "locality_code": "urban", "building_code": "B-9"}


@pytest.fixture(scope="module")
def updates(country):
    with country.begin() as connection:
        return add_updates(connection)


def page(client, path: str = "/updates") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(client, token_of, update: int, **form):
    path = f"/updates/{update}"
    return client.post(path, data=form | {"csrf_token": token_of(client, path)})


def rows(country, statement: str, **values) -> list[tuple]:
    with country.begin() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement), values)]


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        ("ministry", {"S1", "S2", "S4", "N1"}),
        ("general_directorate", {"S1", "S2", "N1"}),
        ("department", {"S1", "S2", "N1"}),
    ],
)
def test_each_sees_the_updates_of_its_own_area(updates, client_as, login, seen):
    shown = page(client_as(login))
    assert {code for code in updates if f'">{code}<' in shown or f'ltr">{code}</' in shown} == seen


def test_an_update_outside_of_the_area_is_not_there(updates, client_as):
    assert client_as("department").get(f"/updates/{updates['S4']}").status_code == 404
    assert client_as("ministry").get("/updates/999999").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ("ما يتغير في السجل", "مدرسة دجلة", "مسائي", "صباحي")),
        ("ckb", ("چی لە تۆماردا دەگۆڕێت", "ئێواران", "بەیانیان")),
        ("en", ("What changes in the registry", "Evening", "Morning", "123", "أحمد علي")),
    ],
)
def test_the_page_shows_now_and_proposed_who_and_when(updates, client_as, language, words):
    shown = page(client_as("department", language), f"/updates/{updates['S2']}")
    assert [word for word in words if word not in shown] == []
    assert "مدرسة النور للبنين" in shown, "the name as it is"


def test_a_new_school_says_what_is_missing_and_that_central_has_approved(updates, client_as):
    shown = page(client_as("department"), f"/updates/{updates['N1']}")
    assert "Approved at Central, not in the registry yet" in shown
    assert "Directorate – Locality" in shown or "Building – Directorate – Locality" in shown
    assert "Mansour Department" in shown
    assert "Shaqlawa Department" not in shown, "of another ministry"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ("ينتهي الاسم القديم", "الاسم بالكردية (", "الاسم بالإنكليزية (")),
        ("ckb", ("ناوە کۆنەکە", "ناو بە کوردی (", "ناو بە ئینگلیزی (")),
        ("en", ("the old one ends", "Name in Kurdish (", "Name in English (")),
    ],
)
def test_a_name_that_would_end_is_said_before_the_approval(updates, client_as, language, words):
    shown = page(client_as("department", language), f"/updates/{updates['S2']}")
    assert [word for word in words if word not in shown] == []
    assert words[0] not in page(client_as("department", language), f"/updates/{updates['N1']}")


def test_an_officer_may_type_the_name_that_the_form_does_not_give(updates, client_as, token_of):
    client = client_as("department")
    assert 'value="New Hope"' in page(client, f"/updates/{updates['N1']}"), "as the form gives it"
    typed = {"name_ckb": "دیجلە", "name_en": "x" * 1001}
    answer = send(client, token_of, updates["S2"], decision="approved", **typed)
    shown = answer.get_data(as_text=True)
    assert 'value="دیجلە"' in shown, "nothing that was typed is lost"
    assert "<bdi>دیجلە</bdi>" in shown, "among what changes"
    assert "the old one ends" not in shown


def test_a_new_head_changes_nothing_in_the_registry(updates, client_as):
    shown = page(client_as("department"), f"/updates/{updates['S1']}")
    assert "emis devices handover" in shown
    assert "هدى" in shown


def test_a_photo_is_shown_to_those_who_see_the_update(app, updates, client_as, country):
    class Folder:
        def open(self, sha256):
            return io.BytesIO(b"\xff\xd8picture " + sha256.encode())

    assert client_as("department").get(f"/updates/{updates['S2']}/photo").status_code == 404
    app.extensions["emis_store"] = Folder
    answer = client_as("department").get(f"/updates/{updates['S2']}/photo")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.data.startswith(b"\xff\xd8picture abab")
    seen = "SELECT actor, subject FROM ops.audit_trail WHERE action = 'order_seen'"
    assert rows(country, seen) == [("department", "S2")], "once, and not where there was none"
    assert client_as("department").get(f"/updates/{updates['N1']}/photo").status_code == 404
    assert "<img" in page(client_as("department"), f"/updates/{updates['S2']}")
    assert client_as("school_head").get(f"/updates/{updates['S2']}/photo").status_code == 403


@pytest.mark.parametrize(
    ("school", "form", "words"),
    [
        ("S2", {"decision": "maybe"}, "Choose an answer"),
        ("S2", {"decision": "refused", "reason": "  "}, "Write the reason"),
        ("S2", {"decision": "refused", "reason": "x" * 1001}, "at most 1,000 characters"),
        ("S2", {"decision": "approved", "name_en": "x" * 1001}, "at most 1,000 characters"),
        ("N1", {"decision": "approved"}, "The registry also needs"),
        ("N1", {"decision": "approved", **GIVEN, "building_code": "B 9"}, "Latin letters"),
        ("N1", {"decision": "approved", **GIVEN, "locality_code": "sea"}, "not in its code list"),
        ("N1", {"decision": "approved", **GIVEN, "directorate_code": "DEP-B1"}, "not one of yours"),
        ("N1", {"decision": "approved", **GIVEN, "directorate_code": "DEP-A2"}, "not one of yours"),
    ],
)
def test_an_answer_that_lacks_something_is_refused_and_nothing_is_lost(
    updates, client_as, token_of, country, school, form, words
):
    answer = send(client_as("department"), token_of, updates[school], **form)
    shown = answer.get_data(as_text=True)
    assert (answer.status_code, words in shown) == (400, True)
    assert form.get("building_code", "") in shown
    assert rows(country, "SELECT count(*) FROM quality.update_decision") == [(0,)]


def test_an_approval_is_entered_marked_and_applied_once(updates, client_as, token_of, country):
    client = client_as("department")
    answer = send(client, token_of, updates["N1"], decision="approved", **GIVEN)
    assert (answer.status_code, answer.location) == (303, "/updates")
    again = client.post(
        f"/updates/{updates['N1']}",
        data={"decision": "approved", "csrf_token": token_of(client, "/account")} | GIVEN,
    )
    assert (again.status_code, "decided already" in again.get_data(as_text=True)) == (400, True)
    assert rows(country, "SELECT form_id FROM ops.due WHERE stage = 'school_updates'") == [("",)]
    with country.begin() as connection:
        report = update_registry(connection, [], NOW)
        assert (report.applied, report.schools) == (1, ("N1",))
        assert update_registry(connection, [], NOW).applied == 0
    school = rows(
        country,
        "SELECT name_ar, directorate_code, building_code, valid_from::text FROM emis.school"
        " WHERE school_code = 'N1'",
    )
    assert school == [("مدرسة الأمل الجديدة", "DEP-A1", "B-9", "2026-11-01")]
    trail = rows(country, "SELECT actor, action, subject FROM ops.audit_trail WHERE subject = 'N1'")
    assert trail == [("department", "school_update_approved", "N1")]
    shown = page(client, f"/updates/{updates['N1']}")
    assert "Decided by Post of department (department)" in shown
    assert "In the registry" in page(client, "/updates?which=all")
    assert ">N1<" not in page(client)


def test_a_day_to_come_is_said(updates, client_as, token_of, country):
    client = client_as("ministry")
    assert "from a later day on" in page(client, f"/updates/{updates['S4']}")
    send(client, token_of, updates["S4"], decision="approved")
    assert "follows on 13 December 2026" in page(client, "/updates")
    assert "Decided, not applied yet" in page(client, "/updates")
    with country.begin() as connection:
        assert update_registry(connection, [], NOW).applied == 0


def test_a_refusal_tells_the_school_and_leaves_the_registry(updates, client_as, token_of, country):
    send(client_as("department"), token_of, updates["S2"], decision="refused", reason="no order")
    with country.begin() as connection:
        assert update_registry(connection, [], NOW).refused == 1
    said = rows(country, "SELECT kind, body FROM quality.message WHERE instance_id LIKE '%-S2'"
                " ORDER BY 1 DESC")  # fmt: skip
    assert said[0] == ("review", "rejected")
    assert "no order" in said[1][1]
    assert rows(country, "SELECT session_code FROM emis.school WHERE school_code = 'S2'") == [
        ("morning",)
    ]


def test_an_update_that_was_edited_meanwhile_is_not_there(updates, client_as, country):
    with country.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE raw.submission SET current_version_id = 'other' WHERE instance_id"
            " = 'uuid:update-S1'"
        )
    assert client_as("department").get(f"/updates/{updates['S1']}").status_code == 404
