"""`emis up` on servers that are given: it runs, says where, and leaves nothing behind."""

import re
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import requests

from processing.command.processes import own_command
from processing.local import environment_of
from tests.local.conftest import interrupts_are_heeded  # noqa: F401  fixture
from tests.local.test_servers import wait_for

ADDRESS = re.compile(r"EMIS runs at (\S+)")
STOPPED_WITHIN_S = 60
NOBODY = "redis://127.0.0.1:9/0"


@pytest.fixture
def log(tmp_path) -> Path:
    """What `emis up` writes to its standard error."""
    return tmp_path / "log"


@pytest.fixture
def emis_up(complete_settings, log):
    """Start `emis up` and wait for its address; it ends with the block."""

    @contextmanager
    def run(**changes):
        settings = replace(complete_settings, emis_web_port=0, **changes)
        with log.open("w") as said:
            process = subprocess.Popen(
                own_command("up"), env=environment_of(settings), text=True, start_new_session=True,
                stdout=subprocess.PIPE, stderr=said,
            )  # fmt: skip
        try:
            yield process, ADDRESS.search(process.stdout.readline())[1]
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=STOPPED_WITHIN_S)

    return run


def commands_of(process: subprocess.Popen) -> list[str]:
    """What its children run: `web`, `worker`, `scheduler`; of a group its leader alone."""
    return sorted(child.cmdline()[-1] for child in psutil.Process(process.pid).children())


def test_web_workers_and_scheduler_run_until_ctrl_c(emis_up):
    with emis_up(emis_workers=2) as (process, address):
        assert requests.get(f"{address}healthz", timeout=10).json() == {"status": "ok"}
        assert commands_of(process) == ["scheduler", "web", "worker", "worker"]
        ours = psutil.Process(process.pid).children(recursive=True)
    assert process.returncode == 0
    assert [child for child in ours if child.is_running()] == []


def test_two_copies_on_one_machine_have_a_port_each(emis_up, tmp_path):
    with emis_up(emis_workers=0) as (_, first):
        with emis_up(emis_workers=0, emis_data_dir=tmp_path / "second") as (_, second):
            assert first != second
            for address in (first, second):
                assert requests.get(f"{address}healthz", timeout=10).ok


def test_without_valkey_the_pages_are_there_and_it_says_what_is_missing(emis_up, log):
    with emis_up(emis_workers=1, redis_url=NOBODY) as (process, address):
        assert requests.get(f"{address}healthz", timeout=10).ok
        wait_for(lambda: "worker-1 died (Error [valkey-unreachable]" in log.read_text())
    assert process.returncode == 0
    assert "Traceback" not in log.read_text()
