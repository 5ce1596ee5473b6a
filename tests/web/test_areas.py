"""What lies in another area is not there, by whatever address it is asked for; and no form is taken
that did not come from a page of ours.
"""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from processing.db.queries.entries import put_off
from processing.db.slices import Slice
from processing.feedback import feedback_slices
from processing.web import entry_form
from tests.web import entries
from tests.web.answers import add_census
from tests.web.factories import NOW, ROUND, add_account, insert
from tests.web.registry_rows import ENTITY, add_conflict, add_updates

# What they name belongs to nobody, or to everybody.
OF_NO_AREA = {"static", "indicators.show_indicator", "entry.send_script"}
INSTANCE = "uuid:entered-for-S1"
# The census of S1, where the route asks for a return that has arrived.
ARRIVED = {"printed.show_return": {"instance_id": "uuid:0"}}
FILES = {"entry.send_list": "schools.csv", "entry.send_media": "tap.png",
         "entry.send_sheet": "1.png", "refused.send_answer_file": "room.png"}  # fmt: skip


class Pictures:
    """An attachment store that holds everything."""

    def open(self, sha256: str):
        return io.BytesIO(sha256.encode())


@pytest.fixture(scope="module")
def things(country) -> dict[str, object]:
    """Argument of an address -> one that names something of DEP-A1."""
    with country.begin() as connection:
        run = connection.exec_driver_sql
        account = add_account(connection, "department", login="elsewhere")
        run(f"UPDATE ops.user_account SET scope_code = 'DEP-B1' WHERE user_id = {account.user_id}")
        found = {"school_code": "S1", "round_code": entries.ROUND, "uuid": ENTITY,
                 "instance_id": INSTANCE, "list_key": add_conflict(connection)}  # fmt: skip
        run("UPDATE raw.entity_list SET project = 2")
        entries.add_books(connection)
        found["update_id"] = add_updates(connection)["S2"]
        feedback_slices(connection, [Slice("school_census", "S2", ROUND)], NOW - timedelta(days=20))
        found["task_code"] = run("SELECT task_code FROM quality.correction_task").scalar_one()
        add_census(connection)
    return found


@pytest.fixture(scope="module")
def entered(things, country, web_engine) -> None:
    """A return that was entered for S1, with a photo of its sheet and one that the form asked for;
    Central has refused it.
    """
    with web_engine.begin() as connection:
        statement = sa.text("SELECT form_key FROM raw.form WHERE form_id = :form")
        form_key = connection.execute(statement, {"form": entries.FORM}).scalar_one()
        insert(
            connection, "ops.entry", instance_id=INSTANCE, form_key=form_key, form_version="7",
            school_code="S1", period=entries.EARLIER, source_code="visit", given_by="the head",
            given_on=NOW.date(), entered_by="X (x)", entered_at=NOW, xml=b"<data/>",
            answers_sha256=b"", not_before=NOW,
        )  # fmt: skip
        for kind, name in (("sheet", "1.png"), ("answer", "room.png")):
            insert(
                connection, "ops.entry_file", instance_id=INSTANCE, kind=kind, name=name,
                media_type="image/png", content=entries.PNG,
            )  # fmt: skip
    with country.begin() as connection:
        put_off(connection, INSTANCE, "Central refused it.", NOW)


def asked(app, things: dict) -> list[tuple[str, str]]:
    """(method, path) of every route that names something."""
    named = [rule for rule in app.url_map.iter_rules() if rule.arguments]
    found = []
    for rule in named:
        if rule.endpoint in OF_NO_AREA:
            continue
        arguments = things | {"name": FILES.get(rule.endpoint)} | ARRIVED.get(rule.endpoint, {})
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **{key: arguments[key] for key in rule.arguments})
        found += [(method, path) for method in sorted(rule.methods & {"GET", "POST"})]
    return found


def status(client, method: str, path: str) -> int:
    with client.open(path, method=method) as answer:
        return answer.status_code


def test_what_lies_in_another_area_is_not_there(
    app, things, entered, client_as, tmp_path, monkeypatch
):
    (tmp_path / "tap.png").write_bytes(entries.PNG)
    monkeypatch.setattr(entry_form, "find_media_file", lambda _, name: tmp_path / name)
    app.config["WTF_CSRF_ENABLED"] = False
    app.extensions["emis_store"] = Pictures
    statuses = {
        login: {(method, path): status(client_as(login), method, path)
                for method, path in asked(app, things)}
        for login in ("department", "elsewhere")
    }  # fmt: skip
    assert 404 not in statuses["department"].values(), "each of them names something"
    assert {method for method, _ in statuses["department"]} == {"GET", "POST"}
    assert set(statuses["elsewhere"].values()) == {404}, statuses["elsewhere"]


def test_no_form_is_taken_that_did_not_come_from_a_page(app, things, client_as):
    posts = []
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods:
            with app.test_request_context():
                arguments = {key: things[key] for key in rule.arguments}
                posts.append(app.url_for(rule.endpoint, **arguments))
    assert len(posts) > 5
    for path in posts:
        answer = client_as("ministry").post(path)
        assert answer.status_code == 400, path
        assert "The page was open for too long" in answer.text, path
