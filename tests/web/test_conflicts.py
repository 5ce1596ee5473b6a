"""Entities in conflict on their pages: both values, who and when, and what a choice becomes."""

import pytest
import sqlalchemy as sa

from tests.web.registry_rows import (
    EDITED,
    ENTITY,
    HEADED,
    PERSON,
    add_conflict,
    add_edit,
    add_head_edit,
    add_person_edit,
)

ALL_FIRST = {"version": "3", "choice_0": "0", "choice_1": "0"}


@pytest.fixture(scope="module")
def path(country):
    with country.begin() as connection:
        return f"/conflicts/{add_conflict(connection)}/{ENTITY}"


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def shown_in(text: str) -> str:
    return text.split('name="shown" value="')[1].split('"')[0]


def send(client, token_of, path: str, **form):
    form = {"shown": shown_in(page(client, path))} | form
    return client.post(path, data=form | {"csrf_token": token_of(client, path)})


def seen(connection) -> list[tuple]:
    """Who has looked at names of people of which schools."""
    found = connection.execute(
        sa.text("SELECT actor, subject FROM ops.audit_trail WHERE action = 'person_seen'"
                " ORDER BY audit_id")
    )  # fmt: skip
    return [tuple(row) for row in found]


def choices(country) -> list[tuple]:
    with country.begin() as connection:
        found = connection.execute(
            sa.text("SELECT version, chosen, name FROM quality.entity_choice ORDER BY choice_id")
        )
        return [tuple(row) for row in found]


def test_conflicts_are_listed_for_those_whose_school_it_is(path, client_as, country):
    for login in ("ministry", "general_directorate", "department"):
        client = client_as(login)
        assert path in page(client, "/conflicts")
        assert "Entities in conflict wait for a choice: 1" in page(client, "/updates")
    with country.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE ops.user_account SET scope_code = 'DEP-B1' WHERE login = 'department'"
        )
    try:
        client = client_as("department")
        assert path not in page(client, "/conflicts")
        assert client.get(path).status_code == 404
    finally:
        with country.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE ops.user_account SET scope_code = 'DEP-A1' WHERE login = 'department'"
            )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("the tablet of school S1", "the registry", "account 5 of Central", "Girls", "Mixed",
                "Boys", "23 November 2026, 11:30", "23 November 2026, 10:30")),
        ("ar", ("جهاز المدرسة S1", "السجل", "الحساب 5")),
        ("ckb", ("تابلێتی قوتابخانەی S1", "تۆمار", "هەژماری 5")),
    ],
)  # fmt: skip
def test_the_page_shows_each_value_with_who_and_when(path, client_as, language, words):
    shown = page(client_as("department", language), path)
    assert [word for word in words if word not in shown] == []
    assert "مدرسة الفرات" in shown
    assert "مدرسة دجلة" in shown


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        (ALL_FIRST | {"version": "2"}, 409, "changed meanwhile"),
        (ALL_FIRST | {"version": ""}, 409, "changed meanwhile"),
        (ALL_FIRST | {"shown": ""}, 409, "changed meanwhile"),
        (ALL_FIRST | {"choice_1": "7"}, 400, "in each line"),
        (ALL_FIRST | {"choice_1": "9" * 5000}, 400, "in each line"),
        (ALL_FIRST | {"choice_1": "-1"}, 400, "in each line"),
        ({"version": "3", "choice_0": "0"}, 400, "in each line"),
    ],
)
def test_what_is_no_choice_is_refused(path, client_as, token_of, country, form, status, words):
    answer = send(client_as("department"), token_of, path, **form)
    assert (answer.status_code, words in answer.get_data(as_text=True)) == (status, True)
    assert choices(country) == []


def test_a_place_that_means_another_value_by_now_is_not_chosen(path, client_as, token_of, country):
    client = client_as("department")
    before = page(client, path)
    assert "the registry" in before
    set_sex(country, "S1", "mixed")
    try:
        form = ALL_FIRST | {"choice_1": "1", "shown": shown_in(before)}
        answer = send(client, token_of, path, **form)
        assert answer.status_code == 409
        assert "checked" not in answer.text, "nothing is chosen for the officer"
        assert choices(country) == []
    finally:
        set_sex(country, "S1", "girls")


@pytest.mark.parametrize(
    ("language", "legend", "name"),
    [
        ("ar", "Name in Arabic", "مدرسة الأمل للبنات"),
        ("ckb", "Name in Kurdish", "قوتابخانەی هیوا"),
    ],
)
def test_the_page_says_which_name_of_a_school_its_label_is(
    path, client_as, country, language, legend, name
):
    statement = sa.text(
        "UPDATE emis.school_history SET language_code = :language, name_ckb = :name"
        " WHERE school_code = 'S1'"
    )
    with country.begin() as connection:
        held = connection.execute(
            sa.text("SELECT language_code, name_ckb FROM emis.school WHERE school_code = 'S1'")
        ).one()
        connection.execute(statement, {"language": language, "name": "قوتابخانەی هیوا"})
    try:
        shown = page(client_as("department", "en"), path)
        line = shown.split(f"<legend>{legend}</legend>")[1].split("</fieldset>")[0]
        assert f"<bdi>{name}</bdi>" in line
        assert "مدرسة الفرات" in line
    finally:
        with country.begin() as connection:
            connection.execute(statement, {"language": held[0], "name": held[1]})


def set_sex(country, school: str, sex: str) -> None:
    statement = "UPDATE emis.school_history SET sex_code = :sex WHERE school_code = :school"
    with country.begin() as connection:
        connection.execute(sa.text(statement), {"sex": sex, "school": school})


def test_a_choice_is_entered_and_marked_once(path, client_as, token_of, country):
    client = client_as("department")
    answer = send(client, token_of, path, **ALL_FIRST | {"choice_1": "2"})
    assert (answer.status_code, answer.location) == (303, "/conflicts")
    ((version, chosen, name),) = choices(country)
    assert (version, name) == (3, "Post of department (department)")
    assert chosen == {"label": "مدرسة الأمل للبنات", "sex": "boys"}
    with country.begin() as connection:
        marks = connection.execute(
            sa.text("SELECT count(*) FROM ops.due WHERE stage = 'resolve_conflicts'")
        ).scalar_one()
    assert marks == 1
    assert path not in page(client, "/conflicts"), "it waits for the stage"
    again = client.post(path, data=ALL_FIRST | {"csrf_token": token_of(client, "/account")})
    assert again.status_code == 404


@pytest.fixture(scope="module")
def edited(path, country):
    with country.begin() as connection:
        add_edit(connection, int(path.split("/")[2]))
    return path.replace(ENTITY, EDITED)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Changed at Central; the registry says otherwise",
                "account 9 of Central",
                "Girls",
                "by hand",
                "The program makes this of other facts",
            ),
        ),
        ("ar", ("غُيّر في Central، والسجل يقول غير ذلك", "الحساب 9", "يكوّن البرنامج هذا")),
        ("ckb", ("لە Central گۆڕدراوە و تۆمار شتێکی تر دەڵێت", "هەژماری 9", "بەرنامەکە ئەمە")),
    ],
)
def test_what_somebody_changed_at_central_is_shown_too(edited, client_as, language, words):
    client = client_as("ministry", language)
    assert edited in page(client, "/conflicts")
    shown = page(client, edited)
    assert [word for word in words if word not in shown] == []


def test_what_somebody_changed_at_central_is_chosen_about_once(
    edited, client_as, token_of, country
):
    client = client_as("ministry")
    refused = send(client, token_of, edited, version="2", choice_0="1", choice_1="1")
    assert refused.status_code == 400, "what was received is not Central's to say"
    answer = send(client, token_of, edited, version="2", choice_0="1", choice_1="0")
    assert (answer.status_code, answer.location) == (303, "/conflicts")
    received = "التعداد المدرسي السنوي: وصلت في 22 تشرين الثاني 2026"
    assert choices(country)[-1][:2] == (2, {"sex": "girls", "received": received}), "as it is now"
    assert edited not in page(client, "/conflicts")
    assert client.get(edited).status_code == 404


def test_a_person_is_named_on_the_page_of_one_alone_and_who_looked_is_recorded(
    edited, client_as, token_of, country
):
    with country.begin() as connection:
        path = f"/conflicts/{add_person_edit(connection)}/{PERSON}"
    client = client_as("ministry", "en")
    listed = page(client, "/conflicts")
    assert path in listed
    assert "P7" in listed
    assert "هدى" not in listed
    shown = page(client, path)
    assert [word for word in ("هدى كريم", "Clerk", "Guard", "Work") if word not in shown] == []
    with country.begin() as connection:
        assert seen(connection) == [("ministry", "S2")]
    bad = send(client, token_of, path, version="2", choice_0="1", shown="x")
    assert bad.status_code == 409
    answer = send(client, token_of, path, version="2", choice_0="1")
    assert answer.status_code == 303
    assert choices(country)[-1][:2] == (2, {"work": "guard"})


def test_who_looks_at_the_name_of_a_head_is_recorded_too(edited, client_as, country):
    path = edited.replace(EDITED, HEADED)
    with country.begin() as connection:
        add_head_edit(connection, int(path.split("/")[2]))
        before = len(seen(connection))
    client = client_as("department", "en")
    assert "هدى كريم" not in page(client, "/conflicts")
    assert client.get(path).status_code == 404, "a school of another department"
    shown = page(client_as("ministry", "en"), path)
    wanted = ("Name of the head", "هدى كريم", "سعاد حسن", "The program makes this of other facts")
    assert [word for word in wanted if word not in shown] == []
    with country.begin() as connection:
        assert seen(connection)[before:] == [("ministry", "S3")]
