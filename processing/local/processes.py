"""Processes of our own: each leads a process group, writes to one log, has a pid file.

A group is what makes it possible to end a process with all that it forked, and keeps Ctrl-C in
the terminal to the supervisor, which then stops everything in order.
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from processing.local.accounts import Account
from processing.local.interrupts import deferred
from processing.local.pidfiles import is_alive, read_pid, read_record, write_pid

KILL_WAIT_S = 5
KILL_ROUNDS = 3
POLL_S = 0.02

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """What to run and how to end it."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10

    def write_pid(self, pid_file: Path, pid: int) -> None:
        """The pid file also says how to end the process, for whoever finds it orphaned."""
        write_pid(pid_file, pid, stop_signal=int(self.stop_signal), timeout_s=self.stop_timeout_s)


def start_process(program: Program, log: Path, pid_file: Path) -> psutil.Popen:
    """Start the program as the leader of a new session, as its own user, logging to `log`."""
    with open(log, "ab") as output:
        process = _open(program, psutil.Popen, stdout=output, stderr=subprocess.STDOUT)
    program.write_pid(pid_file, process.pid)
    logger.info("%s started as process %d", program.name, process.pid)
    return process


def run_to_end(program: Program) -> tuple[int, str]:
    """Run a program that ends by itself: its exit code and what it said on standard error.

    An interrupt ends its whole group first; `subprocess.run` would leave what it has forked.
    """
    process = None
    try:
        with deferred():
            process = _open(program, subprocess.Popen, stdout=subprocess.DEVNULL, text=True)
        _, said = process.communicate()
    except BaseException:
        if process is not None:
            _kill_group(process.pid)
            process.communicate()
        raise
    return process.returncode, said


def stop_process(process: psutil.Process, stop_signal: int, timeout_s: float) -> bool:
    """Ask, wait, then end the whole group. True if it ended by itself when asked."""
    # Read before it ends: what has left its group by then is not found by its pid any more.
    members = group_of(process.pid) if is_alive(process) else []
    _signal(process, stop_signal)
    is_gone = _wait(process, timeout_s)
    _kill([member for member in members if is_alive(member)])
    end_group(process.pid)
    bury(process)
    return is_gone


def end_orphan(pid_file: Path) -> bool:
    """End what a killed supervisor left of one program; True if there was anything."""
    record = read_record(pid_file)
    if record is None:
        return False
    leader = read_pid(pid_file)
    if leader is None:
        was_there = end_group(record["pid"])
    else:
        was_there = True
        stop_process(leader, record["stop_signal"], record["timeout_s"])
    pid_file.unlink()
    return was_there


def end_group(leader_pid: int) -> bool:
    """Kill what is left of a group whose leader is gone; True if there was anything.

    While one member lives the kernel gives the leader's pid to nobody, so these are still ours;
    a new process with that pid would be its own leader, and then nothing is touched.
    """
    if psutil.pid_exists(leader_pid) and is_alive(psutil.Process(leader_pid)):
        return False
    return _kill_group(leader_pid)


def bury(process: psutil.Process) -> None:
    """Collect the exit status of a dead child of ours, so that no zombie stays."""
    if isinstance(process, psutil.Popen):
        process.wait(KILL_WAIT_S)


def group_of(leader_pid: int) -> list[psutil.Process]:
    """The living members of a process group, its leader included."""
    found = []
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) == leader_pid and is_alive(process := psutil.Process(pid)):
                found.append(process)
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            continue
    return found


def _open(program: Program, opener: Callable, stderr: int = subprocess.PIPE, **options):
    """A process that leads a session of its own, as its own user, with nothing to read."""
    user = program.account.popen_options() if program.account else {}
    return opener(
        program.argv,
        env=dict(program.env),
        cwd=program.cwd,
        stdin=subprocess.DEVNULL,
        stderr=stderr,
        start_new_session=True,
        umask=0o077,
        **user,
        **options,
    )


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        logger.debug("process %d was already gone", process.pid)


def _kill_group(leader_pid: int) -> bool:
    """Again while somebody is left: one that is about to die may have forked meanwhile."""
    first = members = group_of(leader_pid)
    for _ in range(KILL_ROUNDS):
        _kill(members)
        members = group_of(leader_pid) if members else []
    return bool(first)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        _signal(process, signal.SIGKILL)
    for process in processes:
        _wait(process, KILL_WAIT_S)


def _wait(process: psutil.Process, timeout_s: float) -> bool:
    """Wait until it is dead; psutil's own wait would sit out its time on an adopted zombie."""
    deadline = time.monotonic() + timeout_s
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True
