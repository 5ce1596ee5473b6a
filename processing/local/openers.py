"""How each embedded server is started, taken over from a killed supervisor, or joined."""

import time
from collections.abc import Callable

import psutil

from config.errors import OperatorError
from processing.local import central, postgres, valkey
from processing.local.folder import DataFolder
from processing.local.passwords import Passwords
from processing.local.pidfiles import read_pid
from processing.local.processes import Program, end_orphan, stop_process
from processing.local.supervisor import STOP_ORDER, Supervisor

READY_TIMEOUT_S = 60
# A server that was left running answers at once, or after it has read its log again.
ADOPT_TIMEOUT_S = 10
POLL_S = 0.05


class Opener:
    """The servers of one data folder: `open` runs one, `join` waits for one that others run.

    Both return the settings that point to it.
    """

    def __init__(self, folder: DataFolder, passwords: Passwords, is_durable: bool = True):
        self.folder, self.passwords, self.is_durable = folder, passwords, is_durable

    def open(self, name: str, supervisor: Supervisor) -> dict:
        """Run this server under the supervisor until it stops."""
        program, left = self._prepare(name)
        self._run(supervisor, program, left)
        if name == postgres.NAME:
            url = postgres.admin_url(self.folder.sockets(), self.passwords)
            postgres.prepare_database(url, self.passwords)
        return self._settings(name)

    def join(self, name: str) -> dict:
        """Wait for a server that another process is starting or running."""
        if not is_true_within(lambda: self._answers(name), READY_TIMEOUT_S):
            raise OperatorError(
                "server-failed",
                f"{name} of the data folder {self.folder.path} does not answer.",
                f"See its log {self.folder.log(name)}.",
            )
        return self._settings(name)

    def _prepare(self, name: str) -> tuple[Program, psutil.Process | None]:
        """What to start, and the process that was left of it, if any."""
        left = read_pid(self.folder.pid_file(name))
        if name == postgres.NAME:
            postgres.make_cluster(self.folder, self.passwords)
            left = left or postgres.find_postmaster(self.folder)
            return postgres.postgres_program(self.folder, self.is_durable), left
        if name == valkey.NAME:
            return valkey.valkey_program(self.folder, self.passwords), left
        if left is None:
            central.choose_port(self.folder)
        return central.central_program(self.folder, self.passwords), left

    def _run(self, supervisor: Supervisor, program: Program, left: psutil.Process | None) -> None:
        """Take over what is left if it answers, else end it and start anew."""

        def is_ready() -> bool:
            return self._answers(program.name)

        if left is not None and not is_true_within(is_ready, ADOPT_TIMEOUT_S):
            stop_process(left, program.stop_signal, program.stop_timeout_s)
            left = None
        supervisor.keep(program, left)
        supervisor.await_ready(program.name, is_ready, READY_TIMEOUT_S)

    def _answers(self, name: str) -> bool:
        if name == postgres.NAME:
            return postgres.answers(postgres.admin_url(self.folder.sockets(), self.passwords))
        if name == valkey.NAME:
            return valkey.answers(valkey.valkey_url(self.folder.sockets(), self.passwords))
        return central.answers(central.read_port(self.folder), self.passwords)

    def _settings(self, name: str) -> dict:
        if name == postgres.NAME:
            return postgres.database_settings(self.folder.sockets(), self.passwords)
        if name == valkey.NAME:
            return {"redis_url": valkey.valkey_url(self.folder.sockets(), self.passwords)}
        return central.central_settings(central.read_port(self.folder), self.passwords)


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
