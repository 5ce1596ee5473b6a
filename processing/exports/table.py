"""A table as it is shown and as it is taken away: one record for page, CSV and XLSX.

In: columns, rows of plain values. Out: the same cells, whoever writes them. A cell is text, a
number, a date or time, None (nothing was reported) or a `Marker` (there is no figure, and why).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum


class Marker(Enum):
    """Why a cell has no figure. The writer is given the words in the reader's language."""

    NOT_COVERED = "not covered"
    NOT_APPLICABLE = "not applicable"
    SUPPRESSED = "suppressed"


Cell = str | int | Decimal | date | datetime | Marker | None


@dataclass(frozen=True)
class Column:
    """kind: text | sentence | code | count | percent | ratio | figure | date | moment.

    sentence: text that needs room, so that a row does not become a column of single words.
    figure: numbers of several units in one column, each with the decimals that it carries.
    is_people: a count of persons, which disclosure control looks at.
    total_of: the columns of the same row that this one is the sum of.
    part_of: the column that this count is a part of, such as a numerator of its denominator.
    derived_from: columns from which this figure is computed.
    """

    key: str
    title: str
    kind: str = "text"
    decimals: int = 0
    is_people: bool = False
    total_of: tuple[str, ...] = ()
    part_of: str | None = None
    derived_from: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        return self.kind in ("count", "percent", "ratio", "figure")


@dataclass(frozen=True)
class Table:
    """name: the stem of a download's file. caption: what the rows are. rows: key → cell.

    has_total: the last row is the sum of the others, for columns that are counts.
    links: for each row the address that its first cell leads to, or None.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[dict[str, Cell], ...]
    has_total: bool = False
    links: tuple[str | None, ...] = ()

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Rounded as readers do it by hand: 12.25 → 12.3, never to the even neighbour."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def percentage(part: int, whole: int, decimals: int) -> Decimal | Marker:
    """100 × part / whole, divided last of all. Of nothing there is no share: not covered."""
    if not whole:
        return Marker.NOT_COVERED
    return round_half_up(Decimal(100 * part) / whole, decimals)
