"""Work by a few threads: everything once, errors beside results, an end with the caller's."""

import threading
from contextlib import closing, contextmanager

import pytest

from bridge.parallel import work_on
from config.errors import OperatorError

WITHIN_S = 20


@contextmanager
def doubler():
    yield lambda number: 2 * number


def test_each_item_is_done_once():
    done = dict(work_on(range(50), doubler, 4))
    assert done == {number: 2 * number for number in range(50)}


def test_nothing_to_do_opens_no_worker():
    assert list(work_on([], pytest.fail, 4)) == []


def test_a_worker_a_thread_and_as_many_at_a_time():
    together = threading.Barrier(4)
    opened = []

    @contextmanager
    def meeting():
        own = threading.get_ident()
        opened.append(own)

        def meet(number):
            together.wait(WITHIN_S)
            return threading.get_ident() == own

        yield meet
        opened.append("closed")

    assert all(is_own for _, is_own in work_on(range(8), meeting, 4))
    assert len({each for each in opened if each != "closed"}) == 4
    assert opened.count("closed") == 4


def test_an_error_of_one_is_beside_the_results_of_the_others():
    @contextmanager
    def picky():
        def act(number):
            if number == 3:
                raise OperatorError("not-this-one", "Three is not wanted.")
            return number

        yield act

    done = dict(work_on(range(6), picky, 2))
    assert done.pop(3).code == "not-this-one"
    assert done == {number: number for number in (0, 1, 2, 4, 5)}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError()])
def test_a_fault_of_the_program_ends_it(error):
    @contextmanager
    def broken():
        def act(number):
            raise error

        yield act

    with pytest.raises(type(error)):
        list(work_on(range(6), broken, 2))


def test_where_no_worker_can_be_opened_the_reason_is_raised():
    @contextmanager
    def closed():
        raise OperatorError("central-unreachable", "Nobody is there.")
        yield

    with pytest.raises(OperatorError) as raised:
        list(work_on(range(6), closed, 2))
    assert raised.value.code == "central-unreachable"


def test_whoever_leaves_early_finds_what_is_under_way_finished_and_nothing_begun():
    begun, ended = [], []

    @contextmanager
    def noting():
        def act(number):
            begun.append(number)
            ended.append(number)

        yield act
        ended.append("closed")

    before = set(threading.enumerate())
    with closing(work_on(range(1000), noting, 4)) as outcomes:
        for _ in range(10):
            next(outcomes)
    assert len(begun) <= 10 + 4
    assert ended.count("closed") == 4
    assert set(threading.enumerate()) <= before
