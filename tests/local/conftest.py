"""Data folders and supervisors that the tests of this folder may kill."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from config.paths import ROOT
from config.settings import Settings, load_settings
from processing.local import end_leftovers, temporary_data_dir
from tests.fixtures.servers import PREFIX

# A Central that is named is not started; nothing in these tests speaks to it.
NO_CENTRAL = {"CENTRAL_URL": "http://central.invalid"}


@pytest.fixture(autouse=True, scope="session")
def interrupts_are_heeded() -> None:
    """Tests that run in the background, or under nohup, have their children ignore these."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    for number, handler in usual.items():
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that the servers' user can reach, with nothing of it running afterwards."""
    with temporary_data_dir(PREFIX) as path:
        yield path
        end_leftovers(path)


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """Settings that lack PostgreSQL and Valkey."""
    return load_settings(NO_CENTRAL | {"EMIS_DATA_DIR": str(data_dir)}, env_file=None)


@dataclass
class Held:
    """A running supervisor: its process, what it said, and the pids that it keeps."""

    process: subprocess.Popen
    line: str

    @property
    def pids(self) -> dict[str, int]:
        return json.loads(self.line)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self, number: int = signal.SIGTERM, timeout: float = 30) -> str:
        """End it as an operator would; what it wrote to its log."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=timeout)
        return said


@pytest.fixture
def hold() -> Iterator[Callable[..., Held]]:
    """Start `tests.local.hold` on a data folder and wait until everything runs."""
    started = []

    def start(data_dir: Path, *options: str, environ: dict | None = None) -> Held:
        values = NO_CENTRAL if environ is None else environ
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.local.hold", *options],
            env=os.environ | {"EMIS_DATA_DIR": str(data_dir), "TZ": "UTC"} | values,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return Held(process, process.stdout.readline())

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def servers_in(data_dir: Path, name: str) -> list[int]:
    """The pids of this name that work in the data folder, without those that they forked."""
    found = {}
    for process in psutil.process_iter(["name", "cwd", "ppid"]):
        is_here = (process.info["cwd"] or "").startswith(str(data_dir))
        if is_here and process.info["name"].startswith(name):
            found[process.pid] = process.info["ppid"]
    return [pid for pid, parent in found.items() if parent not in found]
