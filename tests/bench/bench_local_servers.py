"""How long an operator waits for the embedded PostgreSQL and Valkey."""

import os
import signal
import time
from collections.abc import Iterator

from config.settings import Settings, load_settings
from processing.local import embedded_servers, open_local, temporary_data_dir


def measure() -> Iterator[tuple[str, str]]:
    with temporary_data_dir() as data_dir:
        settings = load_settings(
            {"EMIS_DATA_DIR": str(data_dir), "CENTRAL_URL": "http://central.invalid"}, None
        )
        yield "first start, data folder made", _start_and_stop(settings)
        yield "start on a kept folder", _start_and_stop(settings)
        yield "PostgreSQL answers again after kill -9", _recover(settings)


def _start_and_stop(settings: Settings) -> str:
    begun = time.perf_counter()
    with open_local(settings):
        started = time.perf_counter()
        ending = time.perf_counter()
    stopped = time.perf_counter()
    return f"{started - begun:.2f} s, stopped in {stopped - ending:.2f} s"


def _recover(settings: Settings) -> str:
    with open_local(settings):
        postgres = embedded_servers(settings)[0]
        begun = time.perf_counter()
        os.kill(postgres.pid, signal.SIGKILL)
        with open_local(settings, join=True):
            return f"{time.perf_counter() - begun:.2f} s"
