"""The fixtures themselves: what a test is promised when it asks for a server."""

import redis
import sqlalchemy as sa

from processing.db.engine import open_engine
from processing.db.migrate import status
from tests.fixtures.databases import Cluster


def test_postgres_answers_its_administrator(postgres_url):
    engine = sa.create_engine(postgres_url)
    with engine.connect() as connection:
        may = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(sa.text(may)).scalar_one()
    engine.dispose()


def test_a_database_is_migrated_and_opens_as_each_role(database):
    assert status(database).is_current
    for role in ("owner", "worker", "web", "reader"):
        engine = open_engine(database, role)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT current_user")).scalar_one() == f"emis_{role}"
        engine.dispose()


def test_two_databases_share_nothing(cluster: Cluster, fresh_database):
    engine = open_engine(fresh_database, "owner")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE ops.only_here ()"))
    engine.dispose()
    with cluster.copy() as found:
        other = sa.create_engine(found["database_url"])
        with other.connect() as connection:
            found = connection.execute(sa.text("SELECT to_regclass('ops.only_here')"))
            assert found.scalar_one() is None
        other.dispose()


def test_valkey_is_empty_when_asked(empty_valkey_url):
    with redis.Redis.from_url(empty_valkey_url) as client:
        assert client.dbsize() == 0
        assert client.config_get("appendonly") == {"appendonly": "yes"}
