"""Accounts of tablets: ordered, made, handed over, replaced, revoked; and what a crash leaves."""

import datetime as dt
import itertools
import logging
from ast import literal_eval
from contextlib import contextmanager
from dataclasses import replace

import pytest
import requests
import sqlalchemy as sa

from bridge.client import open_client
from bridge.collect import read_code
from bridge.devices import Tablets
from bridge.simulation.registry import make_registry
from config.entity_lists import ACCESS_FILTERS
from config.errors import OperatorError
from config.forms import load_catalogue
from processing.db.engine import open_engine
from processing.db.queries import devices as queries
from processing.db.queries.registry import replace_registry
from processing.jobs import devices as jobs
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.devices import TRAINING_COLOR, devices_of
from processing.jobs.publishing import keep_lists, publish

NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
BY = ("A. Hasan", "A trial")
FORM = "textbook_return"


@pytest.fixture(scope="module")
def prepared(database, sandbox):
    """Forty schools, their lists and one form at Central."""
    settings = sandbox.fill(database)
    registry = make_registry(40, seed=3)
    with transaction(settings) as connection:
        load_catalogue_into(connection)
        replace_registry(
            connection, buildings=registry.buildings, schools=registry.schools, now=NOW
        )
        keep_lists(connection, settings)
    (result,) = publish(settings, [load_catalogue()[FORM].xlsx])
    assert result.error is None
    return settings


@pytest.fixture
def settings(prepared):
    """Afterwards no account is left that may send."""
    yield prepared
    with devices_of(prepared) as opened:
        for row in opened._rows():
            if row.ended_at is None:
                opened.revoke(row.holder_kind, row.holder_code, *BY, NOW)
        opened.settle(NOW)


@contextmanager
def transaction(settings):
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def codes_of(settings) -> list[str]:
    with transaction(settings) as connection:
        return [row.code for row in queries.list_holders(connection)]


def give(settings, codes, tablet: str | None = None, kind: str = "school"):
    """(what was ordered, the codes that were issued)."""
    wanted = [(kind, code, tablet or code) for code in codes]
    with devices_of(settings) as opened:
        report = opened.order(wanted, NOW)
        return report, list(opened.issue(lambda row: row.holder_code in codes, NOW))


def address(code) -> str:
    return read_code(code.text)["general"]["server_url"]


def fetched(code, path: str) -> requests.Response:
    headers = {"X-OpenRosa-Version": "1.0"}
    return requests.get(f"{address(code)}/{path}", headers=headers, timeout=60)


def app_users(settings) -> list[tuple]:
    with open_client(settings, "manager") as client:
        listed = client.get_json(client.path("app-users"), headers={"X-Extended-Metadata": "true"})
    return sorted((u["id"], u["displayName"], u["token"], str(u["properties"])) for u in listed)


def rows_of(settings, code: str) -> list[sa.Row]:
    with transaction(settings) as connection:
        return connection.execute(
            sa.text("SELECT * FROM ops.device WHERE holder_code = :code ORDER BY serial"),
            {"code": code},
        ).all()


def test_each_school_gets_an_account_that_sees_its_own_school(settings):
    chosen = codes_of(settings)[:3]
    report, codes = give(settings, chosen)
    assert (report.count, report.ordered, report.is_filtered) == (3, 3, True)
    assert report.lists == tuple(ACCESS_FILTERS)
    assert FORM not in report.missing_forms
    assert "school_census" in report.missing_forms
    assert sorted(code.code for code in codes) == sorted(chosen)
    for code in codes:
        assert f"<formID>{FORM}</formID>" in fetched(code, "formList").text
        listed = fetched(code, f"forms/{FORM}/attachments/schools.csv").content.decode()
        lines = listed.strip().split("\n")
        assert len(lines) == 2
        assert code.code in lines[1]
        assert read_code(code.text)["general"]["metadata_username"] == code.code


def test_done_twice_nothing_changes(settings):
    chosen = codes_of(settings)[:3]
    _, codes = give(settings, chosen)
    before, rows = app_users(settings), [rows_of(settings, code) for code in chosen]
    report, again = give(settings, chosen)
    assert report.ordered == 0
    assert {code.text for code in again} == {code.text for code in codes}
    assert app_users(settings) == before
    assert [rows_of(settings, code) for code in chosen] == rows


@pytest.mark.parametrize("after", [0, 1, 4])
def test_broken_off_it_goes_on_where_it_stood(settings, after, monkeypatch):
    """Central is told, and the warehouse has not heard of it: no second account is made."""
    chosen = codes_of(settings)[:6]
    made = []
    create, turns = Tablets._create, itertools.count()

    def breaking(self, *arguments):
        if next(turns) == after + 1:
            raise KeyboardInterrupt
        made.append(create(self, *arguments))
        return made[-1]

    monkeypatch.setattr(Tablets, "_create", breaking)
    monkeypatch.setattr(queries, "save_issued", lambda *arguments: None)
    with pytest.raises(KeyboardInterrupt):
        give(settings, chosen)
    monkeypatch.undo()
    _, codes = give(settings, chosen)
    valid = {user[0] for user in app_users(settings) if user[2]}
    assert len(valid) == len(codes) == 6
    assert {tablet.actor_id for tablet in made} < valid


def test_no_second_run_beside_the_first(settings):
    with devices_of(settings), pytest.raises(OperatorError) as raised, devices_of(settings):
        pass
    assert raised.value.code == "devices-busy"


def test_the_next_run_begins_though_the_server_has_not_seen_the_last_one_leave(
    settings, monkeypatch
):
    """PostgreSQL ends a session, and its locks, a while after its client has gone."""
    monkeypatch.setattr(sa.Engine, "dispose", lambda engine: None)
    for _turn in range(2):
        with devices_of(settings):
            pass


def test_a_tablet_of_several_schools_has_a_colour_for_each(settings):
    _, codes = give(settings, codes_of(settings)[:3], tablet="B7")
    assert {code.tablet for code in codes} == {"B7"}
    settings_of = [read_code(code.text)["project"] for code in codes]
    assert [each["color"] for each in settings_of] == [code.color for code in codes]
    assert {each["color"] for each in settings_of} == {TRAINING_COLOR}, "practice has its own"


def test_two_schools_of_one_name_are_told_apart_on_the_tablet_that_they_share(settings):
    """Two shifts of a building often have one name; a colour alone is soon forgotten."""
    first, second, third = make_registry(6, seed=3).schools[:3]
    twins = [replace(first, name_ar="النور"), replace(second, name_ar="النور"), third]
    twins = [replace(school, language_code="ar") for school in twins]
    with open_engine(settings, "worker").begin() as connection:
        replace_registry(connection, schools=twins, now=NOW)
    _, codes = give(settings, [school.school_code for school in twins], tablet="B8")
    names = {code.code: read_code(code.text)["project"]["name"] for code in codes}
    assert [names[school.school_code] for school in twins] == [
        f"تدريب: النور ({first.school_code})",
        f"تدريب: النور ({second.school_code})",
        f"تدريب: {third.name_ar}",
    ]


def test_who_shares_a_tablet_goes_on_sharing_it_until_another_is_named(settings):
    first, second, third = codes_of(settings)[:3]
    give(settings, [first, second], tablet="B7")
    with devices_of(settings) as opened:
        opened.order([("school", code, "") for code in (first, second, third)], NOW)
        assert opened.tablets_of({("school", first), ("school", third)}) == {"B7", third}
        opened.order([("school", second, second)], NOW)
        assert opened.tablets_of({("school", second)}) == {second}


def test_colours_of_a_shared_tablet_differ():
    from processing.jobs.devices import _color

    assert len({_color("B7", position) for position in range(3)}) == 3
    assert _color("B7", 0) == _color("B7", 0)


def test_a_supervisor_gets_their_code_and_their_forms_alone(settings):
    with transaction(settings) as connection:
        connection.execute(sa.text(
            "INSERT INTO emis.supervisor (supervisor_code, name_ar, directorate_code)"
            " SELECT 'SUP1', 'مشرف الرياضيات', min(directorate_code) FROM emis.school"
            " ON CONFLICT DO NOTHING"
        ))  # fmt: skip
        general = connection.execute(sa.text(
            "SELECT coalesce(parent_code, directorate_code) FROM emis.directorate"
            " JOIN emis.supervisor USING (directorate_code)"
        )).scalar_one()  # fmt: skip
    _, (code,) = give(settings, ["SUP1"], kind="supervisor")
    assert (code.kind, code.name) == ("supervisor", "مشرف الرياضيات")
    assert "metadata_username" not in read_code(code.text)["general"]
    user = next(user for user in app_users(settings) if user[1] == "supervisor SUP1 #1")
    place = {"general_code": general, "ministry": "federal"}
    assert literal_eval(user[3]) == {"supervisor_code": "SUP1"} | place
    assert FORM not in fetched(code, "formList").text


def test_a_form_that_others_fill_now_leaves_the_tablets_that_filled_it(settings, monkeypatch):
    chosen = codes_of(settings)[:2]
    _, codes = give(settings, chosen)
    monkeypatch.setattr(jobs, "_form_ids", lambda kind: [FORM] if kind == "supervisor" else [])
    _, again = give(settings, chosen)
    assert {code.text for code in again} == {code.text for code in codes}, "the codes stay"
    assert not any(FORM in fetched(code, "formList").text for code in codes)
    monkeypatch.undo()
    give(settings, chosen)
    assert all(FORM in fetched(code, "formList").text for code in codes)


def test_a_handover_ends_the_old_code_and_gives_a_new_one(settings):
    (school,) = codes_of(settings)[:1]
    _, (old,) = give(settings, [school])
    with devices_of(settings) as opened:
        opened.hand_over("school", school, *BY, NOW)
        (new,) = opened.issue(lambda row: row.holder_code == school, NOW)
    assert fetched(old, "formList").status_code == 403
    assert FORM in fetched(new, "formList").text
    last = rows_of(settings, school)[-2:]
    assert (last[0].ended_by, last[0].end_reason, last[0].revoked_at) == (*BY, NOW)
    assert (last[1].serial, last[1].ended_at) == (last[0].serial + 1, None)


def test_a_handover_that_broke_off_is_finished_and_not_begun_again(settings, monkeypatch):
    """What was decided is in the warehouse; the next run tells Central."""
    (school,) = codes_of(settings)[:1]
    _, (old,) = give(settings, [school])
    with devices_of(settings) as opened:
        opened.hand_over("school", school, *BY, NOW)
    serials = [row.serial for row in rows_of(settings, school)]
    with devices_of(settings) as opened:
        opened.hand_over("school", school, *BY, NOW)
        (new,) = opened.issue(lambda row: row.holder_code == school, NOW)
    assert [row.serial for row in rows_of(settings, school)] == serials
    assert fetched(old, "formList").status_code == 403
    assert fetched(new, "formList").status_code == 200


def test_what_lies_unsent_on_a_replaced_tablet_can_still_be_sent(settings):
    (school,) = codes_of(settings)[:1]
    _, (old,) = give(settings, [school])
    with devices_of(settings) as opened:
        opened.replace("school", school, *BY, NOW)
        (new,) = opened.issue(lambda row: row.holder_code == school, NOW)
    assert address(old) != address(new)
    for code in (old, new):
        assert fetched(code, "formList").status_code == 200
    with devices_of(settings) as opened:
        assert opened.revoke("school", school, *BY, NOW) == 2
    for code in (old, new):
        assert fetched(code, "formList").status_code == 403


def test_a_handover_says_which_replaced_tablets_it_ends(settings, monkeypatch):
    (school,) = codes_of(settings)[:1]
    give(settings, [school])
    replaced = [NOW + dt.timedelta(days=days) for days in (1, 3)]
    with devices_of(settings) as opened:
        assert opened.hand_over("school", school, *BY, NOW) == []
        list(opened.issue(lambda row: row.holder_code == school, NOW))
        for moment in replaced:
            opened.replace("school", school, *BY, moment)
            list(opened.issue(lambda row: row.holder_code == school, NOW))
        assert opened.hand_over("school", school, *BY, NOW) == replaced
        assert opened.hand_over("school", school, *BY, NOW) == replaced, "broken off, begun again"
        list(opened.issue(lambda row: row.holder_code == school, NOW))
        assert opened.hand_over("school", school, *BY, NOW) == []


def test_what_nobody_has_cannot_be_replaced_or_revoked(settings):
    with devices_of(settings) as opened:
        for act in (opened.replace, opened.revoke):
            with pytest.raises(OperatorError) as raised:
                act("school", "nobody", *BY, NOW)
            assert raised.value.code == "device-unknown"


def test_what_was_revoked_on_centrals_page_is_not_made_anew_under_its_name(settings):
    (school,) = codes_of(settings)[:1]
    _, (old,) = give(settings, [school])
    with open_client(settings, "manager") as client:
        token = address(old).split("/")[5]
        client.request("DELETE", f"sessions/{token}")
    report, (new,) = give(settings, [school])
    assert report.ordered == 1
    assert fetched(new, "formList").status_code == 200
    assert rows_of(settings, school)[-2].end_reason == "revoked in Central"


def test_practice_and_truth_are_not_mixed_up(settings):
    """The sandbox's project is marked for training."""
    with devices_of(settings) as opened:
        opened.require_project(is_training=True)
        with pytest.raises(OperatorError) as raised:
            opened.require_project(is_training=False)
        assert raised.value.code == "training-project"
        opened.is_training = False
        with pytest.raises(OperatorError) as raised:
            opened.require_project(is_training=True)
        assert raised.value.code == "not-a-training-project"


def test_an_older_central_is_refused_until_the_operator_says_so(settings):
    with devices_of(settings) as opened:
        opened.require_filters(is_unfiltered=False)
        opened.tablets.has_properties = False
        opened.require_filters(is_unfiltered=True)
        with pytest.raises(OperatorError) as raised:
            opened.require_filters(is_unfiltered=False)
    assert raised.value.code == "central-no-access-filters"
    assert "2026.2" in raised.value.message


def test_tablets_are_told_the_address_that_they_can_reach(settings):
    outside = replace(settings, central_tablet_url="https://odk.example.org")
    _, (code,) = give(outside, codes_of(settings)[:1])
    assert address(code).startswith("https://odk.example.org/v1/key/")


def test_no_token_is_in_the_warehouse_or_in_a_log(settings, caplog):
    caplog.set_level(logging.DEBUG, logger="bridge")
    caplog.set_level(logging.DEBUG, logger="processing")
    (school,) = codes_of(settings)[:1]
    _, (code,) = give(settings, [school])
    token = address(code).split("/")[5]
    with transaction(settings) as connection:
        tables = connection.execute(sa.text(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
            " WHERE table_schema IN ('ops', 'raw', 'emis', 'quality') AND table_type = 'BASE TABLE'"
            " AND has_table_privilege(format('%I.%I', table_schema, table_name), 'SELECT')"
        )).scalars().all()  # fmt: skip
        held = [
            table
            for table in tables
            if connection.execute(
                sa.text(f"SELECT EXISTS (SELECT FROM {table} t WHERE strpos(t::text, :token) > 0)"),
                {"token": token},
            ).scalar_one()
        ]
    assert "ops.device" in tables
    assert held == []
    assert token not in caplog.text
    assert token not in repr(code)
