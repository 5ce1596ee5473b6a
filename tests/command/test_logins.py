"""The logins of the demonstration: one a role, the same ones again, whole in a plain terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from processing.command.demo import _print_welcome
from processing.command.logins import ensure_logins, logins_table
from processing.db.engine import open_engine
from processing.db.queries.users import ROLES, find_user
from tests.web.factories import fill_country

TERMINAL_CHARACTERS = 80


@pytest.fixture
def settings(database, tmp_path):
    return replace(database, emis_data_dir=tmp_path)


@pytest.fixture
def engine(database):
    engine = open_engine(database, "worker")
    yield engine
    engine.dispose()


def test_each_role_has_a_login_of_a_named_post_and_keeps_it(settings, engine):
    with engine.begin() as connection:
        fill_country(connection)
    logins = ensure_logins(settings)
    assert sorted(login.role_code for login in logins) == sorted(ROLES)
    assert ensure_logins(settings) == logins
    with engine.connect() as connection:
        names = [find_user(connection, login.login).full_name for login in logins]
    assert all(name.endswith("(تجريبي)") for name in names)

    (settings.emis_data_dir / "another").mkdir()
    others = ensure_logins(replace(settings, emis_data_dir=settings.emis_data_dir / "another"))
    assert not {login.password for login in logins} & {login.password for login in others}

    printed = io.StringIO()
    Console(file=printed, width=TERMINAL_CHARACTERS).print(logins_table(logins))
    for login in logins:
        assert login.login in printed.getvalue()
        assert login.password in printed.getvalue()
    assert "released figures" in printed.getvalue()


def test_where_the_database_is_ones_own_no_login_is_drawn(settings, engine, capsys):
    """Such a database may hold true data, and passwords in a file are for practice."""
    _print_welcome(settings, given=settings, address="http://127.0.0.1:8000/")
    said = capsys.readouterr().out
    assert "emis users add" in said
    assert "demo." not in said
    assert not (settings.emis_data_dir / "logins.json").exists()
