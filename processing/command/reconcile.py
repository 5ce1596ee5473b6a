"""`emis reconcile`: does the mirror equal Central?"""

import datetime as dt

import click

from config.errors import OperatorError
from config.settings import Settings
from processing.command.context import console, ready_settings, worker_connection
from processing.db.queries.forms import list_forms
from processing.jobs.pulling import find_forms
from processing.jobs.reconciling import (
    SHOWN,
    Difference,
    heal_form,
    reconcile_form,
    save_result,
)


@click.command()
@click.argument("form_ids", nargs=-1, metavar="[FORM]…")
@click.option("--deep", is_flag=True, help="Compare every typed value and the XML, too.")
@click.option("--fix", is_flag=True, help="Pull anew what differs.")
def reconcile(form_ids: tuple[str, ...], deep: bool, fix: bool) -> int:
    """Compare every submission of Central with the mirror. Exit code 1 if anything differed.

    Example: emis reconcile school_census --deep --fix
    """
    differing = 0
    with ready_settings() as settings:
        for form_id in _chosen(settings, form_ids):
            difference = _compare(settings, form_id, deep)
            _print(difference)
            differing += difference.count > 0
            if fix and difference.count:
                _fix(settings, difference)
    return 1 if differing else 0


def _chosen(settings: Settings, form_ids: tuple[str, ...]) -> list[str]:
    """The forms to compare. One that neither side knows would be as empty here as there."""
    with worker_connection(settings) as connection:
        published = [row.form_id for row in find_forms(connection, settings)]
        mirrored = [row.form_id for row in list_forms(connection, settings.central_key)]
    unknown = [form_id for form_id in form_ids if form_id not in {*published, *mirrored}]
    if unknown:
        raise OperatorError(
            "form-unknown",
            f"Neither the project in Central nor the mirror has the form {', '.join(unknown)}.",
            "`emis forms list` shows those of Central, `emis status` those of the mirror.",
        )
    return list(form_ids) or published


def _compare(settings: Settings, form_id: str, is_deep: bool) -> Difference:
    with worker_connection(settings) as connection:
        now = dt.datetime.now(dt.UTC)
        difference = reconcile_form(connection, settings, form_id, now, is_deep=is_deep)
        save_result(connection, settings, difference, now)
        return difference


def _fix(settings: Settings, difference: Difference) -> None:
    with worker_connection(settings) as connection:
        report = heal_form(connection, settings, difference, dt.datetime.now(dt.UTC))
    console.print(
        f"  healed: {report.added:,} added, {report.changed:,} renewed,"
        f" {report.purged:,} marked as purged"
    )


def _print(difference: Difference) -> None:
    console.print(f"{difference.form_id}: {difference.in_words()}")
    for name, ids in difference.ids.items():
        for instance_id in ids[:SHOWN]:
            console.print(f"  {name}  {instance_id}", markup=False)
        if len(ids) > SHOWN:
            console.print(f"  {name}  … and {len(ids) - SHOWN:,} more")
