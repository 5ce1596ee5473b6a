"""Migrations, and a database that is away."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from config.errors import OperatorError
from config.settings import Settings
from processing.command import cli
from processing.db.engine import explained, open_engine
from processing.db.migrate import migrate, require_current, status
from processing.local import environment_of


def test_migrating_twice_changes_nothing(fresh_database):
    assert status(fresh_database).is_current
    assert migrate(fresh_database) == status(fresh_database)


def test_an_empty_database_is_refused_with_the_way_out(cluster, tmp_path):
    with cluster.database(f"{cluster.template}_empty", "template0") as found:
        settings = replace(_settings(), **found)
        with pytest.raises(OperatorError) as raised:
            require_current(settings)
        assert raised.value.code == "database-not-migrated"
        assert "emis db migrate" in raised.value.remedy
        migrate(settings)
        require_current(settings)


def test_an_owner_of_another_database_than_the_workers_is_refused(
    complete_settings, cluster, monkeypatch
):
    owner = complete_settings.database_owner_url or complete_settings.database_url
    with cluster.database(f"{cluster.template}_other", "template0") as other:
        worker = {"DATABASE_URL": other["database_url"], "DATABASE_OWNER_URL": owner}
        for name, value in (environment_of(complete_settings) | worker).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(OperatorError) as raised:
            cli.main(["db", "migrate"], standalone_mode=False)
    assert raised.value.code == "databases-differ"
    assert f"leads to {cluster.template}_other." in raised.value.message


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"host": "127.0.0.1", "port": 9}, "database-unreachable"),
        ({"host": "no-such-host.invalid", "port": 5432}, "database-unreachable"),
        ({"query": {"pgbouncer": "true"}}, "setting-invalid"),
    ],
)
def test_a_database_that_is_away_is_explained_without_its_password(database, change, code):
    url = sa.make_url("postgresql+psycopg2://someone:s3cret-word@h/emis").set(**change)
    settings = replace(database, database_url=url.render_as_string(hide_password=False))
    engine = open_engine(settings, "worker")
    with pytest.raises(OperatorError) as raised, explained(settings), engine.connect():
        pass
    assert raised.value.code == code
    assert "s3cret-word" not in str(raised.value)


def test_no_database_is_refused_plainly():
    with pytest.raises(OperatorError, match="No database is configured"):
        open_engine(_settings(), "worker")


def _settings():
    return Settings()
