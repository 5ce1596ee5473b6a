"""The embedded Valkey: append-only, on a socket, with a password."""

from pathlib import Path
from urllib.parse import quote

import redis

from processing.local.folder import DataFolder, write_private
from processing.local.passwords import Passwords
from processing.local.processes import Program
from processing.local.programs import valkey_server

NAME = "valkey"
STOP_TIMEOUT_S = 15
ANSWER_TIMEOUT_S = 5


def valkey_program(folder: DataFolder, passwords: Passwords) -> Program:
    """The server of this data folder, ready to be started; its settings are written first."""
    data, sockets = folder.for_server(NAME), folder.sockets()
    text = _settings_text(data, sockets, passwords.valkey)
    settings = write_private(data / "valkey.conf", text, folder.account)
    return Program(
        NAME,
        (str(valkey_server(folder)), str(settings)),
        {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        cwd=data,
        account=folder.account,
        stop_timeout_s=STOP_TIMEOUT_S,
    )


def valkey_url(sockets: Path, passwords: Passwords) -> str:
    return f"unix://:{quote(passwords.valkey, safe='')}@{quote(str(sockets / 'valkey.sock'))}"


def answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=ANSWER_TIMEOUT_S)
    try:
        return client.ping()
    except (redis.ConnectionError, redis.TimeoutError):
        # Also while it loads its file: BusyLoadingError is a ConnectionError.
        return False
    finally:
        client.close()


def _settings_text(data: Path, sockets: Path, password: str) -> str:
    lines = [
        "port 0",
        f'unixsocket "{sockets / "valkey.sock"}"',
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
