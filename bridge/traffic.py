"""How much goes over the wire: requests, and bytes of answers, compressed as they came.

    with counted_traffic() as traffic:
        client.get_json(...)
    traffic.request_count, traffic.byte_count

A request belongs to the innermost count that is open in its thread when its answer begins, however
long its session has been open; where none is, it is counted nowhere.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from pyodk._utils.session import Adapter


class Traffic:
    """A count. Bytes of an answer are counted as far as it has been read."""

    def __init__(self):
        self.request_count = 0
        self._closed_bytes = 0
        self._open: list = []

    @property
    def byte_count(self) -> int:
        return self._closed_bytes + sum(raw.tell() for raw in self._open)

    def note(self, raw) -> None:
        """Another answer has begun."""
        self.request_count += 1
        ended = [known for known in self._open if known.closed]
        self._closed_bytes += sum(known.tell() for known in ended)
        self._open = [known for known in self._open if not known.closed] + [raw]


_current: ContextVar[Traffic | None] = ContextVar("traffic", default=None)


@contextmanager
def counted_traffic():
    """Yields the Traffic of every request that this thread makes inside the block."""
    traffic = Traffic()
    token = _current.set(traffic)
    try:
        yield traffic
    finally:
        _current.reset(token)


class CountingAdapter(Adapter):
    """pyodk's adapter, telling each answer to whoever counts."""

    def build_response(self, request, raw):
        traffic = _current.get()
        if traffic is not None:
            traffic.note(raw)
        return super().build_response(request, raw)
