"""Entities in conflict on their pages: both values, who and when, and what a choice becomes."""

import pytest
import sqlalchemy as sa

from tests.web.registry_rows import ENTITY, add_conflict

ALL_FIRST = {"version": "3", "choice_0": "0", "choice_1": "0"}


@pytest.fixture(scope="module")
def path(country):
    with country.begin() as connection:
        return f"/conflicts/{add_conflict(connection)}/{ENTITY}"


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(client, token_of, path: str, **form):
    return client.post(path, data=form | {"csrf_token": token_of(client, path)})


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
        (ALL_FIRST | {"choice_1": "7"}, 400, "in each line"),
        (ALL_FIRST | {"choice_1": "-1"}, 400, "in each line"),
        ({"version": "3", "choice_0": "0"}, 400, "in each line"),
    ],
)
def test_what_is_no_choice_is_refused(path, client_as, token_of, country, form, status, words):
    answer = send(client_as("department"), token_of, path, **form)
    assert (answer.status_code, words in answer.get_data(as_text=True)) == (status, True)
    assert choices(country) == []


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
    token = token_of(client, "/account")
    again = client.post(path, data=ALL_FIRST | {"csrf_token": token})
    assert again.status_code == 404
