"""A feed at the pace of a real Central, which renders about 8 MB of OData a second.

The sandbox reads what it has rendered before, several times as fast; a benchmark against it would
praise or blame the reader for what no Central does. Off unless it is asked for.
"""

import time
from collections.abc import Callable, Iterable, Iterator

FEED = ".svc/"


def throttled(app: Callable, bytes_per_second: float | None) -> Callable:
    """The WSGI application with its OData answers held to this rate; None: as it is."""
    if bytes_per_second is None:
        return app

    def paced_app(environ: dict, start_response: Callable) -> Iterable[bytes]:
        is_feed = FEED in (environ.get("RAW_URI") or environ["PATH_INFO"])
        body = app(environ, start_response)
        return _Paced(body, bytes_per_second) if is_feed else body

    return paced_app


class _Paced:
    """A body whose every block goes out no earlier than the rate allows."""

    def __init__(self, body: Iterable[bytes], bytes_per_second: float):
        self._body, self._rate = body, bytes_per_second

    def __iter__(self) -> Iterator[bytes]:
        begun, sent = time.monotonic(), 0
        for block in self._body:
            sent += len(block)
            ahead = sent / self._rate - (time.monotonic() - begun)
            if ahead > 0:
                time.sleep(ahead)
            yield block

    def close(self) -> None:
        if hasattr(self._body, "close"):
            self._body.close()
