"""Turns at a Central that tests share: together, unless one needs the whole server."""

import threading

import pytest

from tests.fixtures.turns import turn_at

URL = "http://central.example.org"
SOON_S, LONG_S = 0.3, 30


class Visitor(threading.Thread):
    """Comes, waits for its turn, and stays until it is told to go."""

    def __init__(self, folder, is_alone: bool):
        super().__init__(daemon=True)
        self._folder, self._is_alone = str(folder), is_alone
        self._in, self.may_go = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with turn_at(URL, self._is_alone, self._folder):
            self._in.set()
            self.may_go.wait(LONG_S)

    def is_in(self, within_s: float) -> bool:
        return self._in.wait(within_s)

    def leave(self) -> None:
        self.may_go.set()
        self.join(LONG_S)


@pytest.fixture
def come(tmp_path):
    """come(is_alone) sends a visitor; all of them have left at the end."""
    visitors = []

    def send(is_alone: bool) -> Visitor:
        visitors.append(Visitor(tmp_path, is_alone))
        return visitors[-1]

    yield send
    for visitor in visitors:
        visitor.may_go.set()
    for visitor in visitors:
        visitor.join(LONG_S)
        assert not visitor.is_alive()


def test_tests_are_at_work_side_by_side(come):
    assert all(come(is_alone=False).is_in(LONG_S) for _ in range(3))


@pytest.mark.parametrize("is_first_alone", [True, False])
def test_one_that_needs_the_whole_server_is_never_beside_another(come, is_first_alone):
    first = come(is_first_alone)
    assert first.is_in(LONG_S)
    second = come(not is_first_alone)
    assert not second.is_in(SOON_S)
    first.leave()
    assert second.is_in(LONG_S)


def test_newcomers_do_not_pass_one_that_waits_for_the_whole_server(come):
    early = come(is_alone=False)
    assert early.is_in(LONG_S)
    alone = come(is_alone=True)
    assert not alone.is_in(SOON_S)
    late = come(is_alone=False)
    assert not late.is_in(SOON_S)
    early.leave()
    assert alone.is_in(LONG_S)
    assert not late.is_in(SOON_S)
    alone.leave()
    assert late.is_in(LONG_S)
