"""Serves the pages: gunicorn, one process of threads, with a graceful stop on SIGTERM.

In: complete settings. Out: the address, once, through `announce`, when requests are taken. The
application and its database connections are made in the serving process, after the fork.
"""

import sys
from collections.abc import Callable

from gunicorn.app.base import BaseApplication

from config.errors import OperatorError
from config.settings import Settings, load_settings
from processing.web.app import create_app
from processing.web.security import require_secret_key

GRACEFUL_STOP_SECONDS = 20
REQUEST_TIMEOUT_SECONDS = 60
KEEP_ALIVE_SECONDS = 5


def serve(settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; then requests under way are finished, 20 s at most.

    announce: called with `listening http://host:port`; default: prints it. Ends the process.
    """
    require_secret_key(settings)
    Server(settings, announce or _print).run()


class Server(BaseApplication):
    """gunicorn with options from our settings instead of its command line."""

    def __init__(self, settings: Settings, announce: Callable[[str], None]):
        self.settings, self.announce = settings, announce
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": place_of(self.settings.emis_web_host, self.settings.emis_web_port),
            "worker_class": "gthread",
            "workers": 1,
            "threads": self.settings.emis_web_threads,
            "graceful_timeout": GRACEFUL_STOP_SECONDS,
            "timeout": REQUEST_TIMEOUT_SECONDS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "loglevel": self.settings.emis_log_level.lower(),
            "control_socket_disable": True,
            "proc_name": "emis-web",
            "when_ready": lambda server: self.announce(f"listening {_address(server)}"),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self):
        return create_app(self.settings)


def _address(server) -> str:
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    return f"http://{place_of(host, port)}"


def place_of(host: str, port: int) -> str:
    """host:port as addresses are written, an address of IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """`python -m processing.web.serve`, with the settings of the environment."""
    try:
        serve(load_settings())
    except OperatorError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
