"""`emis forms`: the instruments, from workbook to Central."""

from functools import partial
from pathlib import Path

import click
from rich.status import Status

from bridge.authoring import check_form
from bridge.authoring_text import workbook_text
from bridge.client import open_client
from bridge.compile import compile_form
from bridge.findings import Finding, FormInvalid
from bridge.xlsform import read_xlsform
from config.errors import OperatorError
from config.forms import load_catalogue
from config.words import counted
from processing.command.context import console, make_table, ready_settings, worker_connection
from processing.command.forms_catalogue import catalogue_faults
from processing.command.forms_diff import diff
from processing.command.forms_preview import preview
from processing.command.forms_sources import path_of, read_others, workbooks
from processing.command.forms_tables import table_faults
from processing.command.forms_worksheet import worksheet
from processing.command.groups import CommandGroup
from processing.jobs.publishing import keep_lists, plan_lists, plan_publishing, publish

FORMS = "[FORM|FILE.xlsx]…"


@click.group(cls=CommandGroup)
def forms() -> None:
    """List, check, compare, try, print and publish the forms of the folder forms/.

    Example: emis forms check school_census
    """


forms.add_command(diff)
forms.add_command(preview)
forms.add_command(worksheet)


@forms.command(name="list")
def list_command() -> None:
    """List the forms here with the version that Central has.

    Example: emis forms list
    """
    with ready_settings(is_migrated=False) as settings, open_client(settings) as client:
        published = {form.xmlFormId: form for form in client.pyodk.forms.list()}
    table = make_table("form", "title", "here", "version in Central", "state")
    for form_id in sorted(published.keys() | workbooks().keys()):
        form, entry = published.get(form_id), load_catalogue().get(form_id)
        table.add_row(
            form_id,
            entry.title_en if entry else (form.name if form else ""),
            "yes" if form_id in workbooks() else "no",
            (form.version or "no version name") if form else "not published",
            form.state if form else "",
        )
    console.print(table)


@forms.command()
@click.argument("form_ids", nargs=-1, metavar=FORMS)
def check(form_ids: tuple[str, ...]) -> int:
    """Check workbooks: pyxform, ODK Validate, and what neither of them sees.

    Exit code 1 if anything keeps a form from being published.

    Example: emis forms check forms/school_census/school_census.xlsx
    """
    return 1 if sum([_show_faults(path) for path in _chosen(form_ids)]) else 0


@forms.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def text(file: Path) -> None:
    """Print a workbook as lines of text, a cell a line: what `git diff` compares.

    Example: emis forms text forms/school_census/school_census.xlsx
    """
    click.echo(workbook_text(file), nl=False)


@forms.command(name="publish")
@click.argument("form_ids", nargs=-1, metavar=FORMS)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def publish_command(form_ids: tuple[str, ...], dry_run: bool) -> int:
    """Bring Central's lists and forms to what is here; what has not changed is left alone.

    Exit code 1 if a form was refused (or would be); the others are published all the same.

    Example: emis forms publish --dry-run
    """
    paths = _chosen(form_ids)
    bring = plan_publishing if dry_run else publish
    with ready_settings() as settings:
        with worker_connection(settings) as connection, console.status("entity lists") as status:
            reports = (
                plan_lists(connection, settings) if dry_run
                else keep_lists(connection, settings, partial(_show_progress, status))
            )  # fmt: skip
        for name, report in reports.items():
            console.print(f"list {name}: {report}")
        results = list(bring(settings, paths))
    for result in results:
        console.print(f"form {result.form_id}: {result.action} {result.version}")
        for warning in result.warnings:
            console.print(f"  Central warns: {warning}", markup=False)
        if result.error:
            console.print(f"  {result.error}", markup=False)
    if dry_run:
        console.print("Nothing was done.")
    return 1 if any(result.error for result in results) else 0


def _show_progress(status: Status, name: str, done: int, total: int) -> None:
    status.update(f"{name}: {done:,} of {total:,}")


def _show_faults(path: Path) -> int:
    """Prints what is wrong with one workbook; how many errors there are."""
    try:
        findings = find_faults(path)
    except OperatorError as error:
        console.print(f"[bold]{path.stem}[/]: not checked")
        console.print(f"  error  {error}", markup=False)
        return 1
    count = sum(finding.severity == "error" for finding in findings)
    console.print(f"[bold]{path.stem}[/]: {_in_words(count, len(findings) - count)}")
    for finding in findings:
        console.print(f"  {finding.severity}  {finding}  [{finding.code}]", markup=False)
    return count


def find_faults(path: Path) -> list[Finding]:
    """What our checks, pyxform, ODK Validate, the catalogue and the other forms have against it."""
    form = read_xlsform(path)
    findings = [*check_form(path), *table_faults(form, read_others(form.form_id))]
    try:
        compiled = compile_form(path)
        findings += [*compiled.findings, *catalogue_faults(compiled)]
    except FormInvalid as error:
        findings += error.findings
    return list(dict.fromkeys(findings))


def _in_words(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "nothing found"
    return f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"


def _chosen(names: tuple[str, ...]) -> list[Path]:
    return [path_of(name) for name in names] if names else list(workbooks().values())
