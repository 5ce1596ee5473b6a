"""Opening a Central: what is refused, in which words; and a session that lasts."""

import logging
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from bridge.client import check_access, open_client
from config.errors import OperatorError
from config.settings import Settings
from tests.fixtures.proxy import running_proxy

# As files/prebuild/write-version.sh of Central writes it.
VERSION_FILE = f"""versions:
{"a" * 40} (v2026.2.3)
 {"0" * 40} client (v2026.2.4)
 {"b" * 40} server (v2026.2.2)
"""
CERTIFICATES = Path(__file__).parent / "certificates"


def refused(settings: Settings, role: str = "reader") -> OperatorError:
    with pytest.raises(OperatorError) as error:
        with open_client(settings, role) as client:
            client.get_json(client.path("forms"))
    return error.value


def test_nobody_listens(central):
    error = refused(replace(central.settings, central_url="http://127.0.0.1:9"))
    assert error.code == "central-unreachable"
    assert "http://127.0.0.1:9" in error.message
    assert "CENTRAL_URL" in error.remedy


def test_a_name_that_does_not_exist(central):
    error = refused(replace(central.settings, central_url="http://central.invalid"))
    assert error.code == "central-unreachable"


def test_the_password_is_wrong(central):
    error = refused(replace(central.settings, central_password="not the password"))
    assert error.code == "central-login-refused"
    assert "CENTRAL_EMAIL and CENTRAL_PASSWORD" in error.message


def test_the_password_of_the_manager_is_wrong(central):
    error = refused(replace(central.settings, central_manager_password="no"), "manager")
    assert error.code == "central-login-refused"
    assert "CENTRAL_MANAGER_PASSWORD" in error.message


def test_the_project_does_not_exist(central):
    error = refused(replace(central.settings, central_project=99999))
    assert error.code == "central-project-unknown"
    assert "99999" in error.message


def test_a_form_that_is_missing_is_not_a_project_that_is_missing(reader):
    assert reader.find_json(reader.path("forms", "none")) is None
    with pytest.raises(OperatorError) as error:
        reader.get_json(reader.path("forms", "none"))
    assert error.value.code == "central-refused"


def test_the_viewer_may_not_write(reader):
    with pytest.raises(OperatorError) as error:
        reader.request("POST", reader.path("app-users"), json={"displayName": "x"})
    assert error.value.code == "central-forbidden"
    assert "Project Manager" in error.value.remedy


@pytest.mark.parametrize(
    ("missing", "code", "named"),
    [
        ("central_url", "central-not-set", "CENTRAL_URL"),
        ("central_project", "central-not-set", "CENTRAL_PROJECT"),
        ("central_password", "central-not-set", "CENTRAL_PASSWORD"),
        ("central_manager_email", "central-no-manager", "CENTRAL_MANAGER_EMAIL"),
        ("central_manager_password", "central-no-manager", "CENTRAL_MANAGER_PASSWORD"),
    ],
)
def test_a_setting_that_is_missing_is_named(missing, code, named):
    full = Settings(
        central_url="http://127.0.0.1:9",
        central_project=1,
        central_email="a@example.org",
        central_password="a",
        central_manager_email="b@example.org",
        central_manager_password="b",
    )
    role = "manager" if "manager" in missing else "reader"
    error = refused(replace(full, **{missing: None}), role)
    assert (error.code, named in error.message) == (code, True)


# -- certificates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("certificate", "authority", "reason"),
    [
        ("matching", None, "self-signed certificate"),
        ("other", "other", "IP address mismatch"),
        ("matching", "other", "self-signed certificate"),
    ],
)
def test_a_certificate_that_does_not_match_is_refused(central, certificate, authority, reason):
    with running_proxy(central.settings.central_url, pem(certificate)) as proxy:
        settings = replace(
            central.settings, central_url=proxy.url, central_ca_file=authority and pem(authority)
        )
        error = refused(settings)
        assert proxy.requests == []
    assert error.code == "central-certificate"
    assert reason in error.message
    assert "CENTRAL_CA_FILE" in error.remedy


def test_a_private_authority_is_trusted_when_it_is_named(central, monkeypatch):
    # requests would let this variable override the session's own choice.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem("other")))
    with running_proxy(central.settings.central_url, pem("matching")) as proxy:
        settings = replace(central.settings, central_url=proxy.url, central_ca_file=pem("matching"))
        with open_client(settings) as client:
            assert client.get_json(client.path())["id"] == settings.central_project


def test_an_authority_file_that_is_not_there_is_told(central):
    error = refused(replace(central.settings, central_ca_file=Path("/nowhere/ca.pem")))
    assert error.code == "setting-invalid"
    assert "CENTRAL_CA_FILE" in error.message


def test_a_server_without_tls_is_told_apart(central):
    plain = central.settings.central_url.replace("http://", "https://")
    error = refused(replace(central.settings, central_url=plain))
    assert error.code == "central-certificate"
    assert error.message.endswith("does not speak TLS.")


def pem(name: str) -> Path:
    return CERTIFICATES / f"{name}.pem"


# -- answers that are not Central's ----------------------------------------------------------------


def test_something_else_answers_there(central, proxy):
    proxy.fault = lambda path, answer: replace(
        answer, status=200, headers={"Content-Type": "text/html"}, body=b"<html>Sign in to WiFi"
    )
    error = refused(replace(central.settings, central_url=proxy.url))
    assert error.code == "central-not-central"


def test_half_a_json_answer_is_not_taken(proxied, proxy):
    proxy.fault = lambda path, answer: answer.cut(len(answer.body) - 1)
    with pytest.raises(OperatorError) as error:
        proxied.get_json(proxied.path())
    assert error.value.code == "answer-incomplete"


def test_a_fault_of_central_is_told_as_such(proxied, proxy):
    proxy.fault = lambda path, answer: replace(answer, status=500, body=b'{"message":"boom"}')
    with pytest.raises(OperatorError) as error:
        proxied.get_json(proxied.path())
    assert error.value.code == "central-fault"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_never_answers_is_left(monkeypatch, scheme):
    monkeypatch.setattr("bridge.http.READ_SECONDS", 0.3)
    monkeypatch.setattr("bridge.http.CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings = Settings(
            central_url=f"{scheme}://127.0.0.1:{deaf.getsockname()[1]}",
            central_project=1,
            central_email="a@example.org",
            central_password="a",
        )
        start = time.monotonic()
        assert refused(settings).code == "central-unreachable"
        assert time.monotonic() - start < 10


# -- the session -----------------------------------------------------------------------------------


def test_a_session_that_has_ended_is_renewed_once_in_the_middle_of_work(proxied, proxy):
    proxied.session.headers["Authorization"] = "Bearer " + "x" * 64
    assert proxied.get_json(proxied.path())["id"] == proxied.project
    logins = [request for request in proxy.requests if request == ("POST", "/v1/sessions")]
    assert len(logins) == 2
    assert proxied.pyodk.forms.list() is not None


def test_a_session_that_cannot_be_renewed_is_an_error_and_not_a_circle(proxied, proxy):
    proxy.fault = lambda path, answer: replace(answer, status=401, body=b"{}")
    with pytest.raises(OperatorError) as error:
        proxied.get_json(proxied.path())
    assert error.value.code == "central-login-refused"
    assert len(proxy.requests) == 3


def test_a_connection_that_is_dropped_is_tried_again_for_what_only_reads(proxied, proxy):
    turns = iter([True, True, False])
    proxy.fault = lambda path, answer: (
        replace(answer, ending="dropped") if next(turns, False) else answer
    )
    assert proxied.get_json(proxied.path())["id"] == proxied.project
    assert proxy.requests.count(("GET", f"/v1/projects/{proxied.project}")) == 3


def test_a_connection_that_is_dropped_is_not_tried_again_for_what_writes(proxied, proxy):
    before = len(proxy.requests)
    proxy.fault = lambda path, answer: replace(answer, ending="dropped")
    with pytest.raises(OperatorError) as error:
        proxied.request("POST", proxied.path("app-users"), json={"displayName": "x"})
    assert error.value.code == "central-unreachable"
    assert len(proxy.requests) == before + 1


def test_the_end_signs_out(central, proxy):
    with open_client(replace(central.settings, central_url=proxy.url)) as client:
        token = client.session.headers["Authorization"]
    assert proxy.requests[-1] == ("DELETE", "/v1/sessions/current")
    with central.reader() as other:
        answer = other.session.get("users/current", headers={"Authorization": token}, auth=_none)
    assert answer.status_code == 401


def _none(request):
    return request


def test_a_central_that_is_gone_does_not_keep_a_client_from_closing(central, proxy, caplog):
    with open_client(replace(central.settings, central_url=proxy.url)):
        proxy.fault = lambda path, answer: replace(answer, ending="dropped")
    assert "central-unreachable" in caplog.text


def test_a_client_belongs_to_one_thread(reader):
    faults = []

    def use():
        try:
            reader.get_json(reader.path())
        except RuntimeError as error:
            faults.append(str(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert "thread" in faults[0]


def test_nothing_secret_is_said_or_written(central, proxy, caplog, tmp_path, monkeypatch):
    # pyodk has looked up the home folder by now; these are what it reads at each use.
    for name in ("PYODK_CACHE_FILE", "PYODK_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("HOME", str(tmp_path))
    caplog.set_level(logging.DEBUG)
    settings = replace(central.settings, central_url=proxy.url)
    with open_client(settings) as client:
        token = client.session.headers["Authorization"].removeprefix("Bearer ")
        client.pyodk.projects.get(settings.central_project)
        with pytest.raises(OperatorError) as error:
            client.get_json(client.path("forms", "none"))
    said = " ".join([caplog.text, str(error.value), repr(client), repr(client.pyodk.config)])
    assert token not in said
    assert settings.central_password not in said
    assert list(tmp_path.rglob("*")) == []


# -- rights ----------------------------------------------------------------------------------------


def test_the_viewer_can_read_all_that_is_needed_and_no_more(reader):
    report = check_access(reader)
    assert report.role_names == ("Project Viewer",)
    assert not report.is_more_than_viewer
    assert not report.can_publish
    assert report.missing_verbs == ()


def test_the_manager_is_seen_to_be_more_than_a_viewer(manager):
    report = check_access(manager)
    assert report.is_more_than_viewer
    assert report.can_publish
    assert not report.is_administrator


@pytest.mark.parametrize(
    ("status", "text", "version"),
    [
        (200, VERSION_FILE, "v2026.2.2"),
        (200, "<!doctype html><title>ODK Central</title>", None),
        (404, "", None),
    ],
)
def test_the_release_is_that_of_the_server_in_centrals_own_file(
    reader, monkeypatch, status, text, version
):
    beside = requests.Response()
    beside.status_code, beside._content = status, text.encode()
    asked = reader.session.request

    def answered(method, url, *args, **kwargs):
        if url.endswith("/version.txt"):
            return beside
        return asked(method, url, *args, **kwargs)

    monkeypatch.setattr(reader.session, "request", answered)
    assert check_access(reader).version == version


@pytest.mark.parametrize("odd", [".", ".."])
def test_an_id_that_no_address_can_name_is_refused_and_not_asked_for(reader, odd):
    with pytest.raises(OperatorError) as error:
        reader.path("forms", "f", "submissions", odd, "versions")
    assert error.value.code == "central-id-unaddressable"
