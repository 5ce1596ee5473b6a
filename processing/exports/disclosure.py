"""Disclosure control: the one place where small numbers of people are held back on the way out.

In: a table with exact counts. Out: the same table, with `Marker.SUPPRESSED` where a cell, or the
difference of cells shown, would tell of fewer than five people. Zero is shown: it tells of nobody.

    girls | boys | total            girls | boys | total
        3 |   40 |    43     →          – |    – |    43

A lone suppressed cell beside its total could be computed back: the next smallest part goes with
it, along rows (`total_of`) and down columns (`has_total`), until nothing new is needed.
"""

from dataclasses import replace

from processing.exports.table import Cell, Marker, Table

SMALLEST_SHOWN_COUNT = 5
# docs/decisions: the threshold that the ministry's partners are used to; below five is hidden.

Place = tuple[int, str]


def protect(table: Table) -> Table:
    """The table with small counts of people, and all that would give them away, suppressed."""
    hidden = _small_counts(table) | _small_rests(table)
    lines = _lines(table)
    while partners := _missing_partners(table, lines, hidden):
        hidden |= partners
    hidden |= _derived(table, hidden)
    return replace(table, rows=tuple(_blank(row, hidden, at) for at, row in enumerate(table.rows)))


def is_small(cell: Cell) -> bool:
    """One to four people."""
    return _is_count(cell) and 0 < cell < SMALLEST_SHOWN_COUNT


def _is_count(cell: Cell) -> bool:
    return cell is not None and not isinstance(cell, (Marker, str))


def _people(table: Table) -> list[str]:
    return [column.key for column in table.columns if column.is_people]


def _small_counts(table: Table) -> set[Place]:
    return {
        (at, key)
        for at, row in enumerate(table.rows)
        for key in _people(table)
        if is_small(row[key])
    }


def _small_rests(table: Table) -> set[Place]:
    """Parts whose remainder is small: 98 of 100 tells of the other two."""
    parts = [column for column in table.columns if column.is_people and column.part_of]
    return {
        (at, column.key)
        for at, row in enumerate(table.rows)
        for column in parts
        if _is_count(row[column.key]) and _is_count(row[column.part_of])
        if is_small(row[column.part_of] - row[column.key])
    }


def _lines(table: Table) -> list[list[Place]]:
    """Sets of cells in which each one is the sum or difference of the others."""
    across = [
        [(at, key) for key in (*column.total_of, column.key)]
        for column in table.columns
        if column.is_people and column.total_of
        for at in range(len(table.rows))
    ]
    down = [
        [(at, key) for at in range(len(table.rows))] for key in _people(table) if table.has_total
    ]
    return across + down


def _missing_partners(table: Table, lines: list[list[Place]], hidden: set[Place]) -> set[Place]:
    """For each line with exactly one hidden cell, the smallest other cell that is not zero."""
    partners = set()
    for line in lines:
        if sum(place in hidden for place in line) != 1:
            continue
        shown = [place for place in line if place not in hidden and _value(table, place)]
        if shown:
            partners.add(min(shown, key=lambda place: (_value(table, place), place)))
    return partners


def _value(table: Table, place: Place) -> int:
    cell = table.rows[place[0]][place[1]]
    return int(cell) if _is_count(cell) else 0


def _derived(table: Table, hidden: set[Place]) -> set[Place]:
    return {
        (at, column.key)
        for column in table.columns
        for at in range(len(table.rows))
        if any((at, source) in hidden for source in column.derived_from)
    }


def _blank(row: dict[str, Cell], hidden: set[Place], at: int) -> dict[str, Cell]:
    return {key: Marker.SUPPRESSED if (at, key) in hidden else cell for key, cell in row.items()}
