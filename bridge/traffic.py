"""How much goes over the wire: requests, and bytes of answers, compressed as they came.

    with counted_traffic() as traffic:
        with open_client(settings) as client: ...
    traffic.request_count, traffic.byte_count

A session belongs to the count that was open when it was opened, in its thread; sessions that
open while nothing counts are counted nowhere.
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
    """Yields the Traffic of every session that is opened inside the block, in this thread."""
    traffic = Traffic()
    token = _current.set(traffic)
    try:
        yield traffic
    finally:
        _current.reset(token)


class CountingAdapter(Adapter):
    """pyodk's adapter, telling each answer to the count under which it was made."""

    def __init__(self, **kwargs):
        self._traffic = _current.get() or Traffic()
        super().__init__(**kwargs)

    def build_response(self, request, raw):
        self._traffic.note(raw)
        return super().build_response(request, raw)
