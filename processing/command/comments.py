"""`emis comments`: what has been said at Central about one submission, read there now."""

import datetime as dt

import click

from config.clock import clock_of
from config.errors import OperatorError
from config.settings import Settings
from processing.command.context import console, make_table, ready_settings, worker_connection
from processing.db.queries.submissions import list_landed
from processing.jobs.surrounding import followed_forms, read_comments


@click.command()
@click.argument("form_id", metavar="FORM")
@click.argument("instance_id", metavar="SUBMISSION")
def comments(form_id: str, instance_id: str) -> None:
    """Read the comments on one submission at Central, keep them, and show them.

    Central gives no sign of a new comment. Where something is open they are read every hour;
    others are read when somebody asks.

    Example: emis comments school_census uuid:5f0c1a8e-…
    """
    with ready_settings() as settings, worker_connection(settings) as connection:
        form_key = _find(connection, settings, form_id, instance_id)
        now = dt.datetime.now(dt.UTC)
        rows = read_comments(connection, settings, form_key, instance_id, now)
    if not rows:
        console.print("No comments")
        return
    table = make_table("at", "who", "comment")
    for row in rows:
        table.add_row(clock_of(row.commented_at), row.actor_name or "", row.body)
    console.print(table)


def _find(connection, settings: Settings, form_id: str, instance_id: str) -> int:
    """The form_key of the form that is followed, if it has the submission."""
    for form in followed_forms(connection, settings):
        if form.form_id == form_id and list_landed(connection, form.form_key, [instance_id]):
            return form.form_key
    raise OperatorError(
        "submission-unknown",
        f"The mirror has no submission {instance_id} of a form {form_id}.",
        f"`emis status` shows the forms; `emis pull {form_id}` brings what is new.",
    )
