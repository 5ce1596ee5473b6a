"""The application on a small country, and clients signed in as each role."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from config.settings import Settings
from processing.db.engine import open_engine
from processing.db.queries.users import find_user
from processing.web.app import create_app
from tests.fixtures.chromium import open_browser
from tests.web.entries import PAGE, add_books, parts
from tests.web.factories import NOW, PASSWORD, fill_country
from tests.web.server import running_server


@pytest.fixture(scope="module")
def worker_engine(database: Settings) -> Iterator[sa.Engine]:
    engine = open_engine(database, "worker")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def country(worker_engine: sa.Engine) -> sa.Engine:
    """The module's database, filled; the worker's engine to add more."""
    with worker_engine.begin() as connection:
        fill_country(connection)
    return worker_engine


@pytest.fixture(scope="module")
def web_engine(database: Settings) -> Iterator[sa.Engine]:
    engine = open_engine(database, "web")
    yield engine
    engine.dispose()


@pytest.fixture
def app(database: Settings, country: sa.Engine, web_engine: sa.Engine) -> Flask:
    """A new application, so that counts of attempts begin at zero."""
    settings = replace(database, central_name="central", central_project=1)
    return create_app(settings, web_engine, clock=lambda: NOW)


@pytest.fixture
def client_as(app: Flask, country: sa.Engine) -> Callable[..., FlaskClient]:
    """`client_as("ministry", "ar")`: a client with that account's session and language."""

    def make(login: str | None, language: str = "en") -> FlaskClient:
        client = app.test_client()
        client.set_cookie("emis_language", language)
        if login is None:
            return client
        with country.begin() as connection:
            account = find_user(connection, login)
            connection.execute(
                sa.text("UPDATE ops.user_account SET language = :language WHERE login = :login"),
                {"language": language, "login": login},
            )
        with client.session_transaction() as session:
            session["user"] = account.user_id
            session["epoch"] = account.session_epoch
            session["since"] = int(NOW.timestamp())
        return client

    return make


@pytest.fixture
def token_of() -> Callable[[FlaskClient, str], str]:
    """The CSRF token of the form on a page."""

    def find(client: FlaskClient, path: str) -> str:
        page = client.get(path).get_data(as_text=True)
        return page.split('name="csrf_token" value="')[1].split('"')[0]

    return find


@pytest.fixture(scope="module")
def books(country):
    with country.begin() as connection:
        add_books(connection)
    return country


@pytest.fixture
def enter(client_as, token_of):
    """Post as a department; returns the answer's status and what it says."""

    def post(xml: bytes, *files, path: str = PAGE, login: str = "department", **changed):
        client = client_as(login)
        token = token_of(client, "/entry/schools")
        answer = client.post(path, data=parts(xml, token, *files, **changed))
        said = answer.get_json(silent=True) or {}
        return answer.status_code, said.get("fault") or said.get("next") or ""

    return post


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(ministry) -> Iterator[str]:
    """Where the pages of the module's ministry are (tests/web/ministry.py)."""
    with running_server(ministry.settings) as (_, address):
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A department's page; anything in its console fails, and so does any other host."""
    context = browser.new_context(base_url=address, locale="ar-IQ")
    faults, asked = [], []
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/sign-in")
    page.fill("#login", "department")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_load_state()
    yield page
    context.close()
    assert faults == []
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
