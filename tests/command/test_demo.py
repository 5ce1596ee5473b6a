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
INTERRUPTED = 130
COMPARED = {
    "school_census landed",
    "facility_return verified against its XML",
    "planted fault found: duplicate",
    "pupils in the nation's enrolment",
    "schools covered by facility_return",
}
TOLD = ("Issues open: ", "Schools covered: ", "Indicators: ", "stage pull ", "stage indicators ")


@dataclass
class Demo:
    """A running demo and what it has said so far."""

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

    def start(is_told=has_logins) -> Demo:
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
        return Demo(process, read_until(process, is_told))

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=STOPPED_WITHIN_S)


def read_until(process: subprocess.Popen, is_told) -> str:
    """What it says, until that has been told."""
    said = ""
    for line in process.stdout:
        said += line
        if is_told(said):
            break
    return said


def has_logins(said: str) -> bool:
    """The table under the address has been drawn."""
    return said.splitlines()[-1].startswith("└") and ADDRESS.search(said) is not None


@pytest.mark.timeout(1200)
def test_interrupted_it_leaves_nothing_running_and_started_again_it_goes_on(data_dir, demo):  # noqa: F811
    assert demo(lambda said: "sending" in said).interrupt() == INTERRUPTED
    assert servers_in(data_dir, "postgres") == servers_in(data_dir, "valkey") == []

    first = demo()
    assert {subject for subject, *_ in first.comparisons} > COMPARED, first.said
    assert all(words in first.said for words in TOLD)
    faults = [line for line in first.comparisons if line[0].startswith("planted fault found")]
    assert sum(int(found) for _, _, found, _ in faults) == round(2 * 6 * 0.20)
    assert {verdict for *_, verdict in first.comparisons} == {"agrees"}
    assert set(first.logins) == {f"demo.{role}" for role in ROLES}
    assert requests.get(f"{first.address}healthz", timeout=10).json() == {"status": "ok"}
    assert first.interrupt() == 0
    assert servers_in(data_dir, "postgres") == servers_in(data_dir, "valkey") == []

    again = demo()
    assert again.comparisons == first.comparisons
    assert again.logins == first.logins
    assert again.interrupt() == 0
