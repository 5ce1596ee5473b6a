"""What a watch that brings nothing takes of a real Central's PostgreSQL, in percent of one core.

Counted is the whole server, so what Central does for itself is in it; that share alone stands
beside. Only where Central's database is named, and its server runs on this machine.
"""

import os
import time
from contextlib import closing

import psutil
import psycopg2

from config.settings import Settings
from tests.bench.pull.central import BenchCentral
from tests.bench.pull.database import processor_seconds
from tests.bench.pull.figures import Limit, Part
from tests.bench.pull.watch import PULL_SECONDS, pointed_at, watching

# The first questions after changes are asked at once; later ones at their pace.
SETTLE_SECONDS = 20
IDLE_SECONDS = 30
SHARE = Limit("postgres_percent", 5)


def quiet_watch(central: BenchCentral, settings: Settings, seconds: int) -> Part | None:
    """The share over so many seconds of `emis pull --watch`; None where it cannot be seen."""
    server = _find_server(os.environ.get("EMIS_TEST_CENTRAL_DATABASE_URL"))
    if server is None:
        return None
    central.wait_until_idle()
    with watching(pointed_at(central, settings)):
        time.sleep(SETTLE_SECONDS)
        watched = _percent_of_a_core(server, seconds)
    figures = {
        "postgres_percent": watched,
        "idle_percent": _percent_of_a_core(server, IDLE_SECONDS),
        "seconds": seconds,
        "pull_seconds": PULL_SECONDS,
    }
    return Part(f"quiet-watch-{central.name}", figures, (SHARE,))


def _find_server(database_url: str | None) -> int | None:
    """The process of the PostgreSQL server behind this address, if it runs here."""
    if not database_url:
        return None
    with closing(psycopg2.connect(database_url)) as connection:
        try:
            server = psutil.Process(connection.get_backend_pid()).parent()
        except psutil.NoSuchProcess:
            return None
        return server.pid if server and server.name().startswith("postgres") else None


def _percent_of_a_core(server: int, seconds: float) -> float:
    begun, used = time.monotonic(), processor_seconds(server)
    time.sleep(seconds)
    return 100 * (processor_seconds(server) - used) / (time.monotonic() - begun)
