"""The puller's process as its tormentor sees it: start, kill, ask to settle."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import fields
from pathlib import Path

from config.settings import Settings
from tests.fixtures.sandbox_server import ROOT

ANSWER_S = 180
# Before `settle anew` the files of every submission are asked about, some 20 a second.
ANEW_S = 1800
DUMP_S = 2


class PullerProcess:
    """One puller at a time; each has the same settings and writes to the same log."""

    def __init__(self, settings: Settings, log: Path):
        self._environ = os.environ | environment(settings)
        self._log = log.open("ab")
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.puller"],
            cwd=ROOT,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        args = (self.process.stdout, self._lines)
        self._reader = threading.Thread(target=_collect, args=args, daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """SIGKILL, wherever it is, and a new one."""
        code = self.process.poll()
        assert code is None, f"the puller ended by itself with code {code}; see its log"
        self._end()
        self.start()

    def settle(self, order: str = "settle") -> str:
        """Its answer; raises where the process has ended by itself, or does not answer."""
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        while True:
            line = self._next_line(ANEW_S if order == "settle anew" else ANSWER_S)
            if not line:
                raise AssertionError(f"the puller ended by itself: {self.process.wait()}")
            if line != "ready\n":
                return line.strip()

    def _next_line(self, seconds: float) -> str:
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            self.process.send_signal(signal.SIGUSR1)
            time.sleep(DUMP_S)
            raise AssertionError(
                f"the puller has not settled in {seconds} s; its log ends with what it was doing"
            ) from None

    def close(self) -> None:
        if self.process is not None:
            self._end()
        self._log.close()

    def _end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


def _collect(stream, lines: queue.Queue) -> None:
    for line in stream:
        lines.put(line)
    lines.put("")


def environment(settings: Settings) -> dict[str, str]:
    """The variables that make these settings."""
    return {
        item.name.upper(): str(getattr(settings, item.name))
        for item in fields(Settings)
        if getattr(settings, item.name) is not None
    }
