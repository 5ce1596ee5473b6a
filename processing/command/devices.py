"""`emis devices`: accounts of tablets, from the first code to the last form."""

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import sqlalchemy as sa

from bridge.client import open_client
from bridge.devices import find_collect_version
from bridge.people import Actor, list_app_users
from config.clock import BAGHDAD
from config.errors import OperatorError
from config.words import counted
from processing.command import device_holders as holders
from processing.command.context import console, print_rows, ready_settings, worker_connection
from processing.command.device_sheets import CodeFolder
from processing.command.groups import CommandGroup
from processing.command.progress import counting_progress
from processing.db.queries import devices as queries
from processing.db.queries.users import list_head_logins
from processing.jobs.devices import Code, Devices, NotMade, Opened, devices_of

FOLDER = click.option("--out", "folder", required=True, help="Folder for the codes: PNG and PDF.",
                      type=click.Path(file_okay=False, path_type=Path))  # fmt: skip
NAMES_SHOWN = 10


def holder_options(command: Callable) -> Callable:
    """Exactly one of --school and --supervisor."""
    command = click.option("--supervisor", help="The code of the post.")(command)
    return click.option("--school", help="The school's code.")(command)


def signed(command: Callable) -> Callable:
    """Why and by whom: kept with the account."""
    for name, said in (("--by", "Your name"), ("--reason", "Why")):
        option = click.option(
            name, required=True, callback=_written, help=f"{said}; kept with the account."
        )
        command = option(command)
    return command


def _written(context: click.Context, option: click.Parameter, text: str) -> str:
    if not text.strip():
        raise click.BadParameter("it is empty; it is kept with the account.")
    return text.strip()


@click.group(cls=CommandGroup)
def devices() -> None:
    """Give tablets their accounts and codes, and take them away.

    Example: emis devices provision --directorate FED-KARKH-1 --out codes
    """


@devices.command()
@click.option("--directorate", help="Schools and supervisors of this one and its departments.")
@click.option("--schools", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="CSV with school_code, and tablet where schools share one.")  # fmt: skip
@click.option("--training", "is_training", is_flag=True,
              help="Practice codes, in a project that never reaches the figures.")  # fmt: skip
@click.option("--shared-by-building", is_flag=True, help="Schools of a building share one tablet.")
@click.option("--unfiltered", is_flag=True, help="Go on with a Central before 2026.2.")
@FOLDER
def provision(
    directorate: str | None,
    file: Path | None,
    is_training: bool,
    shared_by_building: bool,
    unfiltered: bool,
    folder: Path,
) -> None:
    """Give every school and supervisor an account, and write their codes.

    Who has an account keeps it, and its code is written again. Interrupted, it goes on where it
    stood. The files are secrets: whoever scans a code can send in the school's name.

    Example: emis devices provision --schools karkh.csv --out codes
    """
    if directorate and file or not (directorate or file or is_training):
        raise click.UsageError("Give --directorate, --schools or --training.")
    if file and shared_by_building:
        raise click.UsageError("With --schools the column tablet says who shares one.")
    with ready_settings() as settings:
        with worker_connection(settings) as connection:
            chosen = (
                holders.of_file(connection, file, (settings.central_key, settings.central_project))
                if file
                else holders.of_directorate(
                    connection, directorate, is_shared_by_building=shared_by_building
                )
            )
        with devices_of(settings) as opened:
            opened.require_project(is_training=is_training)
            opened.require_filters(is_unfiltered=unfiltered)
            _say_opened(opened.order(chosen.wanted, _now()), settings.central_tablet_password)
            wanted = {(kind, code) for kind, code, _ in chosen.wanted}
            codes, failed = _issue(opened, folder, opened.tablets_of(wanted))
            _write_sheets(_of_whole_tablets(codes, failed), folder, opened.is_training)
    for code, reason in chosen.refused.items():
        console.print(f"no code for {code}: it {reason}", markup=False)
    console.print(
        f"{counted(len(codes), 'code')} in {folder}. Keep the folder locked.", markup=False
    )
    if failed:
        raise _not_all_made(failed)


@devices.command(name="list")
@click.option("--directorate", help="Only of this one and its departments.")
@click.option("--collect", "asks_collect", is_flag=True,
              help="Ask Central which version of Collect sent the newest form (slow).")  # fmt: skip
def list_command(directorate: str | None, asks_collect: bool) -> None:
    """List accounts: whose, which tablet, last seen, what form version it sent last.

    Example: emis devices list --directorate FED-KARKH-1
    """
    with ready_settings() as settings, worker_connection(settings) as connection:
        if directorate is not None:
            holders.require_directorate(connection, directorate)
        place = (settings.central_key, settings.central_project)
        rows = [row for row in queries.list_devices(connection, place)
                if directorate in (None, row.directorate_code, row.general_code)]  # fmt: skip
        ids = [row.actor_id for row in rows if row.actor_id]
        newest = queries.list_newest(connection, place, ids)
        with open_client(settings, "manager") as client:
            actors = {actor.actor_id: actor for actor in list_app_users(client)}
            collect = {
                actor_id: find_collect_version(client, row.form_id, row.instance_id)
                for actor_id, row in newest.items()
                if asks_collect
            }
    lines = [
        _line(row, newest.get(row.actor_id), actors.get(row.actor_id), collect.get(row.actor_id))
        for row in rows
    ]
    print_rows(("holder", "name", "tablet", "state", "last seen", "form", "Collect"), lines)


@devices.command()
@holder_options
@signed
@FOLDER
def handover(school, supervisor, reason: str, by: str, folder: Path) -> None:
    """The head has changed: end every code of the post so far, and write a new one.

    Scanned on the same tablet (Project management, Reconfigure with QR code), forms that have not
    been sent stay, and are sent with the new code. The codes of tablets that were replaced end as
    well; it is said of which.

    Example: emis devices handover --school S1042 --reason "New head" --by "A. Hasan" --out codes
    """
    kind, code = _holder(school, supervisor)

    def act(opened: Devices) -> None:
        for moment in opened.hand_over(kind, code, by, reason, _now()):
            _say_ended(kind, code, moment)
        if school:
            _say_logins(opened, school)

    _renew(kind, code, folder, act)


@devices.command()
@holder_options
@signed
@FOLDER
def replace(school, supervisor, reason: str, by: str, folder: Path) -> None:
    """The tablet is broken: write a code for another one, and let the old one go on sending.

    So that forms that lie unsent on the old tablet survive, its code is not ended; `revoke`, or the
    next handover, ends it. For a tablet that was stolen use `handover`.

    Example: emis devices replace --school S1042 --reason "Screen" --by "A. Hasan" --out codes
    """
    kind, code = _holder(school, supervisor)

    def act(opened: Devices) -> None:
        opened.replace(kind, code, by, reason, _now())

    _renew(kind, code, folder, act)


@devices.command()
@holder_options
@signed
def revoke(school, supervisor, reason: str, by: str) -> None:
    """End every code of a school or supervisor; nothing can be sent with them any more.

    Example: emis devices revoke --school S1042 --reason "Closed" --by "A. Hasan"
    """
    kind, code = _holder(school, supervisor)
    with ready_settings() as settings, devices_of(settings) as opened:
        count = opened.revoke(kind, code, by, reason, _now())
    console.print(f"{kind} {code}: {counted(count, 'account')} ended")


def _renew(kind: str, code: str, folder: Path, act: Callable[[Devices], None]) -> None:
    """Act, then print the sheet of the tablet."""
    with ready_settings() as settings:
        with worker_connection(settings) as connection:
            holders.require_open(connection, kind, code)
        with devices_of(settings) as opened:
            act(opened)
            (tablet,) = opened.tablets_of({(kind, code)})
            codes, failed = _issue(opened, folder, {tablet})
            if failed:
                raise failed[0].error
            path = CodeFolder(folder).write_pdf(tablet, codes, is_training=opened.is_training)
    console.print(f"{kind} {code}: {path}. Keep it locked.", markup=False)


def _issue(opened: Devices, folder: Path, tablets: set[str]) -> tuple[list[Code], list[NotMade]]:
    """Make accounts, and write each code at once: an interruption takes nothing back.

    Of whole tablets: the sheet of a shared one has others' codes as well. The codes are in the
    order of directorate and tablet.
    """
    files, codes, failed = CodeFolder(folder), [], []
    with counting_progress() as progress:
        task = progress.add_task("accounts and codes", total=None)
        issued = opened.issue(
            lambda row: row.tablet in tablets and row.is_open,
            _now(),
            lambda done, total: progress.update(task, completed=done, total=total),
        )
        with closing(issued):
            for each in issued:
                if isinstance(each, NotMade):
                    failed.append(each)
                else:
                    files.write_png(each)
                    codes.append(each)
    return sorted(codes, key=_place_of), sorted(failed, key=_place_of)


def _place_of(each: Code | NotMade) -> tuple[str, str, str, str]:
    return each.directorate_code, each.tablet, each.kind, each.code


def _of_whole_tablets(codes: list[Code], failed: list[NotMade]) -> list[Code]:
    """A sheet that lacks a school of its tablet would be taken for the whole."""
    torn = {each.tablet for each in failed}
    return [code for code in codes if code.tablet not in torn]


def _not_all_made(failed: list[NotMade]) -> OperatorError:
    named = "; ".join(
        f"{each.kind} {each.code}: {each.error.message}" for each in failed[:NAMES_SHOWN]
    )
    more = f" … and {len(failed) - NAMES_SHOWN:,} more" if len(failed) > NAMES_SHOWN else ""
    return OperatorError(
        "devices-not-all-made",
        f"{counted(len(failed), 'account')} could not be made, so there is no sheet for the tablet:"
        f" {named}{more}",
        "The others are made and written. Run the command again: it makes those that are missing.",
    )


def _write_sheets(codes: list[Code], folder: Path, is_training: bool) -> None:
    """A PDF a department: the pile of paper that goes there.

    A tablet whose schools are of several departments has its sheet in the pile of the first.
    """
    piles: dict[str, list[Code]] = {}
    piles_of: dict[str, str] = {}
    for code in codes:
        directorate = piles_of.setdefault(code.tablet, code.directorate_code)
        piles.setdefault(directorate, []).append(code)
    with counting_progress() as progress:
        task = progress.add_task("sheets", total=len(piles))
        for directorate, pile in piles.items():
            CodeFolder(folder).write_pdf(directorate, pile, is_training=is_training)
            progress.advance(task)


def _say_ended(kind: str, code: str, replaced_at: dt.datetime) -> None:
    console.print(
        f"{kind} {code}: this also ends the code of the tablet that was replaced on"
        f" {_day(replaced_at)}. What lies unsent there is refused, unless the new code is scanned"
        " on it by Reconfigure with QR code.",
        markup=False,
    )


def _say_logins(opened: Devices, school: str) -> None:
    """The account for the pages is of the post too, and its password of who had it before."""
    with opened.engine.connect() as connection:
        logins = list_head_logins(connection, school)
    for login in logins:
        console.print(
            f"school {school}: whoever had the post still signs in to the pages as {login}."
            f" `emis users reissue {login}` ends that and gives a new password.",
            markup=False,
        )


def _say_opened(found: Opened, password: str | None) -> None:
    console.print(f"{counted(found.count, 'holder')}, of which {found.ordered:,} had no account")
    if found.missing_forms:
        console.print(f"not published, so on no tablet: {', '.join(found.missing_forms)}")
    if not found.is_filtered:
        console.print("[yellow]This Central cannot limit lists: every tablet gets all of them.[/]")
    else:
        console.print(f"lists limited to their tablet: {', '.join(found.lists) or 'none is there'}")
    if not password:
        console.print("[yellow]CENTRAL_TABLET_PASSWORD is empty: whoever looks for the locked "
                      "settings of Collect can unlock them.[/]")  # fmt: skip


def _holder(school: str | None, supervisor: str | None) -> tuple[str, str]:
    if bool(school) == bool(supervisor):
        raise click.UsageError("Give --school or --supervisor.")
    return ("school", school) if school else ("supervisor", supervisor)


def _line(
    row: sa.Row, sent: sa.Row | None, actor: Actor | None, collect: str | None
) -> tuple[str, ...]:
    return (
        f"{row.holder_kind} {row.holder_code} #{row.serial}",
        row.name_ar or "not in the registry",
        row.tablet,
        _state(row),
        _moment(actor.last_used_at if actor else None),
        f"{sent.form_id} {sent.form_version or ''}".rstrip() if sent else "",
        collect or "",
    )


def _state(row: sa.Row) -> str:
    if row.ended_at:
        return "ended, not yet revoked"
    if row.replaced_at:
        return f"replaced {_day(row.replaced_at)}, may send"
    if not row.is_open:
        return "of a closed school" if row.holder_kind == "school" else "of a post not filled"
    return "in use" if row.issued_at else "ordered"


def _day(moment: dt.datetime) -> str:
    return f"{moment.astimezone(BAGHDAD):%Y-%m-%d}"


def _moment(text: str | None) -> str:
    if not text:
        return "never"
    return f"{dt.datetime.fromisoformat(text).astimezone(BAGHDAD):%Y-%m-%d %H:%M}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
