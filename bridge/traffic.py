"""How much goes over the wire: requests, and bytes of answers, compressed as they came.

    with counted_traffic() as traffic:
        client.get_json(...)
    traffic.request_count, traffic.byte_count

A request belongs to the innermost count that is open in its context when its answer begins, however
long its session has been open; where none is, it is counted nowhere. A thread has a context of its
own: one that is to count with its starter's runs in a copy of that (`contextvars.copy_context`).
"""

from contextlib import contextmanager
from contextvars import ContextVar

from pyodk._utils.session import Adapter


class Traffic:
    """A count. Bytes of an answer are counted as far as it has been read."""

    def __init__(self):
        # One for each answer: threads may add theirs side by side.
        self._bodies: list[_Body] = []

    @property
    def request_count(self) -> int:
        return len(self._bodies)

    @property
    def byte_count(self) -> int:
        return sum(body.byte_count for body in self._bodies)

    def note(self, raw) -> None:
        """Another answer has begun."""
        body = _Body()
        self._bodies.append(body)
        answer = raw._original_response
        # None: it has no body, as a 304.
        if answer is not None and answer.fp is not None:
            answer.fp = _CountedFile(answer.fp, body)


class _Body:
    """How much of one answer has come. Only the thread that reads it adds to it."""

    __slots__ = ("byte_count",)

    def __init__(self):
        self.byte_count = 0


class _CountedFile:
    """The file over an answer's socket, for http.client to read from.

    urllib3's own count (`tell`) leaves out answers that come in chunks, as every feed does.
    """

    def __init__(self, file, body: _Body):
        self._file, self._body = file, body

    def __getattr__(self, name: str):
        return getattr(self._file, name)

    def read(self, *size: int) -> bytes:
        return self._counted(self._file.read(*size))

    def read1(self, *size: int) -> bytes:
        return self._counted(self._file.read1(*size))

    def readline(self, *size: int) -> bytes:
        return self._counted(self._file.readline(*size))

    def readinto(self, buffer) -> int:
        count = self._file.readinto(buffer)
        self._body.byte_count += count or 0
        return count

    def _counted(self, data: bytes) -> bytes:
        self._body.byte_count += len(data)
        return data


_current: ContextVar[Traffic | None] = ContextVar("traffic", default=None)


@contextmanager
def counted_traffic():
    """Yields the Traffic of every request that is made inside the block."""
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
