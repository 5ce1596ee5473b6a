"""The Flask application of the sandbox Central: addresses, sign-in, errors.

`create_app(path, domain)` opens (or makes) the file and returns the WSGI application. It expects
a server that speaks HTTP/1.1 with chunked answers (`bridge.sandbox.server`).
"""

import logging
import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path
from traceback import format_tb
from urllib.parse import parse_qsl, unquote, urlencode

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter
from werkzeug.wsgi import ClosingIterator

from bridge.sandbox import (
    accounts,
    app_users,
    assignments,
    attachments,
    datasets,
    drafts,
    entities,
    entity_feed,
    exports,
    forms,
    odata,
    openrosa,
    openrosa_submit,
    projects,
    review,
    submissions,
)
from bridge.sandbox.control import Control
from bridge.sandbox.control import control as control_addresses
from bridge.sandbox.problems import InternalFault, Problem, problem
from bridge.sandbox.store import Store
from bridge.sandbox.web import answer, finish

log = logging.getLogger("sandbox")

CONNECTIONS = 10
CONNECTION_WAIT_S = 10
CONTROL_PATH = "/v1/sandbox/"
# Node takes 16 KB of headers, the address among them.
MAX_ADDRESS_BYTES = 16_000
# The nginx that is installed with Central refuses more, before it reads any of it.
MAX_BODY_BYTES = 100 * 1024 * 1024
# What Central's web server shows beside the API; not a release of Central, and so it says.
VERSION_PATH, VERSION = "/version.txt", "v2026.2.2-sandbox"
# A slash that was written %2F belongs to a name, not to the address's structure.
HIDDEN_SLASH = "\ue02f"
SIGNED_IN = (
    accounts.accounts,
    projects.projects,
    assignments.assignments,
    app_users.app_users,
    forms.forms,
    drafts.drafts,
    submissions.submissions,
    review.review,
    attachments.attachments,
    exports.exports,
    datasets.datasets,
    entities.entities,
)


@dataclass(frozen=True)
class Sandbox:
    """What the endpoints find in the application."""

    store: Store
    domain: str | None
    control: Control = field(default_factory=Control)


class _Segment(BaseConverter):
    """One part of the address, its hidden slashes put back."""

    def to_python(self, value: str) -> str:
        return value.replace(HIDDEN_SLASH, "/")


def create_app(path: Path | str, domain: str | None = None, is_controlled: bool = False) -> Flask:
    """The application over this file. `domain`: the address to write into links.

    is_controlled: with the addresses of bridge.sandbox.control, for tests.
    """
    app = Flask(__name__, static_folder=None)
    sandbox = app.extensions["sandbox"] = Sandbox(Store(path), domain)
    if is_controlled:
        sandbox.store.before_write = sandbox.control.wait_to_write
        _register(app, control_addresses)
    app.url_map.converters["default"] = app.url_map.converters["string"] = _Segment
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.wsgi_app = _Connections(_Addresses(app.wsgi_app))
    for blueprint in SIGNED_IN:
        _register(app, blueprint, accounts.authenticate)
    _register(app, openrosa.openrosa, openrosa.check_headers, accounts.authenticate)
    _register(app, openrosa_submit.testing, openrosa.check_headers)
    _register(app, openrosa_submit.test_files)
    _register(app, odata.odata, odata.check_query, accounts.authenticate)
    _register(app, entity_feed.entity_feed, odata.check_query, accounts.authenticate)
    _register(app, accounts.anonymous)
    app.before_request(_reset)
    app.after_request(finish)
    app.register_error_handler(Problem, _refuse)
    app.register_error_handler(InternalFault, _fail)
    app.register_error_handler(HTTPException, _not_found)
    app.register_error_handler(Exception, _fail)
    return app


def _register(app: Flask, blueprint, *checks) -> None:
    # The blueprints are made once a process, applications many times (tests), so the checks
    # are tied to the blueprint's name in the application.
    app.register_blueprint(blueprint)
    app.before_request_funcs.setdefault(blueprint.name, []).extend(checks)


def _reset() -> None:
    g.actor = None
    if fault := request.environ.get("sandbox.fault"):
        raise fault


def _refuse(refusal: Problem) -> Response:
    if g.get("is_openrosa"):
        return openrosa.refusal(refusal)
    if g.get("is_odata_xml"):
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<error code="{refusal.code}">\n'
            f"  <message>{escape(str(refusal))}</message>\n</error>"
        )
        return Response(body, refusal.status, content_type="text/xml; charset=utf-8")
    response = answer(refusal.to_json(), refusal.status)
    if refusal.etag:
        response.headers["ETag"] = refusal.etag
    if refusal.ends_connection:
        response.call_on_close(partial(_hang_up, request.environ.get("gunicorn.socket")))
    return response


def _hang_up(connection: socket.socket | None) -> None:
    """As Central does where it had begun to stream: the answer says keep-alive, and then."""
    if connection:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _not_found(error: HTTPException) -> Response:
    if error.code in (404, 405):
        return _refuse(problem(404.1))
    if error.code == 413:
        return _refuse(problem(400.36))
    return answer({"message": "Bad Request"}, error.code or 400)


def _fail(error: Exception) -> Response:
    # The type and the places in the code, not the message: it could quote an answer.
    log.info("500 %s: %s", request.endpoint, type(error).__name__)
    if not isinstance(error, InternalFault):
        log.error("".join(format_tb(error.__traceback__)))
    return answer({"message": "Internal Server Error"}, 500)


class _Connections:
    """Central's pool of database connections: a streamed answer keeps one until it is read.

    Ten readers that stall keep everybody out; whoever waits too long for a connection gets 500.
    """

    def __init__(self, app):
        self.app, self._free = app, threading.Semaphore(CONNECTIONS)

    def __call__(self, environ, start_response):
        if len(environ.get("RAW_URI", "")) > MAX_ADDRESS_BYTES:
            return Response(status=431)(environ, start_response)
        if int(environ.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            return Response("Too large", 413, {"Connection": "close"})(environ, start_response)
        if environ["PATH_INFO"].startswith(CONTROL_PATH):
            # Without a place: what these end may be what keeps all the others in theirs.
            return self.app(environ, start_response)
        if not self._free.acquire(timeout=CONNECTION_WAIT_S):
            return answer({"message": "Internal Server Error"}, 500)(environ, start_response)
        try:
            return ClosingIterator(self.app(environ, start_response), self._free.release)
        except BaseException:
            self._free.release()
            raise


class _Addresses:
    """Takes `/v1` and `/key/<token>` (or `?st=`) off the address before it is matched."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ["PATH_INFO"]
        path, _, query = raw.partition("?")
        if path == VERSION_PATH:
            return _versions()(environ, start_response)
        version = re.match(r"^/v(\d+)(/.*)$", path)
        if not version:
            environ["sandbox.fault"] = problem(404.2)
        elif int(version[1]) != 1:
            environ["sandbox.fault"] = problem(404.3, got=version[1])
        else:
            path = version[2]
        path, query, prefix = _take_key(environ, path, query)
        environ["sandbox.original"] = f"/v1{prefix}{path}" + (f"?{query}" if query else "")
        environ["sandbox.original_path"] = f"/v1{prefix}{path}"
        parts = [unquote(part).replace("/", HIDDEN_SLASH) for part in path.split("/")]
        environ["PATH_INFO"] = "/".join(parts).encode().decode("latin-1")
        environ["QUERY_STRING"] = query
        return self.app(environ, start_response)


def _versions() -> Response:
    commit = "0" * 40
    lines = ["versions:", f"{commit} ({VERSION})"]
    lines += [f" {commit} {part} ({VERSION})" for part in ("client", "server")]
    return Response("\n".join(lines) + "\n", content_type="text/plain")


def _take_key(environ, path: str, query: str) -> tuple[str, str, str]:
    match = re.match(r"^/key/([^/]+)(/.*)$", path)
    if match:
        environ["sandbox.key"] = unquote(match[1])
        return match[2], query, f"/key/{match[1]}"
    pairs = parse_qsl(query, keep_blank_values=True)
    token = dict(pairs).get("st")
    if token is None:
        return path, query, ""
    environ["sandbox.key"] = token
    rest = urlencode([(name, value) for name, value in pairs if name != "st"])
    return path, rest, f"/key/{token.replace('/', '%2F')}"
