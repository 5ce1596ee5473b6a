"""The long-running processes under one supervisor."""

import socket
import time
from dataclasses import replace

import psutil
import pytest

from config.errors import OperatorError
from config.settings import Settings
from processing.command import processes
from tests.fixtures.databases import SECRET_KEY

LOOK_FOR_S = 4


def ours() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "processing.command" in _argv(child)]


def _argv(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def test_what_cannot_start_leaves_nothing_running(cluster, valkey_url, tmp_path, monkeypatch):
    """A database that was not migrated: every one of them ends, and would be started again."""
    monkeypatch.setattr(processes, "WEB_READY_S", 2)
    with cluster.database("emis_test_not_migrated", "template0") as found:
        settings = Settings(**found, emis_data_dir=tmp_path, emis_secret_key=SECRET_KEY)
        settings = replace(settings, redis_url=valkey_url)
        with pytest.raises(OperatorError) as raised, processes.running(settings):
            pass
        assert raised.value.code == "server-failed"
        until = time.monotonic() + LOOK_FOR_S
        while time.monotonic() < until:
            assert ours() == []
            time.sleep(0.1)


def test_a_port_that_somebody_has_is_refused_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = Settings(emis_data_dir=tmp_path, emis_web_port=port)
        with pytest.raises(OperatorError) as raised, processes.running(settings):
            pass
    assert raised.value.code == "cannot-listen"
    assert f"port {port}: Address already in use." in raised.value.message
    assert ours() == []


def test_an_interrupt_while_the_address_is_still_being_told_ends_the_command_in_order(capsys):
    with processes.until_interrupted():
        raise KeyboardInterrupt
    assert "Stopping" in capsys.readouterr().out
