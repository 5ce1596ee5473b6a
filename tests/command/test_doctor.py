"""`emis doctor`: each account of Central is looked at by itself."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from bridge.people import Actor
from processing.command import doctor
from processing.command.doctor import FAULT, GOOD, LOOKS, WARNING, _tried


@pytest.fixture(scope="module")
def settings(database, sandbox):
    return sandbox.fill(database)


def findings(settings) -> dict[str, tuple[str, str]]:
    subjects = ("central reader", "central manager")
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


@pytest.mark.parametrize(
    ("properties", "state", "said"),
    [
        ({"school_code": "S1"}, GOOD, "1 app users, each with its property"),
        ({"supervisor_code": "V1", "general_code": "G1"}, GOOD, "1 app users"),
        ({"supervisor_code": "V1"}, WARNING, "without general_code"),
        ({"supervisor_code": "V1", "general_code": ""}, WARNING, "outside their plan: tablet"),
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
