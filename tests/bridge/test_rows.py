"""Rows out of a JSON text that arrives in pieces: all of them, or a refusal."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.changes import IncompleteAnswer
from bridge.rows import Answer, read_rows

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab}]"\\'), inner),
    max_leaves=8,
)
ROWS = st.lists(st.dictionaries(st.text("kq{[,:"), VALUES, max_size=4), max_size=5)


def document(rows, **members) -> bytes:
    return json.dumps({"value": rows, "@odata.context": "x", "@odata.count": len(rows), **members})


def in_pieces(source: bytes, sizes=(7,)):
    """A reader that gives `source` in pieces of these sizes, again and again."""
    position, turn = 0, 0

    def read() -> bytes:
        nonlocal position, turn
        piece = source[position : position + sizes[turn % len(sizes)]]
        position, turn = position + len(piece), turn + 1
        return piece

    return read


def collect(read) -> tuple[list, Answer]:
    rows, generator = [], read_rows(read)
    while True:
        try:
            rows.append(next(generator))
        except StopIteration as end:
            return rows, end.value


@given(ROWS, st.lists(st.integers(1, 40), min_size=1), st.booleans(), st.sampled_from([None, 2]))
def test_any_rows_in_any_pieces_come_out_with_their_own_bytes(rows, sizes, is_ascii, indent):
    source = json.dumps(
        {"value": rows, "@odata.count": len(rows)}, ensure_ascii=is_ascii, indent=indent
    ).encode()
    found, answer = collect(in_pieces(source, sizes))
    assert [row for row, _ in found] == rows
    assert [json.loads(raw) for _, raw in found] == rows
    assert all(raw in source for _, raw in found)
    assert answer == Answer(len(rows), {"@odata.count": len(rows)})


@given(ROWS, st.data())
@settings(max_examples=200)
def test_no_beginning_of_an_answer_passes_for_the_whole(rows, data):
    source = document(rows).encode()
    cut = data.draw(st.integers(0, len(source) - 1))
    with pytest.raises(IncompleteAnswer):
        collect(in_pieces(source[:cut], (5,)))


def test_the_members_may_stand_before_the_rows():
    rows, answer = collect(in_pieces(b'{"@odata.count":1,"value":[{"a":1}],"n":12}'))
    assert (rows, answer.members) == ([({"a": 1}, b'{"a":1}')], {"@odata.count": 1, "n": 12})


def test_a_number_that_is_cut_in_two_is_read_whole():
    _, answer = collect(in_pieces(b'{"value":[],"@odata.count":1234567}', (1,)))
    assert answer.members == {"@odata.count": 1234567}


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"   ",
        b"<html>busy</html>",
        b"[]",
        b'{"value":{}}',
        b'{"value":[1 2]}',
        b'{"value":[],"a":NaN}',
        b'{"value":[{"a":Infinity}]}',
        b'{"value":[{"a":"line\nbreak"}]}',
        b'{"value":[]}{"value":[]}',
        b'{"value":[],}',
        b'{"value":[{"a":"\xff"}]}',
        b'{"value":[]}\xc3',
        b'{"rows":[]}',
    ],
)
def test_what_is_not_the_json_that_was_asked_for_is_refused(source):
    with pytest.raises(IncompleteAnswer):
        collect(in_pieces(source))


def test_a_fault_early_in_a_long_answer_is_told_at_once():
    pieces = []

    def read() -> bytes:
        pieces.append(1)
        return b'{"value":[{"a":oops}' + b" " * 50_000 if len(pieces) == 1 else b"x" * 65536

    with pytest.raises(IncompleteAnswer):
        collect(read)
    assert len(pieces) < 5


def test_a_row_of_forty_megabytes_takes_time_in_proportion_to_its_length():
    def seconds(megabytes: int) -> float:
        source = json.dumps({"value": [{"a": "x" * (megabytes * 1_000_000)}]}).encode()
        start = time.process_time()
        rows, _ = collect(in_pieces(source, (65536,)))
        assert len(rows[0][0]["a"]) == megabytes * 1_000_000
        return time.process_time() - start

    # Ten times as long; were each piece to start the row anew, it would take a hundred times. The
    # shorter of two runs: a busy machine makes one of them slow.
    short, long = (min(seconds(megabytes) for _ in range(2)) for megabytes in (4, 40))
    assert long < 60 * max(short, 0.02)
