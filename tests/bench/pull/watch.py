"""Freshness: from Central's answer to a tablet until the row is in `survey`, under a steady stream.

`emis pull --watch` runs as an operator would run it; senders post at a fixed rate, whatever the
answers; an observer looks at the survey table 20 times a second, so a lag is an upper bound.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import sqlalchemy as sa

from config.settings import Settings
from processing.db.engine import open_engine
from processing.local import environment_of
from tests.bench.pull.central import ROOT, BenchCentral
from tests.bench.pull.figures import Limit, Part
from tests.bench.pull.form import filled
from tests.conformance.central_api import Api, Form

PER_SECOND = 20
SENDERS = 4
FIRST_NUMBER = 1_000_000
LOOK_SECONDS = 0.05
LAST_SECONDS = 30
PULL_SECONDS = 1
NO_VALKEY = "redis://127.0.0.1:9/0"
P95 = Limit("p95_s", 3.0)
MISSING = Limit("missing", 0)


def freshness(central: BenchCentral, settings: Settings, seconds: int) -> Part:
    """Quantiles of the lag over all submissions of some seconds."""
    count = seconds * PER_SECOND
    with watching(pointed_at(central, settings)), _Observer(settings) as observer:
        # The watch is up when a submission before the first has come through.
        _send_steadily(central, range(-1, 0), observer)
        observer.wait_for(1, LAST_SECONDS)
        sent = _send_steadily(central, range(count), observer)
        observer.wait_for(1 + count, LAST_SECONDS)
    lags = sorted(observer.seen[each] - sent[each] for each in sent.keys() & observer.seen.keys())
    figures = {
        "p95_s": _quantile(lags, 0.95),
        "p50_s": _quantile(lags, 0.5),
        "max_s": lags[-1] if lags else float("inf"),
        "missing": count - len(lags),
        "sent": count,
        "per_second": count / (max(sent.values()) - min(sent.values())),
        "pull_seconds": PULL_SECONDS,
    }
    return Part(f"freshness-{central.name}", figures, (P95, MISSING))


def pointed_at(central: BenchCentral, settings: Settings) -> Settings:
    """For a watch of this Central that looks every second."""
    # A Valkey is named so that none is started; with --only nobody is woken.
    return replace(central.fill(settings), emis_pull_seconds=PULL_SECONDS, redis_url=NO_VALKEY)


@contextmanager
def watching(settings: Settings) -> Iterator[None]:
    """`emis pull --watch` of the benchmark's form, while the block lasts."""
    command = [sys.executable, "-m", "processing.command", "pull", "bench", "--watch", "--only"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment_of(settings), stdout=subprocess.DEVNULL
    )
    try:
        yield
        assert process.poll() is None, "the watch ended by itself"
    finally:
        process.terminate()
        process.wait(60)


class _Observer:
    """Notes when each submission that it was told of is first seen in the survey table."""

    def __init__(self, settings: Settings):
        self.seen: dict[str, float] = {}
        self._pending: set[str] = set()
        self._lock, self._is_over = threading.Lock(), threading.Event()
        self._engine = open_engine(settings, "worker", poolclass=sa.NullPool)
        self._thread = threading.Thread(target=self._look_on)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def expect(self, instance_id: str) -> None:
        with self._lock:
            self._pending.add(instance_id)

    def wait_for(self, count: int, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while len(self.seen) < count and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)

    def _look_on(self) -> None:
        statement = sa.text("SELECT instance_id FROM survey.bench WHERE instance_id = ANY(:ids)")
        with self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            while not self._is_over.wait(LOOK_SECONDS):
                with self._lock:
                    pending = list(self._pending)
                found = connection.execute(statement, {"ids": pending}).scalars().all()
                self._note(found, time.monotonic())

    def _note(self, found: list[str], now: float) -> None:
        with self._lock:
            self._pending.difference_update(found)
        self.seen |= dict.fromkeys(found, now)


def _send_steadily(central: BenchCentral, numbers: range, observer) -> dict[str, float]:
    """When Central answered for each; a sender that is late does not slow the others down."""
    sent: dict[str, float] = {}
    begun = time.monotonic() - numbers[0] / PER_SECOND

    def send(share: range) -> None:
        form = central.form
        own = Form(Api(form.api.url, form.api.token), form.project_id, form.form_id)
        for number in share:
            time.sleep(max(0.0, begun + number / PER_SECOND - time.monotonic()))
            each = filled(form.form_id, FIRST_NUMBER + number)
            own.add(each.xml.decode())
            sent[each.instance_id] = time.monotonic()
            observer.expect(each.instance_id)

    threads = [
        threading.Thread(target=send, args=(numbers[start::SENDERS],)) for start in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == len(numbers), "a sender failed; its traceback stands above"
    return sent


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")
