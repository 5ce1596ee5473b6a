"""A workbook as lines of text, so that `git diff` shows what changed in a form.

Comes in: the path of an .xlsx. Goes out: one line a cell, one block a row, in the order of the
sheets. Rows carry no number: a row that is put in between then changes nothing but itself.
`python -m bridge.authoring_text FILE` prints it, for git (docs/form-authors.md); it loads little,
since git calls it once for each version of each file.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from bridge.xlsform import Row, Sheet, open_workbook, read_sheet
from config.errors import OperatorError

# What names a row for its reader: `select_one yes_no · has_other_sex`, `yes_no · yes`.
TITLE_COLUMNS = ("type", "list_name", "name")
OPERATOR_ERROR = 3


def workbook_text(path: Path) -> str:
    """Raises OperatorError for what is no workbook."""
    with open_workbook(path) as (book, _):
        sheets = [read_sheet(sheet.title, sheet) for sheet in book.worksheets]
    return "\n".join(line for sheet in sheets for line in _lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    yield f"===== {sheet.name} ====="
    yield f"columns: {', '.join(header.text for header in sheet.headers)}"
    for row in sheet.rows:
        titles = [row.get(sheet.header_of(column)) for column in TITLE_COLUMNS]
        yield ""
        yield f"[{' · '.join(title for title in titles if title)}]"
        yield from _cells(sheet, row)
    yield ""


def _cells(sheet: Sheet, row: Row) -> Iterator[str]:
    for header in sheet.headers:
        if header.base in TITLE_COLUMNS and header.language is None:
            continue
        if text := row.get(header.text):
            yield f"    {header.text}: {text}".replace("\n", "\n        ")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m bridge.authoring_text FILE.xlsx\n")
        return 2
    try:
        sys.stdout.buffer.write(workbook_text(Path(arguments[0])).encode())
    except OperatorError as error:
        sys.stderr.write(f"Error [{error.code}]: {error.message} {error.remedy}\n")
        return OPERATOR_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
