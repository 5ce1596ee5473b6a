"""Charts and the map of governorates, from the same table that the page shows.

In: a table after disclosure control, with the columns `code`, `name` and `value`. Out: plain
records that a template draws as SVG; what is suppressed or not covered has no bar and no shade.
Widths are percentages, so that a chart fits any screen without a script.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from processing.exports.table import Table
from processing.web.tables import show_cell

MAP_FILE = Path(__file__).parent / "static" / "vendor" / "governorates.json"
SHADES = 5
FULL_PCT = 100
# Ends of a scale of percentages: a fifth of each is a round number. On 0–100 alone, a country
# between 7 % and 11 % would be of one shade.
SCALES_PCT = (5, 10, 20, 50, FULL_PCT)


@dataclass(frozen=True)
class Bar:
    """width_pct: of the widest bar's room; None where there is no figure."""

    name: str
    width_pct: float | None
    label: str


@dataclass(frozen=True)
class Shape:
    """One governorate of the map. shade: 1 (lowest) to 5; 0 without a figure."""

    path: str
    shade: int
    title: str


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    shapes: tuple[Shape, ...]
    legend: tuple[tuple[int, str], ...]


def draw_bars(table: Table) -> list[Bar]:
    """A bar a row, on the scale of the map; numbers of pupils leave out the nation, which would
    dwarf its parts."""
    rows = _parts(table)
    limit = _limit(table, rows)
    column = table.column("value")
    return [
        Bar(row["name"], _width(row["value"], limit), show_cell(row["value"], column))
        for row in rows
    ]


def draw_map(table: Table) -> Drawing:
    """The governorates of the map, each shaded by its row."""
    column = table.column("value")
    rows = {row["code"]: row for row in table.rows}
    steps = _steps(table)
    outline = _outline()
    shapes = tuple(
        Shape(
            path,
            _shade(rows[code]["value"], steps) if code in rows else 0,
            f"{rows[code]['name']}: {show_cell(rows[code]['value'], column)}"
            if code in rows
            else "",
        )
        for code, path in outline["paths"].items()
    )
    legend = tuple(
        (shade, f"{show_cell(low, column)} – {show_cell(high, column)}")
        for shade, (low, high) in enumerate(zip(steps, steps[1:], strict=False), start=1)
    )
    return Drawing(outline["width"], outline["height"], shapes, legend)


def _parts(table: Table) -> list[dict]:
    is_number_of_people = table.column("value").kind == "count"
    rows = list(table.rows)
    return [row for row in rows if not (is_number_of_people and row["code"] == "IQ")]


def _limit(table: Table, rows: list[dict]) -> Decimal:
    largest = max((row["value"] for row in rows if _is_figure(row["value"])), default=Decimal(0))
    return _scale_pct(largest) if table.column("value").kind == "percent" else largest


def _scale_pct(largest: Decimal) -> Decimal:
    """The end of a scale from 0 that holds the largest percentage: 10.6 → 20, 130 → 130."""
    return next((Decimal(end) for end in SCALES_PCT if end >= largest), largest)


def _width(value, limit: Decimal) -> float | None:
    if not _is_figure(value) or not limit:
        return None
    return round(float(value / limit) * FULL_PCT, 1)


def _steps(table: Table) -> list[Decimal]:
    """Six borders of five equal classes: from 0 for percentages, else of what there is."""
    values = [row["value"] for row in _parts(table) if _is_figure(row["value"])]
    if not values:
        return []
    low, high = min(values), max(values)
    if table.column("value").kind == "percent":
        low, high = Decimal(0), _scale_pct(high)
    if low == high:
        return [low, high]
    return [low + (high - low) * step / SHADES for step in range(SHADES + 1)]


def _shade(value, steps: list[Decimal]) -> int:
    if not _is_figure(value):
        return 0
    return max(1, sum(value > border for border in steps[:-1]))


def _is_figure(value) -> bool:
    return isinstance(value, Decimal)


@cache
def _outline() -> dict:
    return json.loads(MAP_FILE.read_text("utf-8"))
