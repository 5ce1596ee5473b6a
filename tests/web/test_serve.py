"""The server: its address, its health, its graceful stop."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests
import sqlalchemy as sa

from config.settings import Settings
from processing.web.serve import Server
from tests.web.server import STOP_SECONDS, running_server

SLOW_SECONDS = 2


def test_it_says_where_it_listens_and_answers_there(database: Settings):
    with running_server(database) as (_, address):
        assert requests.get(f"{address}/healthz", timeout=10).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("host", "taken"), [("127.0.0.1", ("127.0.0.1", 8000)), ("::", ("::", 8000))]
)
def test_an_address_of_either_protocol_is_listened_on(host, taken):
    settings = Settings(emis_web_host=host, emis_web_port=8000)
    assert Server(settings, print).cfg.address == [taken]


def test_a_request_under_way_is_finished_before_it_stops(database: Settings, country: sa.Engine):
    """A lock held on the accounts keeps the page waiting while the server is told to stop."""
    with running_server(database) as (server, address):
        host, port = address.removeprefix("http://").split(":")
        with country.connect() as connection, socket.create_connection((host, int(port))) as client:
            connection.execute(sa.text("LOCK TABLE ops.user_account IN ACCESS EXCLUSIVE MODE"))
            session = requests.Session()
            page = session.get(f"{address}/sign-in", timeout=10).text
            token = page.split('name="csrf_token" value="')[1].split('"')[0]
            client.sendall(sign_in_request(host, session.cookies["emis_session"], token))
            time.sleep(SLOW_SECONDS / 2)
            server.send_signal(signal.SIGTERM)
            time.sleep(SLOW_SECONDS / 2)
            connection.rollback()
            client.settimeout(STOP_SECONDS)
            assert client.recv(100).startswith(b"HTTP/1.1 401 ")


def sign_in_request(host: str, cookie: str, token: str) -> bytes:
    body = f"login=nobody&password=x&csrf_token={token}"
    return (
        f"POST /sign-in HTTP/1.1\r\nHost: {host}\r\nCookie: emis_session={cookie}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    ).encode()


def test_without_a_key_it_ends_with_a_code_and_no_traceback(database: Settings):
    environment = os.environ | {"DATABASE_URL": database.database_url, "EMIS_SECRET_KEY": ""}
    ended = subprocess.run(
        [sys.executable, "-m", "processing.web.serve"],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith("[secret-key-missing] ")
    assert "Traceback" not in ended.stderr
