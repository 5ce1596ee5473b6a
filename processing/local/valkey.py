"""The embedded Valkey: append-only, on a socket, with a password."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import redis

from processing.local.folder import DataFolder, write_private
from processing.local.passwords import Passwords
from processing.local.pidfiles import read_pid
from processing.local.processes import Program
from processing.local.programs import valkey_server

NAME = "valkey"
STOP_TIMEOUT_S = 15
ANSWER_TIMEOUT_S = 5


@dataclass(frozen=True)
class Valkey:
    """The Valkey of one data folder."""

    folder: DataFolder
    passwords: Passwords
    name = NAME

    def prepare(self) -> Program:
        """Write its settings; what to start."""
        data = self.folder.for_server(NAME)
        text = _settings_text(data, self._socket(), self.passwords.valkey)
        settings = write_private(data / "valkey.conf", text, self.folder.account)
        return Program(
            NAME,
            (str(valkey_server(self.folder)), str(settings)),
            {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            cwd=data,
            account=self.folder.account,
            stop_timeout_s=STOP_TIMEOUT_S,
        )

    def find_left(self) -> psutil.Process | None:
        return read_pid(self.folder.pid_file(NAME))

    def answers(self) -> bool:
        url = self.settings()["redis_url"]
        client = redis.Redis.from_url(url, socket_timeout=ANSWER_TIMEOUT_S)
        try:
            return client.ping()
        except (redis.ConnectionError, redis.TimeoutError):
            # Also while it loads its file: BusyLoadingError is a ConnectionError.
            return False
        finally:
            client.close()

    def finish(self) -> None:
        """Nothing is left to do once it answers."""

    def settings(self) -> dict:
        """The setting that points to it."""
        password = quote(self.passwords.valkey, safe="")
        return {"redis_url": f"unix://:{password}@{quote(str(self._socket()))}"}

    def _socket(self) -> Path:
        return self.folder.sockets() / "valkey.sock"


def _settings_text(data: Path, socket: Path, password: str) -> str:
    lines = [
        "port 0",
        f'unixsocket "{socket}"',
        "unixsocketperm 700",
        f'dir "{data}"',
        f'requirepass "{password}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
    ]
    return "\n".join(lines) + "\n"
