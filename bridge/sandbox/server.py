"""Runs the sandbox as a server: gunicorn, one process, threads, HTTP/1.1 with keep-alive.

On an empty file it makes the accounts and project 1, and prints where it listens.
"""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from gunicorn.app.base import BaseApplication

from bridge.sandbox.accounts import create_user, find_user
from bridge.sandbox.app import create_app
from bridge.sandbox.projects import create_project, place
from bridge.sandbox.rights import ROLE_IDS
from bridge.sandbox.store import Store
from bridge.sandbox.throttle import throttled
from bridge.simulation import TRAINING_MARK

THREADS = 32
KEEP_ALIVE_SECONDS = 5
GRACEFUL_SECONDS = 30
PROJECT_NAME = "EMIS training"


@dataclass(frozen=True)
class Accounts:
    """Who can sign in on a new file. The reader sees the project, the manager changes it."""

    email: str
    password: str = field(repr=False)
    manager_email: str | None = None
    manager_password: str | None = field(default=None, repr=False)
    admin_email: str | None = None
    admin_password: str | None = field(default=None, repr=False)


def provision(store: Store, accounts: Accounts) -> int:
    """The number of the training project; makes it and its accounts where they are missing."""
    row = store.one("SELECT id FROM project ORDER BY id LIMIT 1")
    project_id = row["id"] if row else create_project(store, PROJECT_NAME, TRAINING_MARK)
    for email, password, role, actee in (
        (accounts.email, accounts.password, "viewer", place(project_id)),
        (accounts.manager_email, accounts.manager_password, "manager", place(project_id)),
        (accounts.admin_email, accounts.admin_password, "admin", "*"),
    ):
        if email and find_user(store, email) is None:
            user_id = create_user(store, email, password)
            with store.write() as db:
                values = (user_id, ROLE_IDS[role], actee)
                db.execute("INSERT INTO assignment VALUES (?, ?, ?)", values)
    return project_id


class _Server(BaseApplication):
    def __init__(self, app, address: tuple[str, int], announce):
        self.app, self.address, self.announce = app, address, announce
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": "{}:{}".format(*self.address),
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "timeout": 120,
            "limit_request_line": 0,  # the application refuses as Central does
            "loglevel": "warning",
            "proc_name": "emis-sandbox",
            "control_socket_disable": True,
            "when_ready": self.announce,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self):
        return self.app()


def serve(
    path: Path,
    address: tuple[str, int],
    domain: str | None,
    accounts: Accounts,
    feed_bytes_per_second: float | None = None,
) -> None:
    """Serves until SIGTERM. address: host and port; port 0 takes a free one, which is printed."""
    store = Store(path)
    project_id = provision(store, accounts)
    store.close()

    def announce(arbiter) -> None:
        bound = arbiter.LISTENERS[0].sock.getsockname()[1]
        sys.stdout.write(f"listening http://{address[0]}:{bound} project={project_id}\n")
        sys.stdout.flush()

    is_controlled = os.environ.get("SANDBOX_CONTROL") == "1"

    def make_app():
        return throttled(create_app(path, domain, is_controlled), feed_bytes_per_second)

    _Server(make_app, address, announce).run()
