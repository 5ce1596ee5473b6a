"""What every endpoint needs: the store, who asks, what was asked, and how answers are made."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha1
from itertools import chain

import orjson
from flask import Response, current_app, g, request, stream_with_context

from bridge.sandbox.problems import Problem, problem
from bridge.sandbox.rights import verbs_on
from bridge.sandbox.store import Store

JSON_BODY_LIMIT = 250 * 1024
BULK_BODY_LIMIT = 100 * 1024 * 1024
DRAIN_BYTES = 64 * 1024
JSON_TYPE = "application/json; charset=utf-8"
NO_CACHE = {"Cache-Control": "no-store", "Vary": "*"}
REVALIDATE = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Origin"}


@dataclass(frozen=True)
class Actor:
    """Who asks: a user, or an app user by its key."""

    id: int
    type: str
    display_name: str | None
    token: str | None = field(default=None, repr=False)


def sandbox():
    return current_app.extensions["sandbox"]


def store() -> Store:
    return sandbox().store


def domain() -> str:
    """The address that Central is configured with; it need not be the one that was asked."""
    return sandbox().domain or request.host_url.rstrip("/")


def actor() -> Actor:
    return g.actor


def verbs(*actees: str) -> set[str]:
    return verbs_on(store(), g.actor.id if g.actor else None, *actees)


def require(verb: str, *actees: str) -> None:
    """Refuses with 403.1 unless the caller has the verb there."""
    if verb not in verbs(*actees):
        raise problem(403.1)


def answer(value, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type=JSON_TYPE)


def success() -> Response:
    return answer({"success": True})


def is_true(text: str | None) -> bool:
    return (text or "").lower() == "true"


def is_extended() -> bool:
    return is_true(request.headers.get("X-Extended-Metadata"))


def js_int(text: str | None) -> int | None:
    """JavaScript's parseInt; None where it says NaN."""
    match = re.match(r"\s*([+-]?\d+)", text or "")
    return int(match[1]) if match else None


def body_json(limit: int = JSON_BODY_LIMIT) -> dict:
    if (request.content_length or 0) > limit:
        raise problem(400.36)
    if not request.is_json:
        return {}
    raw = request.get_data()
    if not raw:
        return {}
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise problem(400.1, format="json", rawLength=len(raw)) from None
    if not isinstance(value, dict | list):
        raise problem(400.1, format="json", rawLength=len(raw))
    return value if isinstance(value, dict) else {}


def body_text() -> str:
    return request.get_data().decode("utf-8", "replace")


def conditional(tag: str, make, weak: bool = True) -> Response:
    """304 without a body when the caller has this tag; else `make()` with the tag on it.

    The tag is compared as a whole with the header: no lists, and `*` is not understood.
    """
    header = f'{"W/" if weak else ""}"{tag}"'
    if request.headers.get("If-None-Match") in (f'"{tag}"', f'W/"{tag}"'):
        response = Response(status=304)
    else:
        try:
            response = make()
        except Problem as refusal:
            refusal.etag = header
            raise
    response.headers["ETag"] = header
    return response


def stream(pieces: Iterator[str], content_type: str = JSON_TYPE) -> Response:
    """A chunked answer. The first piece is made now, so that what fails at the start is refused."""
    first = next(pieces, "")
    return Response(stream_with_context(chain([first], pieces)), content_type=content_type)


def _drain() -> None:
    # A refusal may come before the body was read; what is left would end the kept connection.
    while request.environ["wsgi.input"].read(DRAIN_BYTES):
        pass


def finish(response: Response) -> Response:
    """Cache headers as Central sets them, and Express's tag over the body of plain answers."""
    _drain()
    is_read = request.method in ("GET", "HEAD")
    for name, value in (REVALIDATE if is_read else NO_CACHE).items():
        response.headers[name] = value
    is_plain = not response.is_streamed and response.status_code in (200, 201, 204)
    if is_plain and "ETag" not in response.headers and request.method != "DELETE":
        body = response.get_data()
        digest = sha1(body, usedforsecurity=False).hexdigest()[:27]
        tag = f'W/"{len(body):x}-{digest}"'
        response.headers["ETag"] = tag
        given = [part.strip() for part in request.headers.get("If-None-Match", "").split(",")]
        if is_read and response.status_code == 200 and (tag in given or "*" in given):
            response.status_code = 304
            response.set_data(b"")
    if response.status_code == 304:
        response.headers.pop("Content-Type", None)
        response.headers.pop("Content-Length", None)
    return response
