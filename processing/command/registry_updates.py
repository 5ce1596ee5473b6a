"""`emis registry updates`: what schools report of themselves, and an officer's answer."""

import datetime as dt

import click
import sqlalchemy as sa

from config.clock import day_of
from config.updates import fault_text
from processing.command.context import console, make_table, ready_settings, worker_connection
from processing.command.groups import CommandGroup
from processing.db.queries import school_updates
from processing.db.queries.school_updates import Decision
from processing.db.queries.web_scope import NATION
from processing.feedback.updates import ending_names, judge
from processing.jobs.updating import UpdatesReport, apply_decisions, decide, get_update

OPEN, ALL = ("open", "waiting"), ("open", "waiting", "applied", "refused")
GIVEN_OPTIONS = {
    "directorate": "directorate_code",
    "locality": "locality_code",
    "building": "building_code",
    "role": "building_role_code",
    "name_ckb": "name_ckb",
    "name_en": "name_en",
}


@click.group(cls=CommandGroup)
def updates() -> None:
    """List and answer what schools report of themselves with the form school_update.

    Example: emis registry updates list
    """


@updates.command(name="list")
@click.option("--all", "is_all", is_flag=True, help="Also those that are decided.")
def list_command(is_all: bool) -> None:
    """List the updates that wait for an answer, with what the registry still needs of each.

    Example: emis registry updates list --all
    """
    with ready_settings() as settings, worker_connection(settings) as connection:
        rows = school_updates.list_updates(connection, NATION, ALL if is_all else OPEN)
        said = {row["update_id"]: _said(connection, row) for row in rows}
    table = make_table("update", "school", "what", "since", "sent by", "received", "state", "")
    for row in rows:
        since = str(row["effective_date"] or "")
        received = str(day_of(row["received_at"]))
        table.add_row(
            str(row["update_id"]), row["school_code"], " ".join(row["kinds"]), since,
            row["sent_by"], received, row["state"], said[row["update_id"]],
        )  # fmt: skip
    console.print(table)


@updates.command()
@click.argument("update_id", metavar="UPDATE", type=int)
@click.option("--by", "name", required=True, help="Your name; kept with the answer.")
@click.option("--directorate", help="Of a new school, or of one that has moved.")
@click.option("--locality", help="Of a new school, or of one that has moved: urban or rural.")
@click.option("--building", help="Code of the building; a new one is entered into the registry.")
@click.option("--role", help="What the school is in the building: host or guest.")
@click.option("--name-ckb", help="In Kurdish, of a new or renamed school; a name not given ends.")
@click.option("--name-en", help="The same in English.")
def approve(update_id: int, name: str, **given: str | None) -> None:
    """Approve an update: the registry changes now, or on the day that the form names.

    A school's changed attributes begin a new period of its history. Central and the school are
    told, and the tablets' list follows.

    Example: emis registry updates approve 12 --by "A. Hasan" --directorate FED-KARKH-1-08Q03
    --locality rural
    """
    facts = {GIVEN_OPTIONS[option]: value for option, value in given.items() if value}
    report = _answer(update_id, Decision("approved", "command", name.strip(), "", facts))
    is_now = report.applied > 0
    console.print(f"update {update_id} is approved" + ("" if is_now else "; its day is to come"))


@updates.command()
@click.argument("update_id", metavar="UPDATE", type=int)
@click.option("--reason", required=True, help="Why; the school is told it.")
@click.option("--by", "name", required=True, help="Your name; kept with the answer.")
def refuse(update_id: int, reason: str, name: str) -> None:
    """Refuse an update: the registry stays as it is, and the school is told the reason.

    Example: emis registry updates refuse 12 --reason "No order was issued" --by "A. Hasan"
    """
    _answer(update_id, Decision("refused", "command", name.strip(), reason.strip(), {}))
    console.print(f"update {update_id} is refused")


def _answer(update_id: int, decision: Decision) -> UpdatesReport:
    now = dt.datetime.now(dt.UTC)
    with ready_settings() as settings, worker_connection(settings) as connection:
        decide(connection, get_update(connection, update_id), decision, now)
        return apply_decisions(connection, now)


def _said(connection: sa.Connection, row) -> str:
    """What keeps an open update from being approved as it is; who decided one that is not open."""
    if row["state"] != "open":
        return f"{row['name']}: {row['reason']}" if row["reason"] else row["name"]
    judgement = judge(connection, row, {})
    if judgement.fault:
        return fault_text(judgement.fault, "en")
    needed = f"needs {', '.join(judgement.missing)}" if judgement.missing else ""
    ending = ", ".join(ending_names(judgement))
    ends = f"ends {ending}" if ending else ""
    approved = "approved at Central" if row["review_state"] == "approved" else ""
    return "; ".join(filter(None, [approved, needed, ends]))
