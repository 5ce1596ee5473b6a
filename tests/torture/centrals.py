"""The Central that is tormented: a sandbox of our own, or the real one that the environment names.

Both get a project of their own with the torture's form, a viewer for the pullers and an account
for each writer; the real one's project is archived at the end and its accounts are deleted.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from tests.conformance.central_api import XML, Api
from tests.fixtures.hands import PREFIX, Hands, RealHands, SandboxHands
from tests.fixtures.sandbox_server import ADMIN, PASSWORD, SandboxServer
from tests.torture.form import write_version
from tests.torture.workload import WRITERS, Writer, signed_in

REAL = tuple(f"EMIS_TEST_CENTRAL_{name}" for name in ("URL", "EMAIL", "PASSWORD", "DATABASE_URL"))


@dataclass(frozen=True)
class Account:
    """An account of the torture's own."""

    email: str
    password: str = field(repr=False)
    actor_id: int


@dataclass
class Central:
    """Where it is, its accounts, and how it can be hurt. server: None where it is not ours."""

    url: str
    admin: Api = field(repr=False)
    hands: Hands
    project_id: int
    reader: Account
    writers: list[Account]
    server: SandboxServer | None

    def make_writers(self, seed: str) -> list[Writer]:
        return [
            Writer(
                number, seed, self.url, person.email, person.password, person.actor_id,
                self.project_id, self.hands,
            )
            for number, person in enumerate(self.writers)
        ]  # fmt: skip

    def kill(self) -> None:
        """SIGKILL in the midst of everything, and a new start on the same file and port."""
        self.server.stop(signal.SIGKILL)
        self.server.start()


def has_real() -> bool:
    return all(os.environ.get(name) for name in REAL)


@contextmanager
def open_central(kind: str, folder: Path) -> Iterator[Central]:
    """kind: `sandbox` or `real`."""
    with _sandbox(folder) if kind == "sandbox" else _real() as central:
        yield central


@contextmanager
def _sandbox(folder: Path) -> Iterator[Central]:
    server = SandboxServer(folder / "central.db")
    url = server.start()
    try:
        admin = signed_in(url, ADMIN, PASSWORD)
        yield _furnish(url, admin, SandboxHands(url, ADMIN, PASSWORD), server)
    finally:
        server.stop()


@contextmanager
def _real() -> Iterator[Central]:
    url, email, password, database_url = (os.environ[name] for name in REAL)
    admin = signed_in(url, email, password)
    central = _furnish(url, admin, RealHands(database_url), None)
    try:
        yield central
    finally:
        for person in (central.reader, *central.writers):
            admin.delete(f"/users/{person.actor_id}")
        admin.patch(f"/projects/{central.project_id}", json={"archived": True})


def _furnish(url: str, admin: Api, hands: Hands, server: SandboxServer | None) -> Central:
    project_id = admin.post("/projects", json={"name": f"{PREFIX}{token_hex(4)}"}).json()["id"]
    xml = write_version(1).encode()
    params = {"publish": "true", "ignoreWarnings": "true"}
    made = admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML, params=params)
    assert made.status_code == 200, made.text
    reader = _make_account(admin, project_id, "viewer")
    writers = [_make_account(admin, project_id, "manager") for _ in range(WRITERS)]
    return Central(url, admin, hands, project_id, reader, writers, server)


def _make_account(admin: Api, project_id: int, role: str) -> Account:
    email, password = f"{PREFIX}{token_hex(6)}@example.org", token_hex(12)
    made = admin.post("/users", json={"email": email, "password": password})
    assert made.status_code == 200, made.text
    actor_id = made.json()["id"]
    given = admin.post(f"/projects/{project_id}/assignments/{role}/{actor_id}")
    assert given.status_code == 200, given.text
    return Account(email, password, actor_id)
