"""Cases 21, 22, 28 and 31: answers that end early, sessions that end, sockets, limits."""

import csv
import datetime as dt
import http.client
import io
import json
import socket
import time
from contextlib import closing
from urllib.parse import quote, urlsplit

import pytest
import requests

from bridge.client import CentralClient
from bridge.feed import Feed
from bridge.http import CentralSession
from bridge.terms import Terms
from tests.conformance.cases.table import needs
from tests.conformance.central_api import Api, new_id, refused, sign_in
from tests.conformance.xforms import fill
from tests.fixtures.sandbox_server import PASSWORD

IDLE_S = 5
SILENCE_S = 0.5
# More than the sockets of both sides hold.
LARGE_ROWS, ROW_BYTES, SOCKET_BYTES = 160, 64_000, 65_536


@pytest.fixture
def thirty(form):
    """A form with thirty submissions."""
    for number in range(30):
        form.add(fill(form.form_id, "1", new_id(), f"<name>n{number}</name>"))
    return form


@pytest.fixture
def through(proxy, admin):
    """The administrator, but through the fault proxy."""
    return Api(proxy.url, admin.token)


def _cut_at(body: bytes, place: str) -> int:
    """A byte in the middle of a row, or between two rows."""
    middle = body.index(b'"__system"', len(body) // 2)
    return middle + 5 if place == "in a row" else body.index(b'},{"name"', middle) + 1


@needs("proxy")
@pytest.mark.parametrize("ending", ["reset", "unfinished"])
def test_21_a_connection_that_breaks_is_an_error(thirty, proxy, through, ending):
    proxy.on_data(lambda answer: answer.cut(len(answer.body) // 2, ending))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        through.get(thirty.feed)


@needs("proxy")
@pytest.mark.parametrize("place", ["in a row", "between rows"])
def test_21_a_body_that_ends_early_and_cleanly_is_no_json(thirty, proxy, through, place):
    proxy.on_data(lambda answer: answer.cut(_cut_at(answer.body, place)))
    answer = through.get(thirty.feed)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


@needs("proxy")
def test_21_a_csv_that_ends_early_after_a_row_looks_whole(thirty, proxy, through):
    def cut(path, answer):
        lines = answer.body.splitlines(keepends=True)
        return answer.cut(len(b"".join(lines[:11]))) if path.endswith(".csv") else answer

    proxy.fault = cut
    answer = through.get(f"{thirty.path}/submissions.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert (answer.status_code, len(rows)) == (200, 10)
    assert all(row["KEY"] for row in rows)


@needs("proxy")
def test_21_silence_and_then_the_end_is_an_error(thirty, proxy, through):
    proxy.on_data(lambda answer: answer.cut(len(answer.body) // 2, "stalled", SILENCE_S))
    begun = time.monotonic()
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        through.get(thirty.feed)
    assert time.monotonic() - begun >= SILENCE_S


@needs("database")
def test_22_a_session_ends_though_it_is_used_and_a_running_answer_does_not(
    make_user, central, form, hands
):
    for _ in range(LARGE_ROWS):
        form.add(fill(form.form_id, "1", new_id(), f"<name>{'x' * ROW_BYTES}</name>"))
    person = make_user("viewer")
    user = person.json("/users/current")
    before = person.json("/sessions/restore")["expiresAt"]
    for _ in range(3):
        person.json(form.path)
    assert person.json("/sessions/restore")["expiresAt"] == before
    with closing(_begun(person, form.feed)) as running:
        hands.expire_sessions(user["id"])
        assert refused(person.get("/users/current"), 401.2)
        assert len(json.loads(running.getresponse().read())["value"]) == LARGE_ROWS
    again = sign_in(central.url, user["email"], PASSWORD)
    assert again.json("/users/current")["email"] == user["email"]


def _begun(api: Api, path: str) -> http.client.HTTPConnection:
    """A connection on which an answer has begun that nobody reads yet: most of it is not sent."""
    place = urlsplit(api.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    connection.sock = socket.socket()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
    connection.sock.settimeout(60)
    connection.sock.connect((place.hostname, place.port))
    connection.request("GET", f"/v1{quote(path)}", headers={"Authorization": f"Bearer {api.token}"})
    assert connection.sock.recv(1, socket.MSG_PEEK)
    return connection


@needs("api")
def test_28_an_idle_connection_is_closed_after_five_seconds(central, admin):
    connection = http.client.HTTPConnection(urlsplit(central.url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {admin.token}"}
    for wait in (0, 1):
        time.sleep(wait)
        connection.request("GET", "/v1/projects", headers=headers)
        assert connection.getresponse().read()
    assert connection.sock is not None
    connection.sock.settimeout(IDLE_S * 4)
    begun = time.monotonic()
    assert connection.sock.recv(1) == b""
    assert IDLE_S - 1 <= time.monotonic() - begun <= IDLE_S * 3
    connection.close()


@needs("api")
def test_28_an_address_of_more_than_16_kb_is_431(form):
    long = form.api.get(form.feed, params={"$filter": f"__id eq '{'x' * 17_000}'"})
    assert long.status_code == 431
    short = form.api.get(form.feed, params={"$filter": f"__id eq '{'x' * 12_000}'"})
    assert short.status_code == 200


@needs("proxy")
def test_28_more_than_100_mb_is_413_where_a_proxy_of_centrals_kind_stands_before(
    form, proxy, through
):
    proxy.max_body = 100
    answer = through.post(f"{form.path}/submissions", data=b"x" * 101)
    assert answer.status_code == 413


@needs("api")
def test_28_an_unknown_cursor_of_a_repeat_is_refused_where_that_of_the_table_is_not(make_form):
    form = make_form([("kids", [("kname", "string")])])
    form.add(fill(form.form_id, "1", new_id(), "<kids><kname>a</kname></kids>" * 3))
    table = f"{form.path}.svc/Submissions.kids"
    link = form.api.json(table, params={"$top": "1"})["@odata.nextLink"]
    token = "01" + "eyJyZXBlYXRJZCI6Im5vbmUifQ=="  # {"repeatId":"none"}
    assert form.api.follow(link).status_code == 200
    params = {"$top": "1", "$skiptoken": token}
    assert refused(Api(form.api.url, form.api.token).get(table, params=params), 400.34)


@needs("api")
def test_28_after_a_400_in_mid_stream_the_kept_connection_ends(make_form, central, admin):
    form = make_form([("kids", [("kname", "string")])])
    form.add(fill(form.form_id, "1", new_id(), "<kids><kname>a</kname></kids>" * 3))
    unknown = quote("01" + "eyJyZXBlYXRJZCI6Im5vbmUifQ==")  # {"repeatId":"none"}
    asked = f"/v1{form.path}.svc/Submissions.kids?$top=1&$skiptoken={unknown}"
    for path, ends in ((f"/v1{form.feed}?$filter=(", False), (asked, True)):
        with closing(http.client.HTTPConnection(urlsplit(central.url).netloc, timeout=3)) as kept:
            kept.request("GET", path, headers={"Authorization": f"Bearer {admin.token}"})
            answer = kept.getresponse()
            assert (answer.status, bool(answer.read())) == (400, True)
            assert answer.getheader("Connection") == "keep-alive"
            assert _is_ended(kept.sock) is ends


def _is_ended(connection: socket.socket) -> bool:
    """Has the other side closed it, rather than kept it for the next question?"""
    connection.settimeout(IDLE_S / 2)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


@needs("database", sandbox_only=True)
def test_31_a_page_limit_that_nobody_asked_for_shows_as_a_link_and_is_followed(
    thirty, central, hands, tmp_path
):
    if not central.is_sandbox:
        pytest.skip("no Central that is released limits unasked")
    hands.set_page_limit(7)
    try:
        body = thirty.api.json(thirty.feed)
        assert len(body["value"]) == 7
        assert "@odata.nextLink" in body
        session = CentralSession(central.url, central.email, central.password)
        client = CentralClient(
            session, "test", thirty.project_id, (central.email, central.password)
        )
        session.auth.login()
        read = _read_all(client, thirty.form_id, tmp_path)
        client.close()
    finally:
        hands.set_page_limit(None)
    assert len(read) == 30


def _read_all(client: CentralClient, form_id: str, folder) -> set[str]:
    terms = Terms(folder, dt.datetime.now(dt.UTC))
    return {row.instance_id for row in Feed(client, form_id, terms).read_all()}
