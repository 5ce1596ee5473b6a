"""A CSV file that people make in Excel, a row a line.

In: its text. Out: the columns of its header, and each row that is not blank with the line where it
stands, counted as an editor shows them. Promised: a row never takes in the lines below it.

| written                          | without this                                |
|----------------------------------|---------------------------------------------|
| `S1,"T1` (quotation mark open)   | all schools below it are part of the cell   |
| a character 0                    | PostgreSQL cannot hold the text             |
| a cell more than the header has  | an unquoted comma has shifted the others    |
| a mark of direction beside a code | the code would be another one               |
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Excel writes them where Arabic and Latin letters stand side by side; nobody sees them. The joiners
# U+200C and U+200D are letters' own in Kurdish.
UNSEEN = "\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
EDGES = re.compile(rf"^[\s{UNSEEN}]+|[\s{UNSEEN}]+$")


@dataclass(frozen=True)
class CsvRow:
    """cells: by column, trimmed, "" where the line ends early. fault: why it cannot be read."""

    line: int
    cells: dict[str, str]
    fault: str | None = None


def read_csv(text: str) -> tuple[tuple[str, ...], Iterator[CsvRow]]:
    header, *lines = text.split("\n")
    columns = tuple(map(_trimmed, next(csv.reader([header]), ())))
    rows = (_row(number, line, columns) for number, line in enumerate(lines, 2) if line.strip())
    return columns, rows


def find_twice(columns: Iterable[str]) -> str | None:
    """What is wrong with a header that names a column twice: the second would hide the first."""
    twice = [name for name, count in Counter(filter(None, columns)).items() if count > 1]
    return f"has the column {', '.join(twice)} twice" if twice else None


def _row(number: int, line: str, columns: tuple[str, ...]) -> CsvRow:
    if "\0" in line:
        return CsvRow(number, {}, "holds a character that no text has (0)")
    try:
        (cells,) = csv.reader([line], strict=True)
    except csv.Error:
        return CsvRow(number, {}, "has a quotation mark that is not closed in its cell")
    trimmed = [_trimmed(cell) for cell in cells]
    found = dict(zip(columns, trimmed, strict=False))
    is_longer = any(trimmed[len(columns) :])
    fault = "has more cells than the header" if is_longer else None
    return CsvRow(number, dict.fromkeys(columns, "") | found, fault)


def _trimmed(cell: str) -> str:
    return EDGES.sub("", cell)
