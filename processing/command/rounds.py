"""`emis rounds`: what is asked, when, of which schools."""

import datetime as dt
from functools import partial

import click
import sqlalchemy as sa
from rich.table import Table

from config.clock import BAGHDAD, day_of
from config.codes import read_codes
from config.errors import OperatorError
from config.forms import LANGUAGES, FormEntry, load_catalogue
from config.rounds import derive_code, derive_name, school_year_of
from config.words import counted
from processing.command.context import console, make_table, ready_settings, worker_connection
from processing.command.groups import CommandGroup
from processing.db.queries import rounds as queries
from processing.db.queries.rounds import Round
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.rounds import close_round, open_round

day_option = partial(click.option, type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD")
# What is sent when there is something to say: visits, school updates, corrections.
ON_OCCASION = "on occasion"
CENSUS = "school_census"


@click.group(cls=CommandGroup)
def rounds() -> None:
    """Open, list and close the rounds of the forms.

    Example: emis rounds list
    """


@rounds.command(name="open")
@click.argument("form_id", metavar="FORM")
@day_option("--reference", "reference_date", required=True,
            help="The day to which all answers refer.")  # fmt: skip
@day_option("--opens", "opens_on", required=True, help="First day to answer.")
@day_option("--due", "due_on", required=True, help="Last day in time.")
@day_option("--closes", "closes_on", required=True, help="Last day on which an answer is taken.")
@click.option("--ministry", "ministry_code", help="Whose schools owe it. Default: every ministry.",
              type=click.Choice([code.code for code in read_codes("ministry")]))  # fmt: skip
@click.option("--level", "level_codes", multiple=True, help="Only schools of this level.",
              type=click.Choice([code.code for code in read_codes("level")]))  # fmt: skip
@click.option("--directorate", "directorate_codes", multiple=True,
              help="Only schools of this directorate, or of the departments below it.")  # fmt: skip
@click.option("--school-year", type=int, help="The year in which it begins. Default: by reference.")
@click.option("--code", "round_code", help="Default: of form, month and ministry.")
@click.option("--name-ar", help="Default: title, month and year; so also the next two.")
@click.option("--name-ckb")
@click.option("--name-en")
def open_command(**given) -> None:
    """Open a round, and show it at once on the tablets of those whom it asks.

    Refused where some of the same schools would be asked the same form in the same days (opening
    to due), or as of the same day, twice. The time for late answers may overlap.

    Example: emis rounds open school_census --ministry federal --reference 2026-11-01 --opens
    2026-11-01 --due 2026-11-30 --closes 2026-12-31
    """
    asked, now = round_of(given), dt.datetime.now(dt.UTC)
    with ready_settings() as settings, worker_connection(settings) as connection:
        load_catalogue_into(connection)
        report = open_round(connection, settings, asked, now)
        row = _row(connection, asked.round_code, now)
        is_census = asked.form_id == CENSUS
        results = queries.find_results_after(connection, asked) if is_census else None
    console.print(f"round {asked.round_code}: {asked.name_en}, {_duty(row)}", markup=False)
    console.print(f"list rounds: {report}")
    if results:
        console.print(
            f"warning: {results.round_code} asks for the results of the year before until "
            f"{results.due_on}. Only then is it known who repeats: close this round, and open the "
            "census after that day.",
            markup=False,
        )


@rounds.command(name="list")
@click.option("--form", "form_id", help="Only rounds of this form.")
def list_command(form_id: str | None) -> None:
    """List rounds with their days, who owes them and how many have answered, the newest first.

    Example: emis rounds list --form school_census
    """
    now = dt.datetime.now(dt.UTC)
    with ready_settings() as settings, worker_connection(settings) as connection:
        rows = queries.list_rounds(connection, form_id, now, day_of(now))
    if form_id is not None and not rows:
        # Of a form that has left the catalogue the rounds are shown still.
        _entry_of(form_id)
    console.print(_table(rows))
    for row in rows:
        if row.closed_at:
            said = f"{row.round_code} was closed on {row.closed_at.astimezone(BAGHDAD):%Y-%m-%d}"
            console.print(f"{said} by {row.closed_by}: {row.reason}", markup=False)


@rounds.command()
@click.argument("round_code", metavar="CODE")
@click.option("--reason", required=True, help="Why; kept with the round.")
@click.option("--by", "closed_by", required=True, help="Your name; kept with the round.")
def close(round_code: str, reason: str, closed_by: str) -> None:
    """Close a round before its last day. It stays, with your entry; nothing is deleted.

    A return that comes later is kept, and stays out of the figures until somebody accepts it.

    Example: emis rounds close school_census-2026-11-federal --reason "Wrong dates" --by "A. Hasan"
    """
    now = dt.datetime.now(dt.UTC)
    with ready_settings() as settings, worker_connection(settings) as connection:
        report = close_round(connection, settings, round_code, closed_by, reason, now)
    console.print(f"round {round_code} is closed", markup=False)
    console.print(f"list rounds: {report}")


def round_of(given: dict) -> Round:
    """The round that the options describe; what is not given is derived."""
    entry = _entry_of(given["form_id"])
    days = {name: given[name].date()
            for name in ("reference_date", "opens_on", "due_on", "closes_on")}  # fmt: skip
    about = entry, given["ministry_code"], days["reference_date"]
    names = {f"name_{language}": given[f"name_{language}"] or derive_name(*about, language)
             for language in LANGUAGES}  # fmt: skip
    year = given["school_year"]
    return Round(
        round_code=given["round_code"] or derive_code(*about),
        form_id=entry.form_id,
        ministry_code=given["ministry_code"],
        level_codes=tuple(sorted(set(given["level_codes"]))) or None,
        directorate_codes=tuple(sorted(set(given["directorate_codes"]))) or None,
        school_year=school_year_of(days["reference_date"]) if year is None else year,
        **names,
        **days,
    )


def _entry_of(form_id: str) -> FormEntry:
    """Raises OperatorError `form-unknown`."""
    entry = load_catalogue().get(form_id)
    if entry is None:
        raise OperatorError(
            "form-unknown",
            f"The catalogue has no form {form_id}.",
            f"Known forms: {', '.join(load_catalogue())}.",
        )
    return entry


def _row(connection: sa.Connection, round_code: str, now: dt.datetime) -> sa.Row:
    rows = queries.list_rounds(connection, None, now, day_of(now))
    return next(row for row in rows if row.round_code == round_code)


def _table(rows: list[sa.Row]) -> Table:
    table = make_table(
        "round", "form", "state", "reference", "opens", "due", "closes", "owed by", "received"
    )
    for row in rows:
        days = (row.reference_date, row.opens_on, row.due_on, row.closes_on)
        owed = ON_OCCASION if row.owed_by is None else f"{row.owed_by:,}"
        counts = (f"{owed} ({_who(row)})", f"{row.received:,}")
        table.add_row(row.round_code, row.form_id, row.state, *map(str, days), *counts)
    return table


def _duty(row: sa.Row) -> str:
    if row.owed_by is None:
        return f"sent {ON_OCCASION} for {counted(row.named_count, 'school')}, owed by none"
    return f"owed by {counted(row.owed_by, 'school')}"


def _who(row: sa.Row) -> str:
    named = [row.ministry_code or "", *(row.level_codes or ()), *(row.directorate_codes or ())]
    return ", ".join(filter(None, named)) or "all"
