"""A CSV file that people make in Excel, a row a line.

In: its text. Out: the columns of its header, and each row that is not blank with the line where it
stands, counted as an editor shows them. Promised: a row never takes in the lines below it.

| written                          | without this                                |
|----------------------------------|---------------------------------------------|
| `S1,"T1` (quotation mark open)   | all schools below it are part of the cell   |
| a character 0                    | PostgreSQL cannot hold the text             |
| a cell more than the header has  | an unquoted comma has shifted the others    |
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class CsvRow:
    """cells: by column, trimmed, "" where the line ends early. fault: why it cannot be read."""

    line: int
    cells: dict[str, str]
    fault: str | None = None


def read_csv(text: str) -> tuple[tuple[str, ...], Iterator[CsvRow]]:
    header, *lines = text.split("\n")
    columns = tuple(cell.strip() for cell in next(csv.reader([header]), ()))
    rows = (_row(number, line, columns) for number, line in enumerate(lines, 2) if line.strip())
    return columns, rows


def _row(number: int, line: str, columns: tuple[str, ...]) -> CsvRow:
    if "\0" in line:
        return CsvRow(number, {}, "holds a character that no text has (0)")
    try:
        (cells,) = csv.reader([line], strict=True)
    except csv.Error:
        return CsvRow(number, {}, "has a quotation mark that is not closed in its cell")
    trimmed = (cell.strip() for cell in cells)
    found = dict(zip(columns, trimmed, strict=False))
    is_longer = any(cell.strip() for cell in cells[len(columns) :])
    fault = "has more cells than the header" if is_longer else None
    return CsvRow(number, dict.fromkeys(columns, "") | found, fault)
