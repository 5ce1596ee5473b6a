"""`emis demo`, as somebody runs it who has nothing: to the pages, Ctrl-C, and on from there."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass

import psutil
import pytest
import requests

from config.paths import ROOT
from processing.db.queries.users import ROLES
from tests.local.conftest import (  # noqa: F401  fixtures
    data_dir,
    interrupts_are_heeded,
    servers_in,
)

OPTIONS = ("--schools", "6", "--faults", "20")
ADDRESS = re.compile(r"EMIS runs at (\S+)")
COMPARISON = re.compile(r"│ (.+?) +│ ([\d,]+) +│ ([\d,]+) +│ (\w+) +│")
LOGIN = re.compile(r"│ (demo\.\w+) +│ (\S+) +│")
STOPPED_WITHIN_S = 90


@dataclass
class Demo:
    """A running demo and what it has said, down to the table of logins."""

    process: subprocess.Popen
    said: str

    @property
    def address(self) -> str:
        return ADDRESS.search(self.said)[1]

    @property
    def comparisons(self) -> list[tuple[str, ...]]:
        return COMPARISON.findall(self.said)

    @property
    def logins(self) -> dict[str, str]:
        return dict(LOGIN.findall(self.said))

    def interrupt(self) -> int:
        """Ctrl-C, once; the exit code. Whatever it had started has ended with it."""
        ours = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=STOPPED_WITHIN_S)
        assert [child for child in ours if child.is_running()] == []
        return self.process.returncode


@pytest.fixture
def demo(data_dir, tmp_path):  # noqa: F811
    """Start `emis demo` on the data folder, in a folder without settings, and wait for its end."""
    inherited = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    environment = {"EMIS_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    started = []

    def start() -> Demo:
        process = subprocess.Popen(
            [sys.executable, "-m", "processing.command", "demo", *OPTIONS],
            env=inherited | environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return Demo(process, read_until_logins(process))

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=STOPPED_WITHIN_S)


def read_until_logins(process: subprocess.Popen) -> str:
    """What it says, until the table under the address has been drawn."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("└") and any(ADDRESS.search(each) for each in lines):
            break
    return "".join(lines)


@pytest.mark.timeout(1200)
def test_interrupted_it_leaves_nothing_running_and_started_again_it_goes_on(data_dir, demo):  # noqa: F811
    first = demo()
    assert len(first.comparisons) > 10, first.said
    assert {verdict for *_, verdict in first.comparisons} == {"agrees"}
    assert set(first.logins) == {f"demo.{role}" for role in ROLES}
    assert requests.get(f"{first.address}healthz", timeout=10).json() == {"status": "ok"}
    assert first.interrupt() == 0
    assert servers_in(data_dir, "postgres") == servers_in(data_dir, "valkey") == []

    again = demo()
    assert again.comparisons == first.comparisons
    assert again.logins == first.logins
    assert again.interrupt() == 0
