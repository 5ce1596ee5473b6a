"""Readers of Central, kept signed in over several pulls.

A sign-in costs Central more than a look at a form. Inside `kept_readers()` the readers that a
thread opens stay open and are used again; they sign out where the block ends.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bridge.client import CentralClient, open_client
from config.settings import Settings

_kept = threading.local()


@contextmanager
def kept_readers() -> Iterator[None]:
    """Keep the readers of this thread open until the end of the block. May be nested."""
    if getattr(_kept, "stack", None) is not None:
        yield
        return
    with ExitStack() as stack:
        _kept.stack, _kept.readers = stack, {}
        try:
            yield
        finally:
            _kept.stack = _kept.readers = None


@contextmanager
def reader(settings: Settings) -> Iterator[CentralClient]:
    """A signed-in reader: the one that is kept, or one for this block alone."""
    stack = getattr(_kept, "stack", None)
    if stack is None:
        with open_client(settings) as client:
            yield client
        return
    key = (settings.central_url, settings.central_project, settings.central_email)
    if key not in _kept.readers:
        _kept.readers[key] = stack.enter_context(open_client(settings))
    yield _kept.readers[key]
