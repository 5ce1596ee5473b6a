"""`python -m tests.bench.pull.child ACTION FORM`: one puller in a process of its own.

Its settings come from the environment. It prints one line of JSON: what the action took, with the
processor seconds and the peak memory of this process. Imports and the connection to the database
are made before the clock starts, as in a worker that lives on; signing in to Central is counted.

    pull     a pull, committed                  again N  N pulls, one after the other
    verify   fetch XML until all is verified    rival    pyodk, pandas and to_sql
    told     says when it has settled; one pull when a line comes on standard input
"""

import datetime as dt
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import sqlalchemy as sa

from bridge.traffic import counted_traffic
from config.settings import Settings, load_settings
from processing.db.engine import open_engine
from processing.jobs.clients import kept_readers
from processing.jobs.pulling import pull_one
from processing.jobs.verifying import verify_some


def main(action: str, form_id: str, *numbers: str) -> int:
    settings = load_settings(os.environ, None)
    figures = ACTIONS[action](settings, form_id, *map(int, numbers))
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures["cpu_s"] = figures.get("cpu_s", used.ru_utime + used.ru_stime)
    print(json.dumps(figures | {"peak_mb": used.ru_maxrss / 1024}))
    return 0


def pull(settings: Settings, form_id: str) -> dict:
    with _worker(settings) as connection:
        begun, cpu = time.perf_counter(), time.process_time()
        report = _pull_with(connection, settings, form_id)
        seconds = time.perf_counter() - begun
    return {"seconds": seconds, "cpu_s": time.process_time() - cpu, "rows": report.seen}


def again(settings: Settings, form_id: str, count: int) -> dict:
    """Cycles on a kept connection and session, as `--watch` has them; the median of each figure.

    The first cycles are not counted: they look once at what the load before them left open.
    """
    with _settled(settings, form_id) as cycle:
        cycles = []
        for _ in range(count):
            cycles.append(cycle())
            time.sleep(CYCLE_SECONDS)
    middle = {name: median(cycle[name] for cycle in cycles) for name in cycles[0]}
    rows, requests = (sum(cycle[name] for cycle in cycles) for name in ("rows", "requests"))
    return middle | {"rows": rows, "requests_mean": requests / count}


def told(settings: Settings, form_id: str) -> dict:
    """The cycle of a watch that finds what happened while it slept."""
    with _settled(settings, form_id) as cycle:
        print(READY, flush=True)
        sys.stdin.readline()
        return cycle()


@contextmanager
def _settled(settings: Settings, form_id: str) -> Iterator[Callable[[], dict]]:
    """A cycle to call, of a puller that has its session and connection and has looked before."""
    with kept_readers(), _worker(settings) as connection, counted_traffic() as traffic:
        for _ in range(SETTLING):
            _pull_with(connection, settings, form_id)
            time.sleep(CYCLE_SECONDS)
        yield lambda: _one_cycle(connection, settings, form_id, traffic)


def _one_cycle(connection, settings: Settings, form_id: str, traffic) -> dict:
    requests, received = traffic.request_count, traffic.byte_count
    begun, cpu = time.perf_counter(), time.process_time()
    report = _pull_with(connection, settings, form_id)
    return {
        "seconds": time.perf_counter() - begun,
        "cpu_s": time.process_time() - cpu,
        "requests": traffic.request_count - requests,
        "bytes": traffic.byte_count - received,
        "rows": report.seen,
    }


def verify(settings: Settings, form_id: str) -> dict:
    begun, cpu, count, has_more = time.perf_counter(), time.process_time(), 0, True
    with _worker(settings) as connection:
        while has_more:
            with connection.begin():
                now = dt.datetime.now(dt.UTC)
                turn = verify_some(connection, settings, form_id, now)
            count, has_more = count + turn.count, turn.has_more
    return {
        "seconds": time.perf_counter() - begun,
        "cpu_s": time.process_time() - cpu,
        "rows": count,
    }


def rival(settings: Settings, form_id: str) -> dict:
    from tests.bench.pull.rival import copy_form

    begun, cpu = time.perf_counter(), time.process_time()
    rows = copy_form(settings, form_id)
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "cpu_s": time.process_time() - cpu, "rows": rows}


ACTIONS = {"pull": pull, "again": again, "told": told, "verify": verify, "rival": rival}
READY = "ready"
CYCLE_SECONDS = 1.0
SETTLING = 3


def _pull_with(connection: sa.Connection, settings: Settings, form_id: str):
    with connection.begin():
        return pull_one(connection, settings, form_id, dt.datetime.now(dt.UTC))


@contextmanager
def _worker(settings: Settings) -> Iterator[sa.Connection]:
    engine = open_engine(settings, "worker", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
