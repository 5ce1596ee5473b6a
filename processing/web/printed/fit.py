"""How large the letters can be so that all of it stands on one sheet of A4.

In: a `Sheet`. Out: the first density whose estimated height fits, else the last. The heights are
estimates, on the safe side, since pages run no script that could measure: a test prints the largest
returns that there can be with a real browser.
"""

import math
from dataclasses import dataclass

from processing.web.printed.records import Grid, Sheet, in_parts

# In points. The height is what style `printed.css` leaves between the page's head and its foot.
WIDTH_PT, HEIGHT_PT = 544, 560
# Of a letter, against the size of the font: of Latin letters, which are wider than Arabic ones.
LETTER_WIDTH = 0.55
BOLD_LETTER_WIDTH = 0.62
LINE_HEIGHT, HEADING_LINES = 1.35, 1.6
CELL_PADDING_PT, CELL_EDGES_PT, COLUMN_GAP_PT = 2.4, 4.4, 12
LONGEST_WEIGHT, GAP_LINES = 60, 0.5


@dataclass(frozen=True)
class Density:
    """name: its class in the style sheet. columns: of labelled answers."""

    name: str
    font_pt: float
    columns: int


DENSITIES = (
    Density("large", 10.5, 2),
    Density("roomy", 9.5, 2),
    Density("plain", 8.5, 2),
    Density("tight", 7.5, 3),
    Density("tightest", 7, 3),
)


def fitting(sheet: Sheet) -> Density:
    return next((one for one in DENSITIES if _fits(sheet, one)), DENSITIES[-1])


def _fits(sheet: Sheet, density: Density) -> bool:
    font = density.font_pt
    is_narrow = all(_width_pt(grid, font) <= WIDTH_PT / grid.tables for grid in sheet.grids)
    return is_narrow and height_pt(sheet, density) <= HEIGHT_PT


def height_pt(sheet: Sheet, density: Density) -> float:
    font = density.font_pt
    texts = " · ".join(sheet.texts)
    notes = [texts] * bool(texts) + list(sheet.corrections)
    lines = sum(_lines(text, WIDTH_PT, font) for text in notes)
    lines += HEADING_LINES * (bool(texts) + bool(sheet.corrections))
    grids = sum(_grid_pt(grid, font) for grid in sheet.grids)
    return grids + lines * font * LINE_HEIGHT + _blocks_pt(sheet, density)


def _blocks_pt(sheet: Sheet, density: Density) -> float:
    """Answers flow through the columns; the last line of a column may stay empty."""
    width = WIDTH_PT / density.columns - COLUMN_GAP_PT
    lines = sum(
        HEADING_LINES * bool(block.heading)
        + sum(_lines(f"{line.label}: {line.value}", width, density.font_pt) for line in block.lines)
        for block in sheet.blocks
    )
    spare = 2 if lines else 0
    return (lines / density.columns + spare) * density.font_pt * LINE_HEIGHT


def _grid_pt(grid: Grid, font: float) -> float:
    names, *cells = _widths(grid)
    title_lines, start = 1, 0
    for title, span in grid.titles:
        title_lines = max(title_lines, _lines(title, sum(cells[start : start + span]), font))
        start += span
    rows = [
        max(_lines(text, width, font)
            for text, width in zip(_texts(row), (names, *cells), strict=False))
        for row in grid.rows
    ]  # fmt: skip
    tables = in_parts(rows, grid.tables)
    heads = title_lines + bool(grid.parts)
    lines = heads + max(map(sum, tables)) + HEADING_LINES * bool(grid.caption) + GAP_LINES
    return lines * font * LINE_HEIGHT + (heads + len(tables[0])) * CELL_PADDING_PT


def _texts(row) -> list[str]:
    name, cells = row
    return [name, *(cell.text for cell in cells)]


def _columns(grid: Grid) -> list[list[str]]:
    """The texts of each column, its title first unless that spans several; the names at first."""
    heads = list(grid.parts) or [title for title, _ in grid.titles]
    lines = [[grid.head, *heads], *map(_texts, grid.rows)]
    return [list(texts) for texts in zip(*lines, strict=False)]


def _widths(grid: Grid) -> list[float]:
    """A browser gives a column its part by the longest of its texts."""
    weights = [
        max(_word_length(texts[0]), *(min(len(text), LONGEST_WEIGHT) for text in texts[1:])) + 1
        for texts in _columns(grid)
    ]
    whole = WIDTH_PT / grid.tables - len(weights) * CELL_EDGES_PT
    return [whole * weight / sum(weights) for weight in weights]


def _width_pt(grid: Grid, font: float) -> float:
    """The least width of a table: words and numbers are not broken."""
    longest = [max(map(_word_length, texts)) for texts in _columns(grid)]
    return sum(longest) * BOLD_LETTER_WIDTH * font + len(longest) * CELL_EDGES_PT


def _word_length(text: str) -> int:
    return max(map(len, text.split()), default=0)


def _lines(text: str, width: float, font: float) -> int:
    """How many lines a text takes."""
    return max(1, math.ceil(len(text) * LETTER_WIDTH * font / width))
