"""A proxy in front of a Central that breaks answers as networks, proxies and servers do.

`proxy.fault = function(path, answer) -> answer` sees each answer that came back whole, and may
change its status, headers and body, and how it ends on the wire:

    whole       as it should
    reset       the connection is reset after the body's bytes
    unfinished  chunks without the last one, then the connection is closed
    dropped     the connection is closed before anything is answered
"""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import requests

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes
    ending: str = "whole"

    def cut(self, at: int, ending: str = "whole") -> "Answer":
        return replace(self, body=self.body[:at], ending=ending)


@dataclass
class Proxy:
    url: str
    fault: Callable[[str, Answer], Answer] = field(default=lambda path, answer: answer)
    rewrite: Callable[[str], str] = field(default=lambda path: path)
    requests: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)

    def on_data(self, change: Callable[[Answer], Answer]) -> None:
        """Applies `change` to the answers that carry submissions, and to nothing else."""
        self.fault = lambda path, answer: change(answer) if ".svc/" in path else answer


@contextmanager
def running_proxy(target: str, certificate: Path | None = None):
    """Yields a Proxy in front of `target`, over TLS with `certificate` if one is given."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    server.proxy = Proxy(f"{scheme}://127.0.0.1:{server.server_port}")
    server.target = target
    server.handle_error = lambda request, address: None
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _forward(self) -> None:
        proxy = self.server.proxy
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else None
        proxy.requests.append((self.command, self.path))
        proxy.headers.append(dict(self.headers))
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", *HOP_BY_HOP)}
        url = self.server.target + proxy.rewrite(self.path)
        with requests.Session() as session:
            session.trust_env = False
            got = session.request(
                self.command, url, data=body, headers=headers, allow_redirects=False, timeout=60
            )
        kept = {k: v for k, v in got.headers.items() if k.lower() not in HOP_BY_HOP}
        self._answer(
            proxy.fault(urlsplit(self.path).path, Answer(got.status_code, kept, got.content))
        )

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward  # noqa: N815 - http.server's names

    def _answer(self, answer: Answer) -> None:
        if answer.ending == "dropped":
            self._reset()
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if answer.status != 304:
            self._send_chunks(answer)
        if answer.ending == "reset":
            self._reset()
        elif answer.ending == "unfinished":
            self.close_connection = True

    def _send_chunks(self, answer: Answer) -> None:
        for start in range(0, len(answer.body), 8192):
            part = answer.body[start : start + 8192]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if answer.ending == "whole":
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    def log_message(self, *args) -> None:
        """Silent: the tests look at `proxy.requests`."""
