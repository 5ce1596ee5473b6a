"""Each test of the bridge that speaks to a Central runs against the sandbox and a real one.

EMIS_TEST_CENTRAL_URL, _EMAIL, _PASSWORD name the real one, with an administrator's account; where
they are not set, those runs are skipped. Everything there happens in projects of its own, named
emis-test-…, which are archived at the end, with two accounts that are deleted.
"""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
import requests

from bridge.changes import FormKey
from bridge.client import CentralClient, open_client
from bridge.compile import CompiledForm, compile_form
from bridge.publish import publish_form
from config.settings import Settings
from tests.bridge.clocks import RealClocks, SandboxClocks
from tests.bridge.plain_mirror import PlainMirror
from tests.bridge.workbooks import write_xlsform
from tests.fixtures.hands import Hands, RealHands, SandboxHands
from tests.fixtures.proxy import running_proxy
from tests.fixtures.sandbox_server import ADMIN, PASSWORD, SandboxServer

REAL = ("EMIS_TEST_CENTRAL_URL", "EMIS_TEST_CENTRAL_EMAIL", "EMIS_TEST_CENTRAL_PASSWORD")
DATABASE = "EMIS_TEST_CENTRAL_DATABASE_URL"
WARD = """
    type      | name | label
    text      | name | Name
    integer   | age  | Age
    begin repeat | kids | Kids
    text      | kid  | Kid
    end repeat |      |
"""


@dataclass
class Central:
    """A Central under test: `settings` hold a viewer and a manager of an empty project.

    hands, clocks: what only a test may do; None at a real Central whose database is not named.
    """

    settings: Settings
    kind: str
    admin: tuple[str, str]
    hands: Hands | None = None
    clocks: SandboxClocks | RealClocks | None = None

    def reader(self):
        return open_client(self.settings)

    def manager(self):
        return open_client(self.settings, "manager")

    def administrator(self):
        email, password = self.admin
        return open_client(replace(self.settings, central_email=email, central_password=password))


@pytest.fixture(scope="module", params=["sandbox", "real"])
def central(request, tmp_path_factory) -> Iterator[Central]:
    if request.param == "sandbox":
        with _sandbox(tmp_path_factory.mktemp("sandbox") / "central.db") as found:
            yield found
        return
    if not all(os.environ.get(name) for name in REAL):
        pytest.skip("EMIS_TEST_CENTRAL_URL, _EMAIL and _PASSWORD name no real Central")
    with _real_project() as settings:
        yield _real(settings)


@pytest.fixture
def hands(central) -> Hands:
    """Skips the test where nobody can reach behind the API."""
    if central.hands is None:
        pytest.skip(f"{DATABASE} does not name the database of the real Central")
    return central.hands


@contextmanager
def _sandbox(file: Path) -> Iterator[Central]:
    server = SandboxServer(file)
    server.start()
    yield sandbox_central(server)
    server.stop()


def sandbox_central(server: SandboxServer) -> Central:
    """A sandbox that runs, as a Central under test."""
    settings = Settings(
        central_url=server.url,
        central_name="sandbox",
        central_project=1,
        central_email="reader@example.org",
        central_password=PASSWORD,
        central_manager_email="manager@example.org",
        central_manager_password=PASSWORD,
    )
    hands = SandboxHands(server.url, ADMIN, PASSWORD)
    return Central(settings, "sandbox", (ADMIN, PASSWORD), hands, SandboxClocks(server.file))


def _real(settings: Settings) -> Central:
    admin, database = (os.environ[REAL[1]], os.environ[REAL[2]]), os.environ.get(DATABASE)
    if not database:
        return Central(settings, "real", admin)
    clocks = RealClocks(settings.central_project)
    return Central(settings, "real", admin, RealHands(database), clocks)


@pytest.fixture
def reader(central) -> Iterator[CentralClient]:
    with central.reader() as client:
        yield client


@pytest.fixture
def manager(central) -> Iterator[CentralClient]:
    with central.manager() as client:
        yield client


@pytest.fixture
def proxy(central):
    """A proxy in front of the Central under test; `proxied` opens clients through it."""
    with running_proxy(central.settings.central_url) as running:
        yield running


@pytest.fixture
def proxied(central, proxy) -> Iterator[CentralClient]:
    with open_client(replace(central.settings, central_url=proxy.url)) as client:
        yield client


@pytest.fixture
def ward(manager, tmp_path) -> "Form":
    """A small form with a repeat, newly published under an id of its own."""
    return publish_ward(manager, tmp_path)


def publish_ward(manager, folder: Path, form_id: str = "", survey: str = WARD) -> "Form":
    form_id = form_id or f"ward_{uuid.uuid4().hex[:8]}"
    result = publish_form(manager, compiled_ward(form_id, survey), folder)
    record = manager.get_json(manager.path("forms", form_id))
    key = FormKey(manager.name, manager.project, form_id, record["createdAt"])
    return Form(manager, key, result.version, folder)


def compiled_ward(form_id: str, survey: str = WARD) -> CompiledForm:
    """The ward form under an id of its own; converted and checked once, since Java takes time."""
    compiled = _compile_once(survey)
    xform = compiled.xform.replace('id="ward"', f'id="{form_id}"')
    return replace(compiled, form_id=form_id, xform=xform)


@cache
def _compile_once(survey: str) -> CompiledForm:
    with tempfile.TemporaryDirectory() as folder:
        return compile_form(write_xlsform(Path(folder) / "ward.xlsx", survey=survey))


@dataclass
class Form:
    """A published form, and what a tablet and an officer do with it."""

    manager: CentralClient
    key: FormKey
    version: str
    folder: Path

    @property
    def id(self) -> str:
        return self.key.form_id

    def xml(self, instance_id: str, name: str = "Ada", meta: str = "", kids: str = "") -> bytes:
        instance = f"<instanceID>{instance_id}</instanceID>" if instance_id else ""
        return (
            f'<data id="{self.id}" version="{self.version}"><name>{name}</name><age>7</age>{kids}'
            f"<meta>{instance}{meta}</meta></data>"
        ).encode()

    def send(self, instance_id: str = "", **answers) -> str:
        """Sends a submission; returns the instance id that Central knows it by."""
        return self._post("POST", (), self.xml(instance_id, **answers))["instanceId"]

    def edit(self, root_id: str, old_id: str, new_id: str, name: str) -> None:
        xml = self.xml(new_id, name, meta=f"<deprecatedID>{old_id}</deprecatedID>")
        self._post("PUT", (root_id,), xml)

    def delete(self, instance_id: str) -> None:
        self.manager.request("DELETE", self.path(instance_id))

    def restore(self, instance_id: str) -> None:
        self.manager.request("POST", self.path(instance_id, "restore"))

    def path(self, *parts: str) -> str:
        return self.manager.path("forms", self.id, "submissions", *parts)

    def mirror(self) -> PlainMirror:
        """A mirror of this form, empty."""
        return PlainMirror(self.id, self.folder / "spool")

    def _post(self, method: str, parts: tuple, xml: bytes) -> dict:
        headers = {"Content-Type": "application/xml"}
        return self.manager.request(method, self.path(*parts), data=xml, headers=headers).json()


@contextmanager
def _real_project() -> Iterator[Settings]:
    url, email, password = (os.environ[name] for name in REAL)
    with requests.Session() as admin:
        admin.trust_env = False
        call = _caller(admin, url)
        token = call("POST", "sessions", json={"email": email, "password": password})["token"]
        admin.headers["Authorization"] = f"Bearer {token}"
        admin.cookies.clear()
        name = f"emis-test-{uuid.uuid4().hex[:8]}"
        project = call("POST", "projects", json={"name": name})["id"]
        users = [_make_user(call, project, name, role) for role in ("viewer", "manager")]
        yield Settings(
            central_url=url,
            central_project=project,
            central_email=users[0]["email"],
            central_password=users[0]["password"],
            central_manager_email=users[1]["email"],
            central_manager_password=users[1]["password"],
        )
        for user in users:
            call("DELETE", f"users/{user['id']}")
        call("PATCH", f"projects/{project}", json={"archived": True})
        call("DELETE", "sessions/current")


def _caller(admin: requests.Session, url: str):
    def call(method: str, path: str, **kwargs) -> dict:
        answer = admin.request(method, f"{url}/v1/{path}", timeout=60, **kwargs)
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer.json()

    return call


def _make_user(call, project: int, name: str, role: str) -> dict:
    account = {"email": f"{name}-{role}@example.org", "password": uuid.uuid4().hex}
    made = call("POST", "users", json=account)
    call("POST", f"projects/{project}/assignments/{role}/{made['id']}")
    return account | {"id": made["id"]}
