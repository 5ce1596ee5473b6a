"""`emis doctor`: what it finds amiss, and that one fault does not hide another."""

import datetime as dt
from contextlib import nullcontext
from dataclasses import replace

import pytest

from bridge.people import Actor
from processing.command import doctor
from processing.command.doctor import FAULT, GOOD, LOOKS, WARNING, _tried, look_at_settings
from processing.db.engine import open_engine
from processing.db.queries import devices as queries
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue
from tests.command.test_device_holders import NOW, school


@pytest.fixture(scope="module")
def settings(database, sandbox):
    return sandbox.fill(database)


ACCOUNTS = ("central reader", "central manager")
BUILDING = {"building_code": "B1", "area_code": "IQG08Q03", "valid_from": dt.date(2000, 1, 1)}
NOBODY = "postgresql+psycopg2://someone:hunter2@127.0.0.1:9/emis"


def findings(settings, *subjects: str) -> dict[str, tuple[str, str]]:
    subjects = subjects or ACCOUNTS
    found = [finding for name in subjects for finding in _tried(name, LOOKS[name], settings)]
    return {finding.subject: (finding.state, finding.message) for finding in found}


def test_a_managers_wrong_password_does_not_hide_that_the_reader_is_well(settings):
    found = findings(replace(settings, central_manager_password="no"))
    assert found["central reader"][0] == GOOD
    state, message = found["central manager"]
    assert state == FAULT
    assert "CENTRAL_MANAGER_EMAIL and CENTRAL_MANAGER_PASSWORD" in message


def test_a_readers_wrong_password_does_not_hide_that_the_manager_is_well(settings):
    found = findings(replace(settings, central_password="no"))
    assert found["central reader"][0] == FAULT
    assert found["central manager"][0] == GOOD


PLACE = {"general_code": "G1", "ministry": "krg"}


@pytest.mark.parametrize(
    ("properties", "state", "said"),
    [
        ({"school_code": "S1"} | PLACE, GOOD, "1 app user, each with its properties"),
        ({"supervisor_code": "V1"} | PLACE, GOOD, "1 app user,"),
        ({"supervisor_code": "V1", "ministry": "krg"}, WARNING, "without general_code"),
        ({"school_code": "S1", "general_code": "G1"}, WARNING, "of their ministry: tablet"),
        ({"school_code": "S1"} | PLACE | {"ministry": ""}, WARNING, "without ministry"),
        ({"school_code": ""}, WARNING, "without school_code or supervisor_code"),
    ],
)
def test_a_tablet_that_lacks_a_property_is_named(settings, monkeypatch, properties, state, said):
    tablet = Actor(1, "field_key", "tablet", None, properties)
    monkeypatch.setattr(doctor, "open_client", lambda *_: nullcontext())
    monkeypatch.setattr(doctor, "has_properties", lambda _: True)
    monkeypatch.setattr(doctor, "list_app_users", lambda _: [tablet])
    (found,) = doctor.look_at_devices(settings)
    assert found.state == state
    assert said in found.message


def test_an_account_of_a_closed_school_and_a_tablet_long_replaced_are_named(
    sandbox, fresh_database
):
    """S1 is open, S2 has closed, the tablet of S3 was replaced long ago."""
    settings = sandbox.fill(fresh_database)
    codes = ("S1", "S2", "S3")
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        load_catalogue(connection)
        schools = [school(code, is_open=code != "S2") for code in codes]
        replace_registry(connection, buildings=[BUILDING], schools=schools, now=NOW)
        place = (settings.central_key, settings.central_project)
        queries.order_devices(connection, place, [("school", code, code) for code in codes], NOW)
        (of_s3,) = [row for row in queries.list_devices(connection, place) if row.tablet == "S3"]
        queries.replace_device(connection, of_s3.device_id, NOW - dt.timedelta(days=400))
    engine.dispose()
    closed, replaced = doctor.look_at_holders(settings)
    assert closed.state == replaced.state == WARNING
    assert closed.message.startswith("1 account of closed schools or posts not filled")
    assert "the first of S2:" in closed.message
    assert replaced.message.startswith("1 account replaced more than")
    assert "the first of S3:" in replaced.message


def test_a_reader_that_may_do_more_than_read_is_noted_and_no_fault(settings):
    generous = replace(
        settings,
        central_email=settings.central_manager_email,
        central_password=settings.central_manager_password,
    )
    state, message = findings(generous)["central reader"]
    assert state == WARNING
    assert "Project Viewer is enough" in message


def test_a_manager_that_may_not_publish_is_a_fault(settings):
    meagre = replace(
        settings,
        central_manager_email=settings.central_email,
        central_manager_password=settings.central_password,
    )
    state, message = findings(meagre)["central manager"]
    assert state == FAULT
    assert "Make it Project Manager" in message


def test_without_a_manager_pulling_works_and_doctor_says_so(settings):
    found = findings(replace(settings, central_manager_email=None))
    assert found["central reader"][0] == GOOD
    assert found["central manager"] == (
        WARNING,
        "CENTRAL_MANAGER_EMAIL is not set: pulling works; publishing and reviews do not.",
    )


def test_a_project_that_does_not_exist_is_a_fault(settings):
    state, message = findings(replace(settings, central_project=99999))["central reader"]
    assert state == FAULT
    assert message.startswith("[central-project-unknown]")


def test_a_database_that_is_down_is_a_fault_and_central_is_looked_at_all_the_same(settings):
    found = findings(replace(settings, database_url=NOBODY, database_owner_url=None), *LOOKS)
    state, message = found["database"]
    assert state == FAULT
    assert message.startswith("[database-unreachable]")
    assert "hunter2" not in message
    assert found["central reader"][0] == GOOD


def test_a_database_that_was_not_migrated_is_a_fault(settings, cluster):
    with cluster.database(f"{cluster.template}_doctor", "template0") as empty:
        state, message = findings(replace(settings, **empty), "database")["database"]
    assert state == FAULT
    assert "run `emis db migrate`" in message


def test_a_key_that_is_too_short_is_a_fault(settings):
    found = look_at_settings(replace(settings, emis_secret_key="short"))
    assert FAULT in [finding.state for finding in found]
