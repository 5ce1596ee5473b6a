"""`emis users`: accounts of people who sign in to the pages."""

import datetime as dt
import secrets

import click

from config.clock import clock_of
from processing.command.context import console, make_table, ready_settings, worker_connection
from processing.command.groups import CommandGroup
from processing.db.queries import users as queries

PASSWORD_BYTES = 12


@click.group(cls=CommandGroup)
def users() -> None:
    """Add, list, reissue and disable accounts.

    Example: emis users add hq.karkh1 --role general_directorate --scope FED-KARKH-1
    """


@users.command()
@click.argument("login")
@click.option("--role", required=True, type=click.Choice(queries.ROLES))
@click.option("--scope", help="The directorate or school that the account sees.")
@click.option("--name", "full_name", help="The post, as shown on the page. Default: the login.")
@click.option("--language", default="ar", type=click.Choice(["ar", "ckb", "en"]))
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(login, role, scope, full_name, language, password_stdin) -> None:
    """Add an account. Without --password-stdin a password is drawn and printed once.

    Example: emis users add ministry.statistics --role ministry --language ar
    """
    password, now = _password(password_stdin), dt.datetime.now(dt.UTC)
    with ready_settings() as settings, worker_connection(settings) as connection:
        account = queries.add_user(
            connection, login, full_name or login, role, scope, password, language, now
        )
    _print_open(account, None if password_stdin else password)


@users.command()
@click.argument("login")
@click.option("--name", "full_name", help="The post, as shown on the page. Default: as it is.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def reissue(login, full_name, password_stdin) -> None:
    """Give an account a new password: a forgotten one, or a post with a new holder.

    Whoever was signed in with it is signed out, and a disabled account is open again. Without
    --password-stdin a password is drawn and printed once.

    Example: emis users reissue hq.karkh1
    """
    password = _password(password_stdin)
    with ready_settings() as settings, worker_connection(settings) as connection:
        account = queries.reissue_user(connection, login, password, full_name)
    _print_open(account, None if password_stdin else password)


def _password(is_given: bool) -> str:
    if is_given:
        return click.get_text_stream("stdin").readline().rstrip("\n")
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _print_open(account: queries.Account, drawn: str | None) -> None:
    console.print(f"{account.login} may sign in as {account.role_code}.", markup=False)
    if drawn:
        console.print(f"Password: {drawn}   (shown this once)")


@users.command(name="list")
def list_command() -> None:
    """List accounts with their role, scope and last visit.

    Example: emis users list
    """
    with ready_settings() as settings, worker_connection(settings) as connection:
        accounts = queries.list_users(connection)
    table = make_table("login", "role", "sees", "language", "active", "last seen")
    for account in accounts:
        table.add_row(
            account.login,
            account.role_code,
            account.scope_code or "the whole country",
            account.language,
            "yes" if account.is_active else "no",
            clock_of(account.last_seen_at) if account.last_seen_at else "never",
        )
    console.print(table)


@users.command()
@click.argument("login")
def disable(login) -> None:
    """Close an account and end its sessions.

    Example: emis users disable hq.karkh1
    """
    with ready_settings() as settings, worker_connection(settings) as connection:
        account = queries.disable_user(connection, login)
    console.print(f"{account.login} can no longer sign in.", markup=False)
