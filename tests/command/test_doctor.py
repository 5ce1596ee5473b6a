"""`emis doctor`: each account of Central is looked at by itself."""

from dataclasses import replace

import pytest

from processing.command.doctor import FAULT, GOOD, LOOKS, _tried


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
