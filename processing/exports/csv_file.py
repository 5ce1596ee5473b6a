"""A table as CSV for a spreadsheet: UTF-8 with a byte order mark, since Excel asks for one.

Text that a spreadsheet would take for a formula gets an apostrophe in front: what a school wrote
is shown, never run.
"""

import csv
import io
from datetime import date, datetime

from processing.exports.table import Cell, Marker, Table

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(table: Table, words: dict[Marker, str]) -> bytes:
    """Titles, then the rows. `words` says each marker in the reader's language."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([guard(column.title) for column in table.columns])
    for row in table.rows:
        writer.writerow([_text(row[column.key], words) for column in table.columns])
    return buffer.getvalue().encode("utf-8-sig")


def guard(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet would run it."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _text(cell: Cell, words: dict[Marker, str]) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Marker):
        return words[cell]
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    return guard(cell) if isinstance(cell, str) else str(cell)
