"""How an embedded server is started, taken over from a killed supervisor, or joined."""

import time
from collections.abc import Callable
from typing import Protocol

import psutil

from config.errors import OperatorError
from processing.local.folder import DataFolder
from processing.local.processes import Program, end_orphan, stop_process
from processing.local.supervisor import STOP_ORDER, Supervisor

READY_TIMEOUT_S = 60
# A server that was left running answers at once, or after it has read its log again.
ADOPT_TIMEOUT_S = 10
POLL_S = 0.05


class Server(Protocol):
    """What the three embedded servers have in common."""

    folder: DataFolder
    name: str

    def prepare(self) -> Program:
        """Make what it needs to run; what to start."""

    def find_left(self) -> psutil.Process | None:
        """Its process, if a killed supervisor left one running."""

    def answers(self) -> bool:
        """Whether it takes work now."""

    def finish(self) -> None:
        """What remains to be made once it answers; twice is the same as once."""

    def settings(self) -> dict:
        """The settings that point to it."""


def run_server(server: Server, supervisor: Supervisor) -> dict:
    """Run it under the supervisor: what was left of it if that answers, else a new one."""
    program, left = server.prepare(), server.find_left()
    if left is not None and not is_true_within(server.answers, ADOPT_TIMEOUT_S):
        stop_process(left, program.stop_signal, program.stop_timeout_s)
        left = None
    supervisor.keep(program, left)
    supervisor.await_ready(server.name, server.answers, READY_TIMEOUT_S)
    server.finish()
    return server.settings()


def join_server(server: Server) -> dict:
    """Wait for a server that another process is starting or running."""
    if is_true_within(server.answers, READY_TIMEOUT_S):
        return server.settings()
    raise OperatorError(
        "server-failed",
        f"{server.name} of the data folder {server.folder.path} does not answer.",
        f"See its log {server.folder.log(server.name)}.",
    )


def end_orphans(folder: DataFolder, spared: tuple[str, ...]) -> list[str]:
    """End what a killed supervisor left running, but for these names; web first, servers last."""
    files = [file for file in (folder.path / "run").glob("*.json") if file.stem not in spared]
    files.sort(key=lambda file: _stop_rank(file.stem))
    return [file.stem for file in files if file.stem != "supervisor" and end_orphan(file)]


def is_true_within(is_ready: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not is_ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def _stop_rank(name: str) -> int:
    kind = name.partition("-")[0]
    return STOP_ORDER.index(kind) if kind in STOP_ORDER else 0
