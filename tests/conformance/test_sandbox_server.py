"""What the sandbox promises as a server: its file survives, its log is silent, it stops in order.

These run against the sandbox alone; a real Central is not ours to stop.
"""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import requests

from bridge.sandbox.app import CONNECTIONS, MAX_BODY_BYTES
from bridge.simulation import TRAINING_MARK
from tests.conformance.central_api import SECONDS, XML, Api, Form, sign_in
from tests.conformance.xforms import SIMPLE, fill, write_form
from tests.fixtures.hands import SandboxHands
from tests.fixtures.sandbox_server import ADMIN, DOMAIN, PASSWORD, ROOT, SandboxServer


def _open(server) -> Form:
    admin = sign_in(server.url, ADMIN, PASSWORD)
    form = Form(admin, 1, "kept")
    if admin.get(form.path).status_code == 404:
        xml = write_form("kept", "1", SIMPLE)
        admin.post("/projects/1/forms?publish=true", data=xml, headers=XML)
    return form


def test_new_file_has_a_marked_project_and_its_accounts(sandbox_server):
    for role, may in (("reader", False), ("manager", True)):
        api = sign_in(sandbox_server.url, f"{role}@example.org", PASSWORD)
        (project,) = api.json("/projects")
        assert (project["id"], project["name"]) == (1, "EMIS training")
        assert TRAINING_MARK in project["description"]
        made = api.post("/projects/1/app-users", json={"displayName": "t"})
        assert (made.status_code == 200) is may


def test_more_than_100_mb_is_413_before_any_of_it_is_read(sandbox_server):
    """As the nginx does that is installed with Central; central.md, case 28."""
    form = _open(sandbox_server)
    assert _status_before_the_body(form, MAX_BODY_BYTES + 1) == 413
    assert _status_before_the_body(form, MAX_BODY_BYTES) is None
    assert form.api.get(form.path).status_code == 200


def _status_before_the_body(form: Form, size: int) -> int | None:
    """What a submission of this size is answered with before any of it is sent, if anything."""
    host = form.api.url.removeprefix("http://")
    with closing(http.client.HTTPConnection(host, timeout=2)) as connection:
        connection.putrequest("POST", f"/v1{form.path}/submissions")
        for name, value in (XML | {"Authorization": f"Bearer {form.api.token}"}).items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        try:
            return connection.getresponse().status
        except TimeoutError:
            return None


def test_everything_is_there_after_a_restart(sandbox_server):
    form = _open(sandbox_server)
    first = form.add(fill("kept", "1", None, "<name>Ada</name><age>7</age>"))
    form.api.patch(form.at(first), json={"reviewState": "approved"})
    rows, tag = form.rows(expand="*"), form.tag()
    token = form.api.token
    assert sandbox_server.stop() == 0
    sandbox_server.start()
    again = Form(Api(sandbox_server.url, token), 1, "kept")  # the session lives on too
    assert again.rows(expand="*") == rows
    assert again.tag() == tag


def test_no_answered_submission_is_lost_by_a_kill(sandbox_server):
    form = _open(sandbox_server)
    answered = []

    def send() -> None:
        api = Api(sandbox_server.url, form.api.token)
        own = Form(api, 1, "kept")
        for _ in range(10_000):
            try:
                answered.append(own.add(fill("kept", "1", None, "<name>Ada</name>")))
            except requests.RequestException:
                return

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    time.sleep(1.0)
    sandbox_server.stop(signal.SIGKILL)
    for sender in senders:
        sender.join()
    sandbox_server.start()
    kept = _open(sandbox_server)
    rows = kept.rows()
    ids = [row["__id"] for row in rows]
    assert len(answered) > 20
    assert set(answered) <= set(ids)
    assert len(ids) == len(set(ids))
    assert len(ids) - len(answered) <= len(senders)  # saved, but killed before the answer
    assert all(row["name"] == "Ada" for row in rows)


def test_running_answer_is_completed_when_the_server_stops(sandbox_server):
    form = _open(sandbox_server)
    long_name = "x" * 200_000
    for _ in range(60):
        form.add(fill("kept", "1", None, f"<name>{long_name}</name>"))
    headers = {"Authorization": f"Bearer {form.api.token}"}
    address = f"{sandbox_server.url}/v1{form.feed}"
    with requests.get(address, headers=headers, stream=True, timeout=SECONDS) as answer:
        pieces = answer.iter_content(65536)
        received = len(next(pieces))
        sandbox_server.process.send_signal(signal.SIGTERM)
        for piece in pieces:
            received += len(piece)
            last = piece
    assert received > 60 * 200_000
    assert last.endswith(b'$metadata#Submissions"}')
    assert sandbox_server.process.wait(40) == 0


def test_links_carry_the_configured_domain(sandbox_server):
    form = _open(sandbox_server)
    for _ in range(2):
        form.add(fill("kept", "1", None, ""))
    body = form.api.json(form.feed, params={"$top": "1"})
    assert body["@odata.nextLink"].startswith(f"{DOMAIN}/v1/projects/1/")
    assert body["@odata.context"].startswith(f"{DOMAIN}/v1/projects/1/")


def test_it_listens_where_tablets_reach_it(tmp_path):
    server = SandboxServer(tmp_path / "central.db", host="127.0.0.2")
    assert server.start().startswith("http://127.0.0.2:")
    api = sign_in(server.url, "reader@example.org", PASSWORD)
    assert [project["id"] for project in api.json("/projects")] == [1]
    assert server.stop() == 0


def test_connection_is_kept_and_closed_when_idle(sandbox_server):

    host, port = sandbox_server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=SECONDS)
    for _ in range(2):
        connection.request("GET", "/v1/projects")
        answer = connection.getresponse()
        assert (answer.version, answer.status) == (11, 401)
        answer.read()
    sock = connection.sock
    assert sock is not None
    sock.settimeout(15)
    assert sock.recv(1) == b""  # closed by the server after some idle seconds
    connection.close()


def test_rows_may_appear_in_another_order_than_their_times(sandbox_server):
    """As in Central, where a time is read before its commit: tags, not times, tell of changes."""
    form = _open(sandbox_server)
    seen = []

    def send() -> None:
        own = Form(Api(sandbox_server.url, form.api.token), 1, "kept")
        for _ in range(40):
            seen.append(own.add(fill("kept", "1", None, "<name>Ada</name>")))

    senders = [threading.Thread(target=send) for _ in range(6)]
    for sender in senders:
        sender.start()
    tags = set()
    while any(sender.is_alive() for sender in senders):
        tags.add(form.tag())
    for sender in senders:
        sender.join()
    rows = form.rows()
    assert len(rows) == len(seen) == 240
    dates = [row["__system"]["submissionDate"] for row in rows]
    assert dates == sorted(dates, reverse=True)
    assert len(tags) > 1


def test_a_hold_ends_though_every_place_is_taken_by_those_that_it_holds(sandbox_server):
    form = _open(sandbox_server)
    hands = SandboxHands(sandbox_server.url, ADMIN, PASSWORD)

    def send(number: int) -> None:
        Form(Api(sandbox_server.url, form.api.token), 1, "kept").add(
            fill("kept", "1", f"uuid:held-{number}", "")
        )

    senders = [threading.Thread(target=send, args=(number,)) for number in range(CONNECTIONS + 2)]
    with hands.held_commits():
        for sender in senders:
            sender.start()
        hands.await_waiting(CONNECTIONS)
    for sender in senders:
        sender.join(SECONDS)
    held = [row for row in form.rows() if row["__id"].startswith("uuid:held-")]
    assert len(held) == len(senders)


def test_log_holds_no_answer_and_no_secret(tmp_path):
    environ = os.environ | {"SANDBOX_EMAIL": "reader@example.org", "SANDBOX_PASSWORD": PASSWORD}
    environ |= {"SANDBOX_ADMIN_EMAIL": ADMIN, "SANDBOX_ADMIN_PASSWORD": PASSWORD}
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bridge.sandbox", "--file", tmp_path / "c.db"],
            cwd=ROOT,
            env=environ,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            for _ in range(100):
                if "listening" in log.read_text():
                    break
                time.sleep(0.1)
            url = log.read_text().split()[1]
            admin = sign_in(url, ADMIN, PASSWORD)
            admin.post(
                "/projects/1/forms?publish=true", data=write_form("f", "1", SIMPLE), headers=XML
            )
            form = Form(admin, 1, "f")
            form.add(fill("f", "1", None, "<name>SECRET-ANSWER</name>"))
            form.api.get(form.feed, params={"$filter": "__system/submissionDate gt 'SECRET'"})
        finally:
            process.terminate()
            process.wait(40)
    text = log.read_text()
    assert "500" in text  # the failure is logged …
    for hidden in ("SECRET", PASSWORD, admin.token):  # … without what was sent
        assert hidden not in text


def test_start_without_accounts_says_what_to_do(tmp_path):
    environ = {k: v for k, v in os.environ.items() if not k.startswith("SANDBOX_")}
    done = subprocess.run(
        [sys.executable, "-m", "bridge.sandbox", "--file", tmp_path / "c.db"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "[sandbox-accounts-missing]" in done.stderr
    assert "Traceback" not in done.stderr
