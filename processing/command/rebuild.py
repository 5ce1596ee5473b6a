"""`emis rebuild`: derived schemas made anew from the one below."""

import datetime as dt

import click

from processing.command.context import (
    console,
    print_failed_stages,
    ready_settings,
    worker_connection,
)
from processing.command.progress import counting_progress
from processing.db.queries import forms
from processing.jobs.stages import mark_rebuild
from processing.jobs.work import work_until_done
from processing.land import rebuild_survey


@click.command()
@click.argument("schema", type=click.Choice(["survey", "emis", "stats"]))
def rebuild(schema: str) -> int:
    """Rebuild survey from raw, emis from survey, or stats from emis; what follows comes with it.

    Example: emis rebuild survey
    """
    with ready_settings() as settings:
        if schema == "survey":
            _rebuild_survey(settings)
        else:
            with worker_connection(settings) as connection:
                mark_rebuild(connection, schema, dt.datetime.now(dt.UTC))
        with console.status("working") as shown:
            work_until_done(settings, lambda stage: shown.update(f"stage {stage}"))
        if print_failed_stages(settings):
            console.print(f"{schema} has been rebuilt in part; the rest is still due.")
            return 1
    console.print(f"{schema} has been rebuilt.")
    return 0


def _rebuild_survey(settings) -> None:
    with worker_connection(settings) as connection:
        form_ids = sorted({form.form_id for form in forms.list_forms(connection)})
    with counting_progress() as progress:
        for form_id in form_ids:
            task = progress.add_task(form_id, total=None)
            with worker_connection(settings) as connection:
                now = dt.datetime.now(dt.UTC)
                count = rebuild_survey(
                    connection,
                    form_id,
                    now,
                    lambda n, task=task: progress.update(task, completed=n),
                )
            progress.update(task, total=count, completed=count)
