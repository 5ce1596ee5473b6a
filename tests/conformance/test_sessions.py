"""Signing in, and the ways in that are refused."""

import pytest
from requests import get, post

from tests.conformance.central_api import SECONDS, Api, refused, sign_in


def test_a_session_gives_a_token_for_24_hours(central):
    answer = post(
        f"{central.url}/v1/sessions",
        json={"email": central.email, "password": central.password},
        timeout=SECONDS,
    )
    session = answer.json()
    assert len(session["token"]) == 64
    assert session["createdAt"][11:] == session["expiresAt"][11:]  # the same time of day
    assert session["createdAt"][:10] < session["expiresAt"][:10]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"email": "nobody@example.org", "password": "x" * 12}, 401.2),
        ({"email": "nobody@example.org"}, 400.3),
        ({}, 400.3),
    ],
)
def test_a_wrong_sign_in_is_refused(central, body, code):
    answer = post(f"{central.url}/v1/sessions", json=body, timeout=SECONDS)
    assert refused(answer, code)


def test_wrong_password_is_refused(central):
    body = {"email": central.email, "password": central.password + "x"}
    assert refused(post(f"{central.url}/v1/sessions", json=body, timeout=SECONDS), 401.2)


def test_basic_authentication_needs_https(central):
    address = f"{central.url}/v1/projects"
    account = (central.email, central.password)
    assert refused(get(address, auth=account, timeout=SECONDS), 401.3)
    behind_tls = {"X-Forwarded-Proto": "https"}
    assert get(address, auth=account, headers=behind_tls, timeout=SECONDS).status_code == 200
    wrong = (central.email, "wrong")
    assert refused(get(address, auth=wrong, headers=behind_tls, timeout=SECONDS), 401.2)


def test_no_or_an_unknown_token_is_refused_without_a_challenge(central):
    for api in (Api(central.url), Api(central.url, token="x" * 64), Api(central.url, token="x")):
        answer = api.get("/projects")
        assert refused(answer, 401.2)
        assert "WWW-Authenticate" not in answer.headers


def test_current_user(central, admin):
    user = admin.json("/users/current")
    assert user["email"] == central.email
    assert user["type"] == "user"
    extended = admin.json("/users/current", headers={"X-Extended-Metadata": "true"})
    assert "project.create" in extended["verbs"]


def test_session_can_be_read_and_ended(central):
    api = sign_in(central.url, central.email, central.password)
    assert set(api.json("/sessions/restore")) == {"createdAt", "expiresAt"}
    assert api.delete(f"/sessions/{api.token}").json() == {"success": True}
    assert refused(api.get("/users/current"), 401.2)


def test_current_session_can_be_ended(central):
    api = sign_in(central.url, central.email, central.password)
    assert api.delete("/sessions/current").json() == {"success": True}
    assert refused(api.get("/users/current"), 401.2)


def test_ending_an_unknown_session_tells_nothing(admin):
    assert refused(admin.delete(f"/sessions/{'x' * 64}"), 403.1)


def test_an_address_without_or_with_another_version_is_refused(central):
    assert refused(get(f"{central.url}/projects", timeout=SECONDS), 404.2)
    assert refused(get(f"{central.url}/v2/projects", timeout=SECONDS), 404.3)


def test_unknown_address_is_404(admin):
    assert refused(admin.get("/nothing/here"), 404.1)


def test_broken_json_is_refused(admin):
    headers = {"Content-Type": "application/json"}
    assert refused(admin.post("/projects", data=b"{", headers=headers), 400.1)


def test_a_large_json_body_is_refused(admin):
    assert refused(admin.post("/projects", json={"name": "x" * 260_000}), 400.36)


def test_connection_goes_on_after_a_body_that_nobody_read(central, admin):
    stranger = Api(central.url)
    for size in (10, 1_000_000):
        body = b"x" * size
        assert refused(stranger.post("/projects/1/forms", data=body), 401.2)
        assert refused(stranger.post("/nothing/here", data=body), 404.1)
        assert refused(stranger.get("/projects"), 401.2)
    assert admin.get("/projects").status_code == 200
