"""Indicators: the list with the latest figures, and one by unit as table, chart and map.

Every figure stands beside its numerator and denominator and is divided last. A unit without a
denominator is "not covered" or "does not apply", never zero.
"""

from flask import Blueprint, abort, g, render_template, request

from config.indicators import load_indicators
from processing.db.queries.web_indicators import (
    UNIT_KINDS,
    find_value,
    list_breakdowns,
    list_unit_values,
    list_years,
)
from processing.db.queries.web_scope import NATION
from processing.web.access import Permission, may, permission, scope_of
from processing.web.database import reading
from processing.web.figures import indicators_table, units_table
from processing.web.i18n import language
from processing.web.tables import render_tables
from processing.web.words import breakdown_name, unit_kind_name

blueprint = Blueprint("indicators", __name__)


@blueprint.get("/indicators")
@permission(Permission.SIGNED_IN)
def list_indicators():
    if not may(g.account, Permission.FIGURES):
        return render_template("no_release.html")
    years = list_years(reading())
    if not years:
        return render_template("no_figures.html")
    year = chosen(years, request.args.get("year", type=int), years[0])
    units = [scope_of(g.account).unit]
    if NATION.unit not in units:
        units.append(NATION.unit)
    table = indicators_table(units, year, has_schools=True)
    return render_tables("indicators.html", [table], years=years, year=year)


@blueprint.get("/indicators/<indicator>")
@permission(Permission.FIGURES)
def show_indicator(indicator: str):
    entry = load_indicators().get(indicator) or abort(404)
    years = list_years(reading())
    if not years:
        return render_template("no_figures.html")
    scope = scope_of(g.account)
    year = chosen(years, request.args.get("year", type=int), years[0])
    breakdowns = list_breakdowns(reading(), indicator, year) or [""]
    breakdown = chosen(breakdowns, request.args.get("breakdown"), breakdowns[0])
    kind = chosen(UNIT_KINDS, request.args.get("by"), UNIT_KINDS[0])
    rows = list_unit_values(reading(), scope, language(), indicator, year, kind, breakdown)
    nation = find_value(reading(), indicator, year, NATION.unit, breakdown)
    name = f"{indicator}-{year}-{kind}" + (f"-{breakdown}" if breakdown else "")
    table = units_table(entry, rows, nation, name, is_whole=scope == NATION)
    return render_tables(
        "indicator.html",
        [table],
        table_name=name,
        title=entry.name(language()),
        definition=entry.definition.in_language(language()),
        source=entry.source.in_language(language()),
        years=years,
        year=year,
        breakdowns=[(code, breakdown_name(code)) for code in breakdowns],
        breakdown=breakdown,
        kinds=[(code, unit_kind_name(code)) for code in UNIT_KINDS],
        kind=kind,
    )


def chosen(known, wanted, default):
    """What the address asks for if there is such a thing, else the default."""
    return wanted if wanted in known else default
