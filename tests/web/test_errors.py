"""Pages for what cannot be given, in three languages, without a word from inside."""

from dataclasses import replace

import pytest

from config.errors import OperatorError
from processing.db.engine import open_engine
from processing.web.app import create_app
from processing.web.serve import serve
from tests.web.factories import NOW

LANGUAGES = ("ar", "ckb", "en")


def break_page(app, error: Exception) -> None:
    def broken():
        raise error

    broken.permission = app.view_functions["account.show_account"].permission
    app.view_functions["account.show_account"] = broken


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "method", "code"),
    [
        ("/language", "POST", 400),
        ("/nowhere", "GET", 404),
        ("/schools/none", "GET", 404),
        ("/schools", "DELETE", 405),
    ],
)
def test_a_refusal_has_a_page_in_the_readers_language(client_as, path, method, code, language):
    answer = client_as("ministry", language).open(path, method=method)
    assert answer.status_code == code
    assert f'<html lang="{language}"' in answer.text
    assert '<a href="/">' in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_is_not_for_the_role_says_so(client_as, language):
    answer = client_as("school_head", language).get("/jobs")
    assert answer.status_code == 403
    assert f'<html lang="{language}"' in answer.text


@pytest.mark.parametrize(
    "path",
    ["/schools/S%00", "/schools?q=%00", "/calls/T%00", "/entry/schools/S%00", "/conflicts/1/%00"],
)
def test_text_that_the_database_cannot_hold_is_no_fault_of_the_program(client_as, path):
    assert client_as("ministry").get(path).status_code == 400


def test_nor_is_it_in_a_form(client_as, token_of):
    client = client_as("ministry")
    data = {"csrf_token": token_of(client, "/account"), "language": "ar", "next": "/\0"}
    assert client.post("/language", data=data).status_code == 400
    data["next"] = "/schools"
    assert client.post("/language", data=data).status_code == 303


def test_a_request_that_is_too_long_is_refused(client_as):
    answer = client_as(None).post("/sign-in", data={"login": "x" * 100_000})
    assert answer.status_code == 413


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_shows_a_number_that_the_log_has_too(app, client_as, caplog, language):
    break_page(app, RuntimeError("a secret of the inside"))
    answer = client_as("ministry", language).get("/account")
    assert answer.status_code == 500
    assert "secret of the inside" not in answer.text
    number = answer.text.split("<code>")[1].split("</code>")[0]
    assert f"fault {number}" in caplog.text


@pytest.fixture
def without_database(database):
    """An application whose database does not answer."""
    url = "postgresql+psycopg2://nobody@127.0.0.1:1/none"
    settings = replace(database, database_url=url, database_web_url=None)
    engine = open_engine(settings, "web")
    yield create_app(settings, engine, clock=lambda: NOW)
    engine.dispose()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_database_that_is_down_gives_a_page_and_no_traceback(without_database, country, language):
    client = without_database.test_client()
    client.set_cookie("emis_language", language)
    with client.session_transaction() as session:
        session["user"] = 1
    answer = client.get("/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert f'<html lang="{language}"' in answer.text
    assert "psycopg2" not in answer.text


def test_signing_in_while_the_database_is_down_says_so(without_database, token_of):
    client = without_database.test_client()
    data = {"login": "a", "password": "b", "csrf_token": token_of(client, "/sign-in")}
    assert client.post("/sign-in", data=data).status_code == 503


def test_health_tells_whether_the_database_answers(app, without_database):
    healthy = app.test_client().get("/healthz")
    assert (healthy.status_code, healthy.json) == (200, {"status": "ok"})
    ill = without_database.test_client().get("/healthz")
    assert (ill.status_code, ill.json) == (503, {"status": "database-unreachable"})


@pytest.mark.parametrize("key", [None, "", "short"])
def test_without_a_secret_key_nothing_is_served(database, key):
    settings = replace(database, emis_secret_key=key)
    for start in (create_app, serve):
        with pytest.raises(OperatorError) as caught:
            start(settings)
        assert caught.value.code == "secret-key-missing"
