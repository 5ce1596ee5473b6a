"""The quick way through a row of the feed says what the careful way says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.land.plan import plan_form
from processing.land.rows import READ_TOGETHER, FeedReader, rows_of_feed
from processing.land.values import NOT_TYPED
from tests.land.factories import fields

PLAN = plan_form(
    "school",
    fields(
        """
        /name string
        /pupils int
        /area decimal
        /shape geotrace
        /visit structure
        /visit/day date
        /visit/at dateTime
        /visit/bell time
        /visit/place geopoint
        /visit/team structure
        /visit/team/count int
        /visit/languages select_multiple
        /grades repeat
        /grades/grade int
        /grades/groups structure
        /grades/groups/note string
        /grades/rooms repeat
        /grades/rooms/m2 decimal
        """
    ),
    {},
    (),
)
# Answers that fit each kind, and answers that fit none or only some.
ANSWERS = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(
        ["\\N", "a\tb\nc\rd", "nul\x00", "٣", "مدرسة", "2026-11-23", "07:30:00.000+03:00"]
    ),
    st.sampled_from(["2026-11-23T08:00:00.000+03:00", "0001-01-01T00:00:00+14:00", "ar ckb"]),
    st.booleans(),
    st.integers(),
    st.integers(2**62, 2**65),
    st.floats(),
    st.sampled_from([{"type": "Point", "coordinates": [44.1, 33.2, 30]}, {"x": 1}, [], [1], {}]),
)


def _some(**inside) -> st.SearchStrategy:
    return st.fixed_dictionaries({}, optional={key: ANSWERS | kind for key, kind in inside.items()})


ROOMS = _some(m2=st.floats(0, 99))
GRADES = _some(
    grade=st.integers(1, 12), groups=_some(note=ANSWERS), rooms=st.lists(ROOMS, max_size=3)
)
ROWS = _some(
    name=ANSWERS,
    pupils=ANSWERS,
    area=ANSWERS,
    shape=ANSWERS,
    visit=_some(
        day=ANSWERS,
        at=ANSWERS,
        bell=ANSWERS,
        place=ANSWERS,
        team=_some(count=ANSWERS),
        languages=ANSWERS,
    ),
    grades=st.lists(GRADES, max_size=3),
)
GOOD = {
    "name": "مدرسة\nالأمل \\",
    "pupils": 312,
    "area": 40,
    "shape": {"type": "LineString", "coordinates": [[44, 33], [45, 34]]},
    "visit": {
        "day": "2026-11-23",
        "at": "2026-11-23T08:00:00.000+03:00",
        "bell": "07:30:00.000+03:00",
        "place": {"type": "Point", "coordinates": [44.1, 33.2, 30], "properties": {"accuracy": 4}},
        "team": {"count": 3},
        "languages": "ar ckb",
    },
    "grades": [
        {"grade": 1, "groups": {"note": None}, "rooms": [{"m2": 20.5}, {"m2": 21}]},
        {"grade": 2, "rooms": [{"m2": None}]},
    ],
}


def careful(row: dict):
    found = rows_of_feed(PLAN, row)
    return found.lines, found.misfits


@given(st.lists(ROWS, max_size=6))
@settings(max_examples=200)
def test_both_ways_give_the_same_lines_and_the_same_misfits(rows):
    found = FeedReader(PLAN).read(rows)
    assert [(each.lines, each.misfits) for each in found] == [careful(row) for row in rows]


@given(st.lists(ROWS.filter(lambda row: not careful(row)[1]), min_size=2, max_size=4))
@settings(max_examples=100)
def test_rows_whose_answers_fit_are_read_together(rows):
    rows = [row | {"grades": GOOD["grades"]} for row in rows]
    try:
        found = FeedReader(PLAN).quick_lines(rows)
    except NOT_TYPED:
        return  # an object where a text is expected: read with care, and it may fit all the same
    assert found == [careful(row)[0] for row in rows]


def test_a_row_whose_answers_fit_takes_the_quick_way():
    assert FeedReader(PLAN).quick_lines([GOOD, GOOD]) == [careful(GOOD)[0]] * 2


@pytest.mark.parametrize("number", [1e16, 1e-7, 5e-324, 0.1, -0.0, 1.5e300, 123456789.125])
def test_decimals_are_written_one_way(number):
    """A row from the feed is compared with its XML line by line."""
    rows = [GOOD | {"area": number}, GOOD | {"area": 2.5}]
    assert FeedReader(PLAN).quick_lines(rows) == [careful(row)[0] for row in rows]


@pytest.mark.parametrize("number", [2**53 - 1, 2**53, 2**63 - 1, -(2**63), 0, None])
def test_whole_numbers_of_64_bits_take_the_quick_way(number):
    rows = [GOOD | {"pupils": number}, GOOD]
    assert FeedReader(PLAN).quick_lines(rows) == [careful(row)[0] for row in rows]


def test_more_rows_than_are_read_together_keep_their_order():
    rows = [GOOD | {"pupils": number} for number in range(3 * READ_TOGETHER)]
    rows[READ_TOGETHER + 1]["pupils"] = "many"
    found = FeedReader(PLAN).read(rows)
    assert [each.lines for each in found] == [careful(row)[0] for row in rows]
    assert [at for at, each in enumerate(found) if each.misfits] == [READ_TOGETHER + 1]


def test_rows_of_a_repeat_in_a_repeat_are_numbered_over_all_parents():
    for lines in FeedReader(PLAN).quick_lines([GOOD, GOOD]):
        assert lines["school_grades_rooms"] == ["1\t1\t1\t20.5", "2\t1\t2\t21.0", "3\t2\t1\t\\N"]


@pytest.mark.parametrize("row", [{"pupils": "12"}, {"visit": [1]}, {"grades": {"grade": 1}}])
def test_what_does_not_fit_is_left_to_the_careful_way(row):
    with pytest.raises(NOT_TYPED):
        FeedReader(PLAN).quick_lines([GOOD, row])


def test_side_tables_of_a_repeat_follow_their_row_number():
    many = "\n".join(f"/kids/q{number} string" for number in range(300))
    plan = plan_form("wide", fields(f"/kids repeat\n{many}"), {}, ())
    row = {"kids": [{"q0": "a", "q299": "z"}, {"q0": "b"}]}
    assert len(plan.tables[1].parts) > 1
    assert FeedReader(plan).quick_lines([row]) == [rows_of_feed(plan, row).lines]
