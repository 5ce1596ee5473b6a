"""The Centrals to test: a sandbox of our own, and the real one that EMIS_TEST_CENTRAL_URL names.

The sandbox runs as a real server process on a free port. Everything happens in a project that
the tests make themselves and archive at the end; a project of another name is refused.
"""

import os
from dataclasses import dataclass
from secrets import token_hex

import pytest

from tests.conformance.central_api import XML, Api, Form, sign_in
from tests.conformance.xforms import SIMPLE, write_form
from tests.fixtures.hands import PREFIX, Hands, RealHands, SandboxHands
from tests.fixtures.proxy import running_proxy
from tests.fixtures.sandbox_server import ADMIN, PASSWORD, SandboxServer

CENTRALS = ("sandbox", "real") if os.environ.get("EMIS_TEST_CENTRAL_URL") else ("sandbox",)


@dataclass(frozen=True)
class Central:
    """Where Central is and who may do everything there."""

    url: str
    email: str
    password: str
    is_sandbox: bool


@pytest.fixture(scope="session", params=CENTRALS)
def central(request, tmp_path_factory):
    if request.param == "real":
        yield Central(
            os.environ["EMIS_TEST_CENTRAL_URL"].rstrip("/"),
            os.environ["EMIS_TEST_CENTRAL_EMAIL"],
            os.environ["EMIS_TEST_CENTRAL_PASSWORD"],
            is_sandbox=False,
        )
        return
    server = SandboxServer(tmp_path_factory.mktemp("sandbox") / "central.db")
    yield Central(server.start(), ADMIN, PASSWORD, is_sandbox=True)
    server.stop()


@pytest.fixture(scope="session")
def hands(central) -> Hands:
    """What no account may do there; skipped where a real Central's database is not named."""
    if central.is_sandbox:
        return SandboxHands(central.url, central.email, central.password)
    database_url = os.environ.get("EMIS_TEST_CENTRAL_DATABASE_URL")
    if not database_url:
        pytest.skip("EMIS_TEST_CENTRAL_DATABASE_URL does not name the Central's database")
    return RealHands(database_url)


@pytest.fixture
def proxy(central):
    """The fault proxy in front of the Central under test."""
    with running_proxy(central.url) as running:
        yield running


@pytest.fixture(scope="session")
def admin(central) -> Api:
    return sign_in(central.url, central.email, central.password)


@pytest.fixture(scope="module")
def project_id(admin):
    """A project of this module's own, archived at the end."""
    made = admin.post("/projects", json={"name": f"{PREFIX}{token_hex(4)}"}).json()
    require_own(admin, made["id"])
    yield made["id"]
    require_own(admin, made["id"])
    assert admin.patch(f"/projects/{made['id']}", json={"archived": True}).status_code == 200


def require_own(admin: Api, project_id: int) -> None:
    """These tests never touch a project that they did not make."""
    name = admin.json(f"/projects/{project_id}")["name"]
    assert name.startswith(PREFIX), f"project {project_id} was not made by these tests"


@pytest.fixture(scope="module")
def make_user(central, admin, project_id):
    """make_user(role) signs in a new account that has the role on the test's project."""
    made = []

    def make(role: str | None) -> Api:
        email = f"{PREFIX}{token_hex(4)}@example.org"
        account = {"email": email, "password": PASSWORD}
        user_id = admin.post("/users", json=account).json()["id"]
        made.append(user_id)
        if role:
            given = admin.post(f"/projects/{project_id}/assignments/{role}/{user_id}")
            assert given.status_code == 200, given.text
        return sign_in(central.url, email, PASSWORD)

    yield make
    for user_id in made:
        assert admin.delete(f"/users/{user_id}").status_code == 200


@pytest.fixture(scope="module")
def viewer(make_user) -> Api:
    return make_user("viewer")


@pytest.fixture(scope="module")
def manager(make_user) -> Api:
    return make_user("manager")


@pytest.fixture
def make_form(admin, project_id):
    """make_form(fields, version="1") publishes a form of a name of its own."""

    def make(fields=SIMPLE, version="1", form_id=None, xml=None, **given) -> Form:
        form_id = form_id or f"form_{token_hex(4)}"
        xml = xml or write_form(form_id, version, fields, **given)
        response = admin.post(
            f"/projects/{project_id}/forms",
            data=xml.encode(),
            headers=XML,
            params={"publish": "true", "ignoreWarnings": "true"},
        )
        assert response.status_code == 200, response.text
        return Form(admin, project_id, form_id)

    return make


@pytest.fixture
def form(make_form) -> Form:
    """A published form with a name (text) and an age (integer)."""
    return make_form()


@pytest.fixture
def make_app_user(admin, central, project_id):
    """make_app_user(form, …, properties=None) gives (the caller with its key, its id)."""

    def make(*forms: Form, properties: dict | None = None) -> tuple[Api, int]:
        body = {"displayName": "tablet"} | ({"properties": properties} if properties else {})
        made = admin.post(f"/projects/{project_id}/app-users", json=body).json()
        for each in forms:
            path = f"{each.path}/assignments/app-user/{made['id']}"
            assert admin.post(path).status_code == 200
        return Api(central.url, key=made["token"]), made["id"]

    return make


@pytest.fixture
def sandbox_server(tmp_path):
    """A sandbox of the test's own, which it may stop and start."""
    server = SandboxServer(tmp_path / "central.db")
    server.start()
    yield server
    if server.process.poll() is None:
        server.stop()
    server.process.stdout.close()
