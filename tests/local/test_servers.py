"""`open_local`: settings with gaps become complete, and a killed supervisor costs nothing."""

import os
import signal
import stat
import time
from dataclasses import replace
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest
import redis

from config.errors import OperatorError
from config.settings import Settings
from processing.local import embedded_servers, missing_servers, open_local
from processing.local.pidfiles import is_alive
from tests.local.conftest import servers_in


def run_sql(settings: Settings, statement: str) -> list[tuple]:
    url = settings.database_owner_url.replace("+psycopg2", "")
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def wait_for(is_true, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def is_dead(pid: int) -> bool:
    return not psutil.pid_exists(pid) or not is_alive(psutil.Process(pid))


def test_a_database_without_an_address_is_not_given_a_login(settings):
    half = replace(settings, database_web_url="postgresql+psycopg2://web@db/emis")
    with pytest.raises(OperatorError, match="DATABASE_WEB_URL is set, but DATABASE_URL is not"):
        missing_servers(half)


def test_given_servers_are_not_started(settings, data_dir):
    given = replace(
        settings, database_url="postgresql+psycopg2://db/emis", redis_url="redis://cache"
    )
    with open_local(given) as complete:
        assert complete == replace(given, emis_secret_key=complete.emis_secret_key)
        assert embedded_servers(given) == []
    assert not (data_dir / "postgres").exists()


def test_gaps_are_filled_for_the_length_of_the_block(settings):
    with open_local(settings, is_durable=False) as complete:
        assert run_sql(complete, "SELECT current_user") == [("emis_login_owner",)]
        with redis.Redis.from_url(complete.redis_url) as client:
            assert client.ping()
        assert len(complete.emis_secret_key) >= 32
        running = embedded_servers(settings)
        assert [item.name for item in running] == ["postgres", "valkey"]
        assert all(item.is_running for item in running)
    assert not any(item.is_running for item in embedded_servers(settings))


def test_no_login_of_the_embedded_database_is_the_superuser(settings):
    with open_local(settings, is_durable=False) as complete:
        found = run_sql(complete, "SELECT rolname FROM pg_roles WHERE rolsuper")
        assert found == [("postgres",)]
        locale = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'emis'"
        assert run_sql(complete, locale) == [("b", "C.UTF-8")]
        assert run_sql(complete, "SHOW listen_addresses") == [("",)]


def test_the_embedded_database_waits_for_the_disk_unless_it_is_a_test(settings):
    with open_local(settings) as complete:
        assert run_sql(complete, "SHOW fsync") == [("on",)]


def test_data_and_passwords_outlast_a_restart(settings):
    with open_local(settings) as first:
        run_sql(first, "SET ROLE emis_owner; CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 7 AS n")
        with redis.Redis.from_url(first.redis_url) as client:
            client.set("kept", "yes")
    with open_local(settings) as second:
        assert run_sql(second, "SELECT n FROM s.t") == [(7,)]
        with redis.Redis.from_url(second.redis_url) as client:
            assert client.get("kept") == b"yes"
        assert second == first


def test_a_killed_supervisor_leaves_one_of_each_and_all_the_data(settings, data_dir, hold):
    held = hold(data_dir)
    with open_local(settings, join=True) as complete:
        run_sql(complete, "SET ROLE emis_owner; CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 7 AS n")
        with redis.Redis.from_url(complete.redis_url) as client:
            client.set("kept", "yes")
    held.kill()
    again = hold(data_dir)
    assert again.pids == held.pids
    assert servers_in(data_dir, "postgres") == [held.pids["postgres"]]
    assert servers_in(data_dir, "valkey") == [held.pids["valkey"]]
    with open_local(settings, join=True) as complete:
        assert run_sql(complete, "SELECT n FROM s.t") == [(7,)]
        with redis.Redis.from_url(complete.redis_url) as client:
            assert client.get("kept") == b"yes"
    again.stop()
    assert all(is_dead(pid) for pid in held.pids.values())


def test_after_everything_was_killed_the_data_is_there(settings, data_dir, hold):
    held = hold(data_dir)
    with open_local(settings, join=True) as complete:
        run_sql(complete, "SET ROLE emis_owner; CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 7 AS n")
        with redis.Redis.from_url(complete.redis_url) as client:
            client.set("kept", "yes")
        # Valkey's own promise is one second: appendfsync everysec.
        time.sleep(1.2)
    held.kill()
    for pid in held.pids.values():
        os.kill(pid, signal.SIGKILL)
    again = hold(data_dir)
    assert set(again.pids) == set(held.pids)
    assert not set(again.pids.values()) & set(held.pids.values())
    with open_local(settings, join=True) as complete:
        assert run_sql(complete, "SELECT n FROM s.t") == [(7,)]
        with redis.Redis.from_url(complete.redis_url) as client:
            assert client.get("kept") == b"yes"


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_server_is_started_again(settings, name):
    with open_local(settings) as complete:
        before = {item.name: item.pid for item in embedded_servers(settings)}
        os.kill(before[name], signal.SIGKILL)
        wait_for(lambda: _pid(settings, name) not in (None, before[name]))
        with open_local(settings, join=True) as joined:
            assert joined == complete
            assert run_sql(joined, "SELECT 1") == [(1,)]


def _pid(settings: Settings, name: str) -> int | None:
    return next(item.pid for item in embedded_servers(settings) if item.name == name)


def test_a_server_that_hangs_is_replaced_not_doubled(settings, data_dir, hold, monkeypatch):
    monkeypatch.setattr("processing.local.openers.ADOPT_TIMEOUT_S", 0.5)
    held = hold(data_dir)
    held.kill()
    os.kill(held.pids["valkey"], signal.SIGSTOP)
    monkeypatch.setattr("processing.local.valkey.STOP_TIMEOUT_S", 0.5)
    monkeypatch.setattr("processing.local.valkey.ANSWER_TIMEOUT_S", 0.5)
    with open_local(settings) as complete, redis.Redis.from_url(complete.redis_url) as client:
        assert client.ping()
        assert is_dead(held.pids["valkey"])
        assert _pid(settings, "postgres") == held.pids["postgres"]


def test_a_second_supervisor_is_told_who_runs_the_folder(settings, data_dir, hold):
    held = hold(data_dir)
    with pytest.raises(OperatorError) as caught:
        with open_local(settings):
            pytest.fail("two supervisors on one data folder")
    assert caught.value.code == "already-running"
    assert f"process {held.process.pid}" in str(caught.value)
    assert str(data_dir) in str(caught.value)


def test_a_joining_command_leaves_the_servers_running(settings, data_dir, hold):
    held = hold(data_dir)
    with open_local(settings, join=True) as complete:
        assert run_sql(complete, "SELECT 1") == [(1,)]
    assert not any(is_dead(pid) for pid in held.pids.values())


def test_a_joining_command_runs_the_servers_itself_where_nobody_does(settings):
    with open_local(settings, join=True, is_durable=False) as complete:
        assert run_sql(complete, "SELECT 1") == [(1,)]
    assert not any(item.is_running for item in embedded_servers(settings))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_everything_stops_in_order_within_seconds(data_dir, hold, number):
    names = ["worker-1", "web", "worker-2", "scheduler"]
    options = [part for name in names for part in ("--child", name)]
    held = hold(data_dir, *options)
    assert len(held.pids) == 6
    begun = time.monotonic()
    said = held.stop(number)
    assert time.monotonic() - begun < 10
    order = [line.split()[0] for line in said.splitlines() if " stopped after " in line]
    assert order[:2] == ["web", "scheduler"]
    assert sorted(order[2:4]) == ["worker-1", "worker-2"]
    assert order[4:] == ["valkey", "postgres"]
    assert all(is_dead(pid) for pid in held.pids.values())


def test_programs_that_a_killed_supervisor_left_are_ended_not_doubled(data_dir, hold):
    held = hold(data_dir, "--child", "worker-1", "--child", "worker-2")
    held.kill()
    again = hold(data_dir, "--child", "worker-1")
    assert is_dead(held.pids["worker-1"])
    assert is_dead(held.pids["worker-2"])
    assert again.pids["postgres"] == held.pids["postgres"]


def test_secrets_are_in_files_of_0600_and_on_no_command_line(settings, data_dir):
    with open_local(settings, is_durable=False) as complete:
        assert stat.S_IMODE((data_dir / "secrets.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((data_dir / "valkey" / "valkey.conf").stat().st_mode) == 0o600
        secret = urlsplit(complete.redis_url).password
        lines = [
            " ".join(psutil.Process(item.pid).cmdline()) for item in embedded_servers(settings)
        ]
        assert secret
        assert not any(secret in line for line in lines)
        assert secret not in repr(complete)
