"""Disclosure control: what a reader outside the ministry must not be able to work out."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from processing.exports.disclosure import SMALLEST_SHOWN_COUNT, protect
from processing.exports.table import Column, Marker, Table

HIDDEN = Marker.SUPPRESSED
SEXES = (
    Column("girls", "Girls", "count", is_people=True),
    Column("boys", "Boys", "count", is_people=True),
    Column("pupils", "Pupils", "count", is_people=True, total_of=("girls", "boys")),
)


def sexes(*rows: tuple[int, int], has_total: bool = False) -> Table:
    cells = [{"girls": girls, "boys": boys, "pupils": girls + boys} for girls, boys in rows]
    if has_total:
        cells.append({key: sum(row[key] for row in cells) for key in cells[0]})
    return Table("t", "", SEXES, tuple(cells), has_total)


def cells_of(table: Table) -> list[tuple]:
    return [tuple(row.values()) for row in protect(table).rows]


def test_counts_of_five_and_more_are_shown():
    assert cells_of(sexes((5, 40))) == [(5, 40, 45)]


def test_zero_is_shown_since_it_tells_of_nobody():
    assert cells_of(sexes((0, 40))) == [(0, 40, 40)]


def test_a_small_count_takes_its_neighbour_with_it():
    # 43 - 40 = 3 would give the girls away.
    assert cells_of(sexes((3, 40))) == [(HIDDEN, HIDDEN, 43)]


def test_a_small_count_beside_zero_takes_the_total_with_it():
    assert cells_of(sexes((3, 0))) == [(HIDDEN, 0, HIDDEN)]


def test_a_column_with_its_sum_hides_two():
    rows = cells_of(sexes((3, 40), (20, 30), (50, 60), has_total=True))
    assert rows[0] == (HIDDEN, HIDDEN, 43)
    assert rows[1] == (HIDDEN, HIDDEN, 50)  # 73 - 50 - 20 = 3 would give them away
    assert rows[2:] == [(50, 60, 110), (73, 130, 203)]


def test_a_rest_that_is_small_hides_the_part():
    columns = (
        Column("part", "Girls", "count", is_people=True, part_of="whole"),
        Column("whole", "Pupils", "count", is_people=True),
        Column("pct", "%", "percent", derived_from=("part", "whole")),
    )
    table = Table("t", "", columns, ({"part": 98, "whole": 100, "pct": Decimal(98)},))
    # 100 - 98 = 2 boys
    assert protect(table).rows[0] == {"part": HIDDEN, "whole": 100, "pct": HIDDEN}


def test_counts_of_schools_are_not_people():
    table = Table("t", "", (Column("schools", "Schools", "count"),), ({"schools": 2},))
    assert protect(table) == table


def test_no_figure_stays_no_figure():
    cells = {"girls": Marker.NOT_COVERED, "boys": None, "pupils": 7}
    assert protect(Table("t", "", SEXES, (cells,))).rows == (cells,)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=6))
def test_no_subtraction_gives_a_small_count_back(rows):
    exact = sexes(*rows, has_total=True)
    shown = protect(exact).rows
    for row in shown:
        assert all(is_shown_safely(cell) for cell in row.values())
        assert is_line_closed([row["girls"], row["boys"], row["pupils"]])
    for key in ("girls", "boys", "pupils"):
        assert is_line_closed([row[key] for row in shown])


def is_shown_safely(cell) -> bool:
    return cell is HIDDEN or cell == 0 or cell >= SMALLEST_SHOWN_COUNT


def is_line_closed(line: list) -> bool:
    """No line of a sum has exactly one cell hidden: it would be the sum less the others."""
    return sum(cell is HIDDEN for cell in line) != 1
