"""What the page holds: plain records, all words, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

EMPTY = "–"
Row = TypeVar("Row")


@dataclass(frozen=True)
class Cell:
    """is_corrected: a correction has changed it since it was sent."""

    text: str
    is_corrected: bool = False


@dataclass(frozen=True)
class Line:
    label: str
    value: str
    is_corrected: bool = False


@dataclass(frozen=True)
class Block:
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Grid:
    """titles: (words, how many columns it spans). parts: a second line of titles, or nothing.

    rows: (name, cells); the last is the total where has_total. tables: the rows in this many
    tables, side by side.
    """

    caption: str
    head: str
    titles: tuple[tuple[str, int], ...]
    parts: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    has_total: bool = False
    tables: int = 1

    @property
    def chunks(self) -> list[Sequence[tuple[str, tuple[Cell, ...]]]]:
        """The rows of each table."""
        return in_parts(self.rows, self.tables)


def in_parts(rows: Sequence[Row], count: int) -> list[Sequence[Row]]:
    """At the most so many parts, in their order, all but the last of one size."""
    size = max(1, -(-len(rows) // max(1, count)))
    return [rows[start : start + size] for start in range(0, len(rows), size)]


@dataclass(frozen=True)
class Sheet:
    """texts: reasons that were written in rows. more_texts, more_corrections: how many are not
    printed. is_shortened: a text ends in an ellipsis."""

    grids: tuple[Grid, ...]
    blocks: tuple[Block, ...]
    texts: tuple[str, ...]
    more_texts: int
    corrections: tuple[str, ...]
    more_corrections: int
    declaration: str
    head_name: str
    left_out: str
    is_shortened: bool
