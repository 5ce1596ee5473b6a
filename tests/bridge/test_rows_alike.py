"""Rows that look alike are read quickly; what only looks like the end of one does no harm."""

import json

import pytest

from bridge.rows import read_rows
from tests.bridge.test_rows import collect, in_pieces

ALIKE = [{"name": f"n{number}", "age": number, "__id": f"uuid:{number}"} for number in range(50)]
ODD = {
    "a repeat begins as the row does": [
        {"name": 1, "kids": [{"name": 2}, {"name": 3}]},
        {"name": 4},
    ],
    "an answer holds the boundary": [
        {"name": '},{"name":'},
        {"name": '"},{"name":"'},
        {"name": "x"},
    ],
    "an answer ends like a row": [{"name": "},{"}, {"name": "a\\"}, {"name": "},{\\"}],
    "rows begin in several ways": [{"__id": 1}, {"name": 2}, {"__id": 3}, {"name": 4}, {"name": 5}],
    "names hold what stands between rows": [{'},{"': 1}, {":": 2}, {'},{":': 3}, {"": 4}, {"": 5}],
    "there are rows without anything": [{}, {"a": {}}, {}, {"a": [{}, {}]}, {"a": 1}],
}


def document(rows: list) -> bytes:
    return json.dumps({"value": rows, "@odata.count": len(rows)}, separators=(",", ":")).encode()


@pytest.mark.parametrize("rows", [ALIKE, *ODD.values()], ids=["alike", *ODD])
@pytest.mark.parametrize("sizes", [(1,), (7,), (64,), (1 << 20,)])
def test_each_row_comes_with_its_own_source(rows, sizes):
    found, answer = collect(in_pieces(document(rows), sizes))
    assert [row for row, _ in found] == rows
    assert [json.loads(source) for _, source in found] == rows
    assert answer.row_count == len(rows)


def test_spaces_between_rows_are_no_part_of_them():
    source = b'{"value": [ {"a" : 1} , {"a" : 2} ,\n{"a" : 3} ] }'
    assert [raw for _, raw in collect(in_pieces(source))[0]] == [
        b'{"a" : 1}',
        b'{"a" : 2}',
        b'{"a" : 3}',
    ]


def test_a_number_of_thousands_of_digits_is_a_value_and_no_fault():
    """Each place in the list is read in one of two ways, and both say the same."""
    source = b'{"value":[%s]}' % b",".join([b'{"a":%s}' % (b"9" * 25)] * 4)
    values = {repr(row["a"]) for row, _ in collect(in_pieces(source))[0]}
    assert values == {"1e+25"}
    huge = b'{"value":[{"a":%s}]}' % (b"9" * 5000)
    rows = read_rows(in_pieces(huge))
    assert next(rows)[0]["a"] == float("inf")
