"""Tables of indicators, for the pages that show some.

In: rows of stats.indicator_value, numerator and denominator apart. Out: tables in which each figure
is divided last; where there is no denominator it says why, and is never zero.
"""

from decimal import Decimal

from flask import url_for
from flask_babel import gettext

from config.indicators import Indicator, load_indicators
from processing.db.queries.web_indicators import find_unit_name, list_values_of_units
from processing.db.queries.web_scope import NATION
from processing.exports.table import Column, Marker, Table, round_half_up
from processing.web.database import reading
from processing.web.i18n import language


def indicators_table(units: list[tuple[str, str]], year: int, has_schools: bool) -> Table:
    """Every indicator of the catalogue, the units side by side.

    has_schools: with the number of schools that each unit's figures rest on.
    """
    values = {
        (row["indicator"], (row["unit_level"], row["unit_code"])): row
        for row in list_values_of_units(reading(), year, units)
    }
    entries = load_indicators()
    names = [find_unit_name(reading(), language(), unit) or unit[1] for unit in units]
    schools = [
        Column(f"schools_{at}", gettext("Schools, %(unit)s", unit=name), "count")
        for at, name in enumerate(names)
    ]
    return Table(
        name=f"indicators-{year}",
        caption=gettext("Indicators"),
        columns=(
            Column("name", gettext("Indicator")),
            Column("unit", gettext("Unit")),
            *(Column(f"value_{at}", name, "figure") for at, name in enumerate(names)),
            *(schools if has_schools else ()),
        ),
        rows=tuple(_indicator_cells(code, entry, units, values) for code, entry in entries.items()),
        links=tuple(
            url_for("indicators.show_indicator", indicator=code, year=year) for code in entries
        ),
    )


def _indicator_cells(code: str, entry: Indicator, units: list, values: dict) -> dict:
    cells = {"name": entry.name(language()), "unit": unit_word(entry.unit)}
    for at, unit in enumerate(units):
        row = values.get((code, unit))
        cells[f"value_{at}"] = figure(entry, row)
        cells[f"schools_{at}"] = row["school_count"] if row else 0
    return cells


def units_table(entry: Indicator, rows: list, nation, name: str, is_whole: bool) -> Table:
    """One indicator by unit, the nation last. is_whole: the rows make up the nation."""
    cells = [_unit_cells(entry, row) for row in rows]
    if nation:
        cells.append(_unit_cells(entry, _nation_row(nation, rows, is_whole)))
    parts = (
        Column("numerator", gettext("Numerator"), "figure", is_people=True, part_of="denominator"),
        Column("denominator", gettext("Denominator"), "figure", is_people=True),
    )
    return Table(
        name=name,
        caption=entry.name(language()),
        columns=(
            Column("name", gettext("Unit of area")),
            Column("code", gettext("Code"), "code"),
            *(parts if entry.unit != "count" else ()),
            Column(
                "value", gettext("Value"), entry.unit, entry.decimals,
                is_people=entry.unit == "count",
                derived_from=() if entry.unit == "count" else ("numerator", "denominator"),
            ),
            Column("schools", gettext("Schools with figures"), "count"),
            Column("registered", gettext("Schools registered"), "count"),
        ),
        rows=tuple(cells),
        has_total=bool(nation) and is_whole,
    )  # fmt: skip


def _nation_row(nation, rows: list, is_whole: bool) -> dict:
    registered = sum(row["registered_count"] for row in rows) if is_whole else None
    name = find_unit_name(reading(), language(), NATION.unit)
    return dict(nation) | {
        "unit_code": NATION.unit[1], "name": name, "registered_count": registered,
    }  # fmt: skip


def _unit_cells(entry: Indicator, row) -> dict:
    return {
        "name": row["name"],
        "code": row["unit_code"],
        "numerator": tidy(row["numerator"]),
        "denominator": tidy(row["denominator"]),
        "value": figure(entry, row),
        "schools": row["school_count"],
        "registered": row["registered_count"],
    }


def figure(entry: Indicator, row) -> Decimal | Marker:
    """The value of a row of stats.indicator_value, or why there is none.

    schools that reported | denominator | shown
    none                  | –           | not covered
    some                  | 0           | does not apply (girls per boy in a school for girls)
    """
    value = entry.value(row["numerator"], row["denominator"]) if row else None
    if value is not None:
        return round_half_up(value, entry.decimals)
    has_reported = bool(row and row["school_count"])
    return Marker.NOT_APPLICABLE if has_reported else Marker.NOT_COVERED


def tidy(number: Decimal | None) -> int | Decimal | None:
    """A head count as a whole number; a derived one as it is, to three places."""
    if number is None:
        return None
    return int(number) if number == int(number) else round_half_up(number, 3)


def unit_word(unit: str) -> str:
    return {"percent": "%", "ratio": gettext("ratio"), "count": gettext("number")}[unit]
