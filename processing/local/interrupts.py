"""Signals: being asked to end means stopping in order, and a stop that has begun is finished."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = (signal.SIGTERM, signal.SIGHUP)
ALL = (signal.SIGINT, *ENDING)


@contextmanager
def ending_signals_raise() -> Iterator[None]:
    """SIGTERM and a closed terminal end the block as Ctrl-C does: with an exception."""
    with _handlers(ENDING, _raise_exit):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C and the ending signals wait: every step inside the block has a time limit."""
    with _handlers(ALL, _wait_for_the_end):
        yield


@contextmanager
def deferred() -> Iterator[None]:
    """An interrupt inside the block is raised at its end: a process just made is not forgotten."""
    caught = []
    with _handlers(ALL, lambda number, _frame: caught.append(number)):
        yield
    if caught:
        signal.raise_signal(caught[0])


def _wait_for_the_end(_number: int, _frame) -> None:
    # A function and not SIG_IGN, which a child started at this moment would inherit.
    return


def _raise_exit(number: int, _frame) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _handlers(numbers: tuple[signal.Signals, ...], handler) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What we were started to ignore, as under nohup a closed terminal, stays ignored.
    heeded = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    previous = {number: signal.signal(number, handler) for number in heeded}
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)
