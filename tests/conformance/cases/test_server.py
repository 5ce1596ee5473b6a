"""Case 30: what stalled readers do to a whole server."""

import socket
import time
from contextlib import ExitStack
from urllib.parse import quote, urlsplit

import pytest

from tests.conformance.cases.table import needs
from tests.conformance.central_api import Api, new_id
from tests.conformance.xforms import fill

STREAMS = 10
# More than the buffers of both sockets hold, in rows that a database hands out one by one.
ROWS, ROW_BYTES = 160, 64_000
PATIENCE_S = 60


@pytest.mark.whole_server
@needs("api")
def test_30_ten_stalled_readers_keep_everybody_out(form, central, admin):
    text = "x" * ROW_BYTES
    for _ in range(ROWS):
        form.add(fill(form.form_id, "1", new_id(), f"<name>{text}</name>"))
    with ExitStack() as stack:
        for _ in range(STREAMS):
            reader = stack.enter_context(_stalled(central.url, admin.token, form.feed))
            # Its answer has begun, so it has its connection to the database.
            assert reader.recv(1)
        begun = time.monotonic()
        answer = Api(central.url, admin.token).get("/projects")
        assert answer.status_code == 500
        assert 5 < time.monotonic() - begun < PATIENCE_S
    _wait_until_well(central.url, admin.token)


def _stalled(url: str, token: str, path: str) -> socket.socket:
    """A reader that asks, and reads nothing."""
    place = urlsplit(url)
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.settimeout(PATIENCE_S)
    reader.connect((place.hostname, place.port))
    reader.sendall(
        f"GET /v1{quote(path)} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    return reader


def _wait_until_well(url: str, token: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while Api(url, token).get("/projects").status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.5)
