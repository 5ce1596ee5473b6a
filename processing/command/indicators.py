"""`emis indicators`: the catalogue and its values."""

import datetime as dt

import click

from config.errors import OperatorError
from config.indicators import load_indicators
from config.rounds import SCHOOL_YEARS
from config.words import counted
from processing.command.context import console, make_table, ready_settings, worker_connection
from processing.command.groups import CommandGroup
from processing.db.queries.stats import list_values, list_years_with_facts
from processing.indicators import compute_indicators

YEAR = click.IntRange(*SCHOOL_YEARS)
LEVELS = ("nation", "governorate", "directorate", "district", "school")


@click.group(cls=CommandGroup)
def indicators() -> None:
    """List, show and compute indicators.

    Example: emis indicators show female_share --level governorate
    """


@indicators.command(name="list")
def list_command() -> None:
    """List the indicators with their names in three languages.

    Example: emis indicators list
    """
    table = make_table("indicator", "English", "العربية", "کوردی", "unit")
    for code, entry in load_indicators().items():
        names = (entry.name("en"), entry.name("ar"), entry.name("ckb"))
        table.add_row(code, *names, entry.unit)
    console.print(table)


@indicators.command()
@click.argument("indicator")
@click.option("--level", type=click.Choice(LEVELS), default="governorate")
@click.option("--year", type=YEAR, help="School year, named by the year it begins.")
@click.option("--breakdown", default="", help="Such as sex=female or level=primary.")
def show(indicator: str, level: str, year: int | None, breakdown: str) -> None:
    """Show an indicator's numerators, denominators and values.

    Example: emis indicators show basic_water --level nation
    """
    entry = _entry(indicator)
    with ready_settings() as settings, worker_connection(settings) as connection:
        years = [year] if year else list_years_with_facts(connection)
        found = {
            shown: list_values(connection, indicator, shown, level, breakdown) for shown in years
        }
    if not any(found.values()):
        raise OperatorError(
            "indicator-without-values",
            f"{indicator} has no values by {level} for {', '.join(map(str, found)) or 'any year'}.",
            "`emis indicators compute` computes them; --year names a year by its beginning, and "
            "--breakdown is written like sex=female.",
        )
    table = make_table(
        "school year", level, "numerator", "denominator", entry.name("en"), "schools"
    )
    for shown, rows in found.items():
        for row in rows:
            value = entry.rounded(row["numerator"], row["denominator"])
            table.add_row(
                f"{shown}/{shown + 1}",
                row["unit_code"],
                f"{row['numerator']:,}",
                f"{row['denominator']:,}",
                "not covered" if value is None else f"{value:,}",
                f"{row['school_count']:,}",
            )
    console.print(table)


@indicators.command()
@click.option("--year", type=YEAR, multiple=True, help="School years; default: all with returns.")
def compute(year: tuple[int, ...]) -> None:
    """Compute every indicator anew, for every school and unit.

    Example: emis indicators compute --year 2026
    """
    with ready_settings() as settings, worker_connection(settings) as connection:
        with console.status("computing"):
            years = year or list_years_with_facts(connection)
            report = compute_indicators(connection, years, None, dt.datetime.now(dt.UTC))
    console.print(f"{counted(report.value_count, 'value')} computed.")


def _entry(indicator: str):
    known = load_indicators()
    if indicator in known:
        return known[indicator]
    raise OperatorError(
        "indicator-unknown",
        f"There is no indicator {indicator}.",
        "`emis indicators list` shows those that there are.",
    )
