"""The sandbox Central as a child process: its file, its port, its logins.

The port is kept from one start to the next, because devices and app-user links carry it.
"""

import http.client
import json
import os
import socket
import sys

from processing.local.folder import DataFolder, write_private
from processing.local.passwords import Passwords
from processing.local.processes import Program

NAME = "central"
CENTRAL_NAME = "sandbox"
HOST = "127.0.0.1"
# The sandbox makes its project in an empty file, so it is the first.
PROJECT = 1
READER_EMAIL = "reader@sandbox.invalid"
MANAGER_EMAIL = "manager@sandbox.invalid"
ANSWER_TIMEOUT_S = 5


def central_program(folder: DataFolder, passwords: Passwords) -> Program:
    """The sandbox of this data folder, on the port that `choose_port` kept."""
    argv = [sys.executable, "-m", "bridge.sandbox"]
    argv += ["--file", str(folder.private(NAME) / "central.sqlite")]
    argv += ["--port", str(read_port(folder))]
    logins = {
        "SANDBOX_EMAIL": READER_EMAIL,
        "SANDBOX_PASSWORD": passwords.central_reader,
        "SANDBOX_MANAGER_EMAIL": MANAGER_EMAIL,
        "SANDBOX_MANAGER_PASSWORD": passwords.central_manager,
    }
    return Program(NAME, tuple(argv), dict(os.environ) | logins)


def choose_port(folder: DataFolder) -> int:
    """The port of the last start if nobody else has it now, else a free one; kept."""
    known = read_port(folder)
    if known is not None and _is_free(known):
        return known
    port = _free_port()
    write_private(folder.private(NAME) / "address.json", json.dumps({"port": port}))
    return port


def read_port(folder: DataFolder) -> int | None:
    try:
        text = (folder.private(NAME) / "address.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return json.loads(text)["port"]


def answers(port: int | None, passwords: Passwords) -> bool:
    """Whether our own sandbox is there: it alone takes the password of this data folder."""
    if port is None:
        return False
    login = {"email": READER_EMAIL, "password": passwords.central_reader}
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_TIMEOUT_S)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/sessions", json.dumps(login), headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def central_settings(port: int, passwords: Passwords) -> dict:
    """The settings that point to the sandbox."""
    return {
        "central_url": f"http://{HOST}:{port}",
        "central_name": CENTRAL_NAME,
        "central_project": PROJECT,
        "central_email": READER_EMAIL,
        "central_password": passwords.central_reader,
        "central_manager_email": MANAGER_EMAIL,
        "central_manager_password": passwords.central_manager,
    }


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            return True
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
