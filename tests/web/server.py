"""The real server of the pages, as a process of its own on a free port."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from config.settings import Settings

STOP_SECONDS = 25


@contextmanager
def running_server(settings: Settings) -> Iterator[tuple[subprocess.Popen, str]]:
    """The process and its address; stopped with SIGTERM at the end, if it still runs."""
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "DATABASE_WEB_URL": settings.database_web_url or "",
        "EMIS_SECRET_KEY": settings.emis_secret_key,
        "CENTRAL_NAME": settings.central_name or "",
        "CENTRAL_PROJECT": str(settings.central_project or ""),
        "EMIS_WEB_PORT": "0",
    }
    command = [sys.executable, "-m", "processing.web.serve"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()
            assert line.startswith("listening http://"), line
            yield server, line.split()[1]
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGTERM)
        assert server.wait(STOP_SECONDS) == 0
