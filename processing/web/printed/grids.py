"""Tables of the page: the rows of repeats, as `design` says or as the form has them."""

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal

from flask_babel import gettext

from bridge.xform_model import Question
from processing.web.printed.answers import ROOT, Row, as_number
from processing.web.printed.design import ROWS, Column, Design, Figure, GridDesign
from processing.web.printed.labels import FormWords, number_words
from processing.web.printed.records import EMPTY, Cell, Grid, in_parts

# Rows of a repeat without a design; where there are more they are counted.
MOST_LISTED_ROWS = 30
# A list of at least so many rows, of few columns and short words, stands in tables side by side.
LONG_ROWS, NARROW_COLUMNS, SHORT_CHARACTERS, TABLES = 8, 6, 24, 3
MOST_TURNED_ROWS = 6
# A column of the design, and what of it was answered in some row: (part, figure).
Kept = tuple[Column, list[tuple[int, Figure]]]


def designed_grids(design: Design, words: FormWords) -> Iterator[Grid]:
    for grid in design.grids:
        rows = words.answers.rows.get(grid.repeat, [])
        rows = _grouped(grid, rows) if grid.groups_by else rows
        if grid.needs_figures:
            rows = [row for row in rows if _has_figures(grid, row)]
        make = _turned if grid.is_turned else _upright
        for part in _portions(rows) if grid.is_turned else [rows]:
            kept = _kept(grid, part)
            if kept:
                yield make(grid, kept, part, words)


def listed_grid(
    repeat: str, questions: Sequence[Question], design: Design, words: FormWords
) -> Grid | None:
    """The rows of a repeat that nothing is designed for, where they are few."""
    rows = words.answers.rows.get(repeat, [])
    is_designed = repeat in design.counted or any(one.repeat == repeat for one in design.grids)
    if is_designed or words.repeat_of(repeat) != ROOT or not 0 < len(rows) <= MOST_LISTED_ROWS:
        return None
    asked = [one for one in questions if any(words.said(one, row) for row in rows)]
    if not asked:
        return None
    said = [[words.said(one, row) for one in asked] for row in rows]
    is_short = all(len(text) <= SHORT_CHARACTERS for texts in said for text in texts)
    is_long = is_short and len(rows) >= LONG_ROWS and len(asked) <= NARROW_COLUMNS
    return Grid(
        words.heading(repeat),
        "",
        tuple((words.label(one), 1) for one in asked),
        (),
        tuple(
            (_listed_name(design, repeat, row, words), tuple(Cell(text or EMPTY) for text in texts))
            for row, texts in zip(rows, said, strict=True)
        ),
        tables=TABLES if is_long else 1,
    )


def row_name(grid: GridDesign, row: Row, words: FormWords) -> str:
    if grid.groups_by:
        return words.said(words.by_path[grid.groups_by], row)
    value = row.values.get(grid.name.format(words.language))
    return str(row.position if value is None else value)


def sum_of(row: Row, paths: Sequence[str]) -> int | Decimal | None:
    """None where nothing of it was answered."""
    numbers = (as_number(row.values.get(path)) for path in paths)
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _portions(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """As many rows as a turned table has room for as columns."""
    return in_parts(rows, math.ceil(len(rows) / MOST_TURNED_ROWS))


def _listed_name(design: Design, repeat: str, row: Row, words: FormWords) -> str:
    return words.text(str(row.values.get(design.names.get(repeat)) or row.position))


def _grouped(grid: GridDesign, rows: Sequence[Row]) -> list[Row]:
    """One row for each answer, in the order of the codes, with the sums of its numbers."""
    found: dict[str, Row] = {}
    for row in rows:
        code = row.values.get(grid.groups_by)
        whole = found.setdefault(str(code or ""), Row(values={grid.groups_by: code}))
        for path, value in {**row.values, ROWS: 1}.items():
            number = as_number(value)
            if path != grid.groups_by and number is not None:
                whole.values[path] = whole.values.get(path, 0) + number
        whole.corrected |= row.corrected
    return [found[code] for code in sorted(found, key=_code_order)]


def _code_order(code: str) -> tuple[bool, int, str]:
    number = as_number(code)
    return number is None, int(number or 0), code


def _figure(figure: Figure, row: Row) -> int | Decimal | None:
    whole = sum_of(row, figure.plus)
    return None if whole is None else whole - (sum_of(row, figure.minus) or 0)


def _has_figures(grid: GridDesign, row: Row) -> bool:
    return any(_figure(figure, row) for column in grid.columns for figure in column.figures)


def _kept(grid: GridDesign, rows: Sequence[Row]) -> list[Kept]:
    found = []
    for column in grid.columns:
        figures = [
            (part, figure) for part, figure in enumerate(column.figures)
            if any(_figure(figure, row) is not None for row in rows)
        ]  # fmt: skip
        if figures:
            found.append((column, figures))
    return found


def _cell(figure: Figure, rows: Sequence[Row]) -> Cell:
    numbers = [number for row in rows if (number := _figure(figure, row)) is not None]
    is_corrected = any(row.corrected.intersection(figure.plus + figure.minus) for row in rows)
    return Cell(number_words(sum(numbers)) if numbers else EMPTY, is_corrected)


def _upright(grid: GridDesign, kept: list[Kept], rows: Sequence[Row], words: FormWords) -> Grid:
    figures = [figure for _, held in kept for _, figure in held]
    lines = [
        (row_name(grid, row, words), tuple(_cell(figure, [row]) for figure in figures))
        for row in rows
    ]
    has_total = len(rows) > 1
    if has_total:
        lines.append((gettext("All together"), tuple(_cell(figure, rows) for figure in figures)))
    return Grid(
        str(grid.caption),
        str(grid.head),
        tuple((str(column.title), len(held)) for column, held in kept),
        tuple(
            str(grid.parts[part]) if len(column.figures) > 1 else ""
            for column, held in kept
            for part, _ in held
        ),
        tuple(lines),
        has_total,
    )


def _turned(grid: GridDesign, kept: list[Kept], rows: Sequence[Row], words: FormWords) -> Grid:
    """A line for each column of the design; of each row the parts side by side."""
    groups = [*([row] for row in rows), rows]
    columns = [column for column, _ in kept]
    lines = [(str(column.title), _parts(column.figures, groups)) for column in columns]
    all_figures = tuple(
        Figure(tuple(path for column in columns for path in column.figures[part].plus))
        for part in range(len(grid.parts))
    )
    lines.append((gettext("All together"), _parts(all_figures, groups)))
    names = [f"{grid.head} {row_name(grid, row, words)}" for row in rows]
    names.append(gettext("All together"))
    return Grid(
        str(grid.caption),
        "",
        tuple((name, len(grid.parts)) for name in names),
        tuple(str(part) for _ in names for part in grid.parts),
        tuple(lines),
        has_total=True,
    )


def _parts(figures: Sequence[Figure], groups: Sequence[Sequence[Row]]) -> tuple[Cell, ...]:
    return tuple(_cell(figure, group) for group in groups for figure in figures)
