"""The sandbox Central as a child process: its file, its port, its logins.

The port is kept from one start to the next, because devices and app-user links carry it.
"""

import http.client
import json
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from processing.local.folder import DataFolder, write_private
from processing.local.passwords import Passwords
from processing.local.pidfiles import read_pid
from processing.local.processes import Program

NAME = "central"
CENTRAL_NAME = "sandbox"
HOST = "127.0.0.1"
# The sandbox makes its project in an empty file, so it is the first.
PROJECT = 1
READER_EMAIL = "reader@sandbox.invalid"
MANAGER_EMAIL = "manager@sandbox.invalid"
ANSWER_TIMEOUT_S = 5


@dataclass(frozen=True)
class SandboxCentral:
    """The sandbox Central of one data folder."""

    folder: DataFolder
    passwords: Passwords
    name = NAME

    def prepare(self) -> Program:
        """Choose its port; what to start."""
        argv = [sys.executable, "-m", "bridge.sandbox"]
        argv += ["--file", str(self.folder.private(NAME) / "central.sqlite")]
        argv += ["--port", str(self._choose_port())]
        logins = {
            "SANDBOX_EMAIL": READER_EMAIL,
            "SANDBOX_PASSWORD": self.passwords.central_reader,
            "SANDBOX_MANAGER_EMAIL": MANAGER_EMAIL,
            "SANDBOX_MANAGER_PASSWORD": self.passwords.central_manager,
        }
        return Program(NAME, tuple(argv), dict(os.environ) | logins)

    def find_left(self) -> psutil.Process | None:
        return read_pid(self.folder.pid_file(NAME))

    def answers(self) -> bool:
        """Whether our own sandbox is there: it alone takes the password of this data folder."""
        port = self._read_port()
        if port is None:
            return False
        login = {"email": READER_EMAIL, "password": self.passwords.central_reader}
        connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_TIMEOUT_S)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/v1/sessions", json.dumps(login), headers)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def finish(self) -> None:
        """Nothing is left to do once it answers."""

    def settings(self) -> dict:
        """The settings that point to it."""
        return {
            "central_url": f"http://{HOST}:{self._read_port()}",
            "central_name": CENTRAL_NAME,
            "central_project": PROJECT,
            "central_email": READER_EMAIL,
            "central_password": self.passwords.central_reader,
            "central_manager_email": MANAGER_EMAIL,
            "central_manager_password": self.passwords.central_manager,
        }

    def _choose_port(self) -> int:
        """The port of the last start unless somebody else has it now; else a free one, kept."""
        known = self._read_port()
        # One that was left running has its port itself.
        if known is not None and (self.find_left() or _is_free(known)):
            return known
        port = _free_port()
        write_private(self._port_file(), json.dumps({"port": port}))
        return port

    def _read_port(self) -> int | None:
        try:
            return json.loads(self._port_file().read_text(encoding="utf-8"))["port"]
        except FileNotFoundError:
            return None

    def _port_file(self) -> Path:
        return self.folder.private(NAME) / "address.json"


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
