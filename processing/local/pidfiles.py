"""Pid files that cannot lie: a pid counts only with the start time of its process.

Comes in: the pid of a process that was just started. Goes out: later, from any process, the
same process or None. The time is counted from the start of the machine, because a clock that
is set moves every other start time.
"""

import json
from pathlib import Path

import psutil

TOLERANCE_S = 0.05


def write_pid(path: Path, pid: int, **details) -> None:
    """Remember a process, with details that whoever adopts it needs."""
    process = psutil.Process(pid)
    record = {"pid": pid, "started": _since_boot(process)} | details
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(record), encoding="utf-8")
    draft.replace(path)


def read_pid(path: Path) -> psutil.Process | None:
    """The process that the file names, if it is alive and truly the same."""
    record = read_record(path)
    return find_process(record["pid"], record["started"]) if record else None


def read_record(path: Path) -> dict | None:
    """What the file says; None where there is none or it was cut off by a crash."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return record if {"pid", "started"} <= set(record) else None


def find_process(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        is_same = abs(_since_boot(process) - started) <= TOLERANCE_S
        return process if is_same and is_alive(process) else None
    except psutil.NoSuchProcess:
        return None


def is_alive(process: psutil.Process) -> bool:
    """A zombie is dead: whoever should bury it may itself be gone."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _since_boot(process: psutil.Process) -> float:
    return round(process.create_time() - psutil.boot_time(), 2)
