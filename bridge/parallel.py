"""Many like pieces of work at Central, by a few threads side by side.

In: items, and what opens a worker for the life of a thread, with a client of its own. Out: each
item with what the worker made of it, or with the OperatorError that it met, as they are done: in no
order. Promised: an item goes to one thread, once. Nothing is begun before the caller has taken what
came of another: when it stops, fails or is interrupted, a thread finishes what it is at, and ends.
Whoever may leave early closes it (`contextlib.closing`).
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from contextvars import copy_context
from itertools import islice
from queue import SimpleQueue
from typing import TypeVar

from config.errors import OperatorError

Item, Result = TypeVar("Item"), TypeVar("Result")
_END = object()


def work_on(
    items: Iterable[Item],
    open_worker: Callable[[], AbstractContextManager[Callable[[Item], Result]]],
    thread_count: int,
) -> Iterator[tuple[Item, Result | OperatorError]]:
    """open_worker: entered in each thread; what it gives is called with one item after the other.

    Raises what entering a worker raises, and what is no OperatorError.
    """
    waiting, crew = iter(items), _Crew(open_worker)
    try:
        for item in islice(waiting, thread_count):
            crew.hire()
            crew.give(item)
        while crew.given:
            yield crew.take()
            for item in islice(waiting, 1):
                crew.give(item)
    finally:
        crew.dismiss()


class _Crew:
    """given: how many items have not come back yet."""

    def __init__(self, open_worker: Callable):
        self.given = 0
        self._open_worker, self._threads = open_worker, []
        self._todo, self._done, self._is_over = SimpleQueue(), SimpleQueue(), threading.Event()

    def hire(self) -> None:
        # A daemon: one that nobody has dismissed must not keep the program from ending.
        thread = threading.Thread(target=copy_context().run, args=(self._work,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def give(self, item) -> None:
        self._todo.put(item)
        self.given += 1

    def take(self) -> tuple:
        item, outcome = self._done.get()
        if item is _END:
            raise outcome
        self.given -= 1
        return item, outcome

    def dismiss(self) -> None:
        self._is_over.set()
        for _ in self._threads:
            self._todo.put(_END)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            with self._open_worker() as act:
                for item in iter(self._todo.get, _END):
                    if self._is_over.is_set():
                        return
                    self._done.put((item, _attempt(act, item)))
        except BaseException as error:  # noqa: BLE001 - raised again by take
            self._done.put((_END, error))


def _attempt(act: Callable, item):
    try:
        return act(item)
    except OperatorError as error:
        return error
