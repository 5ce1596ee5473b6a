"""Signing in: its refusals first, then what a session is and how it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from processing.db.queries.users import disable_user, find_user, save_password
from processing.web.app import create_app
from processing.web.security import SESSION_SECONDS
from tests.web.factories import NOW, PASSWORD, add_account

REFUSED = 401
WORDS_OF_REFUSAL = "Login or password is not right"


@pytest.fixture
def sign_in(token_of):
    def send(client, login: str, password: str = PASSWORD, target: str = ""):
        token = token_of(client, "/sign-in")
        return client.post(
            "/sign-in",
            data={"login": login, "password": password, "next": target, "csrf_token": token},
        )

    return send


@pytest.fixture
def stranger(client_as):
    return client_as(None)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("ministry", "wrong password"),
        ("ministry", ""),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("ministry\x00", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("ministry", PASSWORD + "\x00"),
    ],
)
def test_a_refusal_does_not_say_what_was_wrong(stranger, sign_in, login, password):
    answer = sign_in(stranger, login, password)
    assert answer.status_code == REFUSED
    assert WORDS_OF_REFUSAL in answer.text
    assert stranger.get("/").status_code == 303


def test_a_disabled_account_is_refused(stranger, sign_in, country):
    with country.begin() as connection:
        add_account(connection, "analyst", login="left")
        disable_user(connection, "left")
    assert sign_in(stranger, "left").status_code == REFUSED


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language", "/account/password"])
def test_a_form_without_its_token_is_refused(client_as, path):
    answer = client_as("ministry").post(path, data={"login": "ministry", "password": PASSWORD})
    assert answer.status_code == 400
    assert "open for too long" in answer.text


def test_the_sixth_failure_within_a_minute_is_refused_even_with_the_right_password(
    stranger, sign_in
):
    for _ in range(5):
        assert sign_in(stranger, "ministry", "wrong password").status_code == REFUSED
    answer = sign_in(stranger, "ministry")
    assert answer.status_code == 429
    assert "Too many attempts" in answer.text
    assert sign_in(stranger, "analyst").status_code == 303  # another login is not held back


def test_right_passwords_are_not_counted(stranger, sign_in):
    for _ in range(8):
        assert sign_in(stranger, "ministry").status_code == 303
        stranger.delete_cookie("emis_session")


def test_two_web_hosts_count_together_in_valkey(
    database, country, web_engine, empty_valkey_url, sign_in
):
    settings = replace(database, redis_url=empty_valkey_url)
    hosts = [create_app(settings, web_engine, clock=lambda: NOW) for _ in range(2)]
    for at in range(5):
        assert sign_in(hosts[at % 2].test_client(), "ministry", "wrong").status_code == REFUSED
    assert [sign_in(host.test_client(), "ministry").status_code for host in hosts] == [429, 429]


def test_signing_in_goes_on_while_valkey_is_down(database, country, web_engine, sign_in):
    settings = replace(database, redis_url="redis://127.0.0.1:1/0")
    client = create_app(settings, web_engine, clock=lambda: NOW).test_client()
    assert sign_in(client, "ministry").status_code == 303


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "\\\\elsewhere",
     "javascript:alert(1)", "/\t/elsewhere.example", "schools", "/x\r\nSet-Cookie: a=b"],
)  # fmt: skip
def test_nobody_is_led_to_another_host(stranger, sign_in, target):
    assert sign_in(stranger, "ministry", target=target).location == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for(stranger, sign_in):
    asked = stranger.get("/schools?q=a&page=2")
    assert asked.location == "/sign-in?next=/schools?q%3Da%26page%3D2"
    assert sign_in(stranger, "Ministry ", target="/schools?q=a").location == "/schools?q=a"


def test_the_cookie_is_for_this_site_alone(database, country, web_engine, stranger, sign_in):
    cookie = session_cookie(sign_in(stranger, "ministry"))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    behind = create_app(replace(database, emis_behind_proxy=True), web_engine, clock=lambda: NOW)
    with behind.test_client() as client:
        answer = client.get(
            "/sign-in", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        )
    assert "Secure" in session_cookie(answer)
    assert answer.headers["Strict-Transport-Security"]


def session_cookie(answer) -> str:
    return next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("emis_session="))


def test_a_forged_cookie_is_nobody(stranger):
    stranger.set_cookie("emis_session", "eyJ1c2VyIjoxfQ.aaaa.bbbb")
    assert stranger.get("/").status_code == 303


def test_signing_out_ends_the_session(client_as, token_of):
    client = client_as("ministry")
    token = token_of(client, "/account")
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 303
    assert client.get("/").status_code == 303


def test_a_session_ends_after_its_hours(database, country, web_engine, client_as):
    client = client_as("ministry")
    assert client.get("/").status_code == 200
    later = NOW + timedelta(seconds=SESSION_SECONDS + 1)
    client.application.extensions["emis_clock"] = lambda: later
    assert client.get("/").status_code == 303


def test_disabling_an_account_ends_its_sessions(client_as, country):
    with country.begin() as connection:
        add_account(connection, "analyst", login="leaving")
    client = client_as("leaving")
    assert client.get("/").status_code == 200
    with country.begin() as connection:
        disable_user(connection, "leaving")
    assert client.get("/").status_code == 303


@pytest.fixture
def own_account(country, request):
    """An account for this test alone, so that its password may change."""
    login = request.node.name[-40:].strip("[]")
    with country.begin() as connection:
        add_account(connection, "analyst", login=login)
    return login


def change(client, token_of, present: str, new: str, again: str | None = None):
    return client.post(
        "/account/password",
        data={
            "password": present,
            "new_password": new,
            "new_password_again": new if again is None else again,
            "csrf_token": token_of(client, "/account"),
        },
    )


@pytest.mark.parametrize(
    ("present", "new", "again", "words"),
    [
        ("wrong", "a new long password", None, "present password is not right"),
        (PASSWORD, "short", None, "10 to 256 characters"),
        (PASSWORD, "x" * 257, None, "10 to 256 characters"),
        (PASSWORD, "a new long password", "another one", "differ"),
    ],
)
def test_a_new_password_is_refused(client_as, token_of, present, new, again, words):
    answer = change(client_as("analyst"), token_of, present, new, again)
    assert answer.status_code == 400
    assert words in answer.text


def test_a_new_password_ends_every_other_session(
    client_as, token_of, sign_in, stranger, own_account
):
    here, elsewhere = client_as(own_account), client_as(own_account)
    assert change(here, token_of, PASSWORD, "a new long password").status_code == 303
    assert "every other session" in here.get("/account").text.lower()
    assert elsewhere.get("/account").status_code == 303
    assert sign_in(stranger, own_account).status_code == REFUSED
    assert sign_in(stranger, own_account, "a new long password").status_code == 303


def test_a_handover_ends_every_session(client_as, country, own_account):
    client = client_as(own_account)
    with country.begin() as connection:
        save_password(connection, find_user(connection, own_account).user_id, "for the next head")
    assert client.get("/account").status_code == 303


def test_the_audit_trail_knows_who_tried_but_not_what_was_typed(stranger, sign_in, country):
    sign_in(stranger, "my secret password typed here", "x")
    sign_in(stranger, "help_desk")
    with country.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT actor, action FROM ops.audit_trail ORDER BY audit_id DESC LIMIT 2")
        ).all()
        account = find_user(connection, "help_desk")
    assert [tuple(row) for row in rows] == [
        ("help_desk", "sign_in"), ("unknown", "sign_in_refused"),
    ]  # fmt: skip
    assert account.last_seen_at == NOW


def test_the_hash_is_argon2id_and_stays_out_of_sight(country):
    with country.connect() as connection:
        account = find_user(connection, "ministry")
    assert account.password_hash.startswith("$argon2id$")
    assert "argon2" not in repr(account)
