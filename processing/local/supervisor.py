"""The supervisor: keeps a few programs running and stops them in order.

Comes in: programs, each a name, a command line and an environment. Goes out: one process of
each, started again with growing pauses when it dies, its log bounded. What a killed supervisor
left behind is adopted (servers) or ended first (everything else: `open_local` sees to it), so
there is never a second.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.errors import OperatorError
from config.settings import Settings
from processing.local.folder import DataFolder
from processing.local.interrupts import deferred, uninterrupted
from processing.local.logs import LogKeeper, last_error, tail
from processing.local.pidfiles import is_alive
from processing.local.processes import (
    Program,
    bury,
    end_group,
    start_process,
    stop_process,
)

# Who stops before whom: pages first, then what they need. Unknown names stop with the web.
STOP_ORDER = ("web", "scheduler", "worker", "central", "valkey", "postgres")
LOOK_EVERY_S = 0.2
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30
# A program that ran this long has recovered: its next pause is a short one again.
RECOVERED_AFTER_S = 60
# So often a server may die before it has answered once.
TRIES = 4
READY_POLL_S = 0.03

logger = logging.getLogger(__name__)


@dataclass
class _Kept:
    """One program under supervision, and how it has been doing."""

    program: Program
    process: psutil.Process
    started: float = field(default_factory=time.monotonic)
    deaths: int = 0
    start_again_at: float | None = None


class Supervisor:
    """Use as a context manager: `add` inside, everything is stopped at the end.

    Whoever adds programs holds the lock of the data folder (`open_local` takes it).
    """

    def __init__(self, where: Settings | DataFolder):
        self._folder = where if isinstance(where, DataFolder) else DataFolder(where.emis_data_dir)
        self._kept: dict[str, _Kept] = {}
        self._guard = threading.RLock()
        self._is_stopping = threading.Event()
        self._logs = LogKeeper(self._folder.path / "log")
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __enter__(self) -> "Supervisor":
        self._watcher.start()
        return self

    def __exit__(self, *_exception) -> None:
        self.stop()

    def add(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        stop_timeout: float = 10,
        cwd: Path | None = None,
    ) -> int:
        """Run a program of ours and keep it running; returns its first pid.

        name: unique in this data folder; up to its first "-" it decides the order of stopping.
        env: its whole environment; secrets belong here, never in `argv`.
        """
        program = Program(name, tuple(argv), dict(env), cwd=cwd, stop_timeout_s=stop_timeout)
        return self.keep(program).pid

    def keep(self, program: Program, process: psutil.Process | None = None) -> psutil.Process:
        """Start a program, or take charge of `process`, which runs already."""
        with deferred(), self._guard:
            if program.name in self._kept:
                raise ValueError(f"{program.name} is supervised already")
            if process is None:
                process = self._start(program)
            else:
                program.write_pid(self._folder.pid_file(program.name), process.pid)
            self._kept[program.name] = _Kept(program, process)
            return process

    def pids(self) -> dict[str, int]:
        """The living processes by name."""
        with self._guard:
            kept = self._kept.values()
            return {item.program.name: item.process.pid for item in kept if is_alive(item.process)}

    def await_ready(self, name: str, is_ready: Callable[[], bool], timeout_s: float) -> None:
        """Return when the program answers; OperatorError `server-failed` when it does not.

        A server may need a second start: what was left of the one before it can be in its way.
        """
        deadline = time.monotonic() + timeout_s
        while not is_ready():
            if self._kept[name].deaths >= TRIES or time.monotonic() > deadline:
                log = self._folder.log(name)
                raise OperatorError(
                    "server-failed",
                    f"{name} did not start: {tail(log)}",
                    f"See its log {log}; the data folder is kept as it is.",
                )
            time.sleep(READY_POLL_S)

    def stop(self) -> None:
        """Stop everything in STOP_ORDER, those of one rank together. Twice is the same as once."""
        self._is_stopping.set()
        with uninterrupted():
            if self._watcher.is_alive():
                self._watcher.join()
            self._stop_all()

    def _stop_all(self) -> None:
        with self._guard:
            for rank in range(len(STOP_ORDER)):
                self._stop_together([item for item in self._kept.values() if _rank(item) == rank])
            self._kept.clear()

    def _stop_together(self, items: list[_Kept]) -> None:
        threads = [threading.Thread(target=self._stop_one, args=(item,)) for item in items]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _stop_one(self, item: _Kept) -> None:
        program, begun = item.program, time.monotonic()
        was_gentle = stop_process(item.process, program.stop_signal, program.stop_timeout_s)
        self._folder.pid_file(program.name).unlink(missing_ok=True)
        how = "stopped" if was_gentle else "had to be killed"
        logger.info("%s %s after %.1f s", program.name, how, time.monotonic() - begun)

    def _start(self, program: Program) -> psutil.Process:
        log, pid_file = self._folder.log(program.name), self._folder.pid_file(program.name)
        return start_process(program, log, pid_file)

    def _watch(self) -> None:
        while not self._is_stopping.wait(LOOK_EVERY_S):
            try:
                with self._guard:
                    for item in self._kept.values():
                        self._look_after(item)
                self._logs.keep_bounded()
            except OSError:
                # A full disk or process table passes; without this thread nothing would recover.
                logger.exception("supervision goes on after a fault of the system")

    def _look_after(self, item: _Kept) -> None:
        now = time.monotonic()
        if item.start_again_at is None:
            if not is_alive(item.process):
                self._plan_restart(item, now)
        elif now >= item.start_again_at:
            item.process, item.started = self._start(item.program), now
            item.start_again_at = None

    def _plan_restart(self, item: _Kept, now: float) -> None:
        item.deaths = 1 if now - item.started > RECOVERED_AFTER_S else item.deaths + 1
        pause = min(FIRST_PAUSE_S * 2 ** (item.deaths - 1), LONGEST_PAUSE_S)
        # What it forked would go on with its work beside the new one.
        end_group(item.process.pid)
        bury(item.process)
        item.start_again_at = now + pause
        why = last_error(self._folder.log(item.program.name))
        said = f" ({why})" if why else ""
        logger.warning("%s died%s; it starts again in %.1f s", item.program.name, said, pause)


def _rank(item: _Kept) -> int:
    kind = item.program.name.partition("-")[0]
    return STOP_ORDER.index(kind) if kind in STOP_ORDER else 0
