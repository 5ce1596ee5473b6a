"""`emis pull --watch`: it goes on where a server goes away for a while."""

from dataclasses import replace

import pytest

from config.errors import OperatorError
from processing.command.pull import look, try_to_look
from processing.jobs.clients import kept_readers

LOOKS_ON = {"only": True, "anew": False, "is_thorough": False}
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def settings(database, sandbox):
    return sandbox.fill(database)


def test_the_first_look_tells_of_a_central_that_is_away_as_an_error(settings):
    with pytest.raises(OperatorError) as error:
        look(replace(settings, central_url=NOBODY), (), **LOOKS_ON)
    assert error.value.code == "central-unreachable"


@pytest.mark.parametrize(
    ("away", "code"),
    [
        ({"central_url": NOBODY}, "central-unreachable"),
        ({"database_url": "postgresql+psycopg2://e:hunter2@127.0.0.1:9/e"}, "database-unreachable"),
    ],
)
def test_a_later_look_says_so_and_the_next_one_finds_the_server_again(settings, capfd, away, code):
    with kept_readers():
        try_to_look(replace(settings, **away), (), **LOOKS_ON)
        said = capfd.readouterr().err
        assert f"[{code}]" in said
        assert "Looking again in" in said
        assert "hunter2" not in said
        try_to_look(settings, (), **LOOKS_ON)
        assert capfd.readouterr().err == ""
