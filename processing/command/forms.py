"""`emis forms`: the instruments, from workbook to Central."""

from pathlib import Path

import click
from rich.table import Table

from bridge.authoring import check_form
from bridge.client import open_client
from bridge.compile import compile_form
from bridge.findings import Finding, FormInvalid
from config.errors import OperatorError
from config.forms import load_catalogue
from config.paths import FORMS_DIR
from processing.command.context import console, ready_settings, worker_connection
from processing.jobs.publishing import keep_lists, publish


@click.group()
def forms() -> None:
    """List, check and publish the forms of the folder forms/.

    Example: emis forms check school_census
    """


@forms.command(name="list")
def list_command() -> None:
    """List the forms here with the version that Central has.

    Example: emis forms list
    """
    with ready_settings(is_migrated=False) as settings, open_client(settings) as client:
        published = {form.xmlFormId: form for form in client.pyodk.forms.list()}
    table = Table("form", "title", "here", "version in Central", "state")
    for form_id in sorted(published.keys() | _workbooks().keys()):
        form, entry = published.get(form_id), load_catalogue().get(form_id)
        table.add_row(
            form_id,
            entry.title_en if entry else (form.name if form else ""),
            "yes" if form_id in _workbooks() else "no",
            (form.version or "no version name") if form else "not published",
            form.state if form else "",
        )
    console.print(table)


@forms.command()
@click.argument("form_ids", nargs=-1, metavar="[FORM|FILE.xlsx]…")
def check(form_ids: tuple[str, ...]) -> int:
    """Check workbooks: pyxform, ODK Validate, and what neither of them sees.

    Exit code 1 if anything keeps a form from being published.

    Example: emis forms check forms/school_census/school_census.xlsx
    """
    errors = 0
    for path in _chosen(form_ids):
        findings = find_faults(path)
        count = sum(finding.severity == "error" for finding in findings)
        errors += count
        console.print(f"[bold]{path.stem}[/]: {_in_words(count, len(findings) - count)}")
        for finding in findings:
            console.print(f"  {finding.severity}  {finding}  [{finding.code}]", markup=False)
    return 1 if errors else 0


@forms.command(name="publish")
@click.argument("form_ids", nargs=-1, metavar="[FORM|FILE.xlsx]…")
def publish_command(form_ids: tuple[str, ...]) -> int:
    """Bring Central's lists and forms to what is here; what has not changed is left alone.

    Exit code 1 if a form was refused; the others are published all the same.

    Example: emis forms publish
    """
    paths = _chosen(form_ids)
    with ready_settings() as settings:
        with worker_connection(settings) as connection, console.status("entity lists"):
            reports = keep_lists(connection, settings)
        for name, report in reports.items():
            console.print(f"list {name}: {report}")
        results = list(publish(settings, paths))
    for result in results:
        console.print(f"form {result.form_id}: {result.action} {result.version}")
        for warning in result.warnings:
            console.print(f"  Central warns: {warning}", markup=False)
        if result.error:
            console.print(f"  {result.error}", markup=False)
    return 1 if any(result.error for result in results) else 0


def find_faults(path: Path) -> list[Finding]:
    """Everything that our checks, pyxform and ODK Validate find in a workbook."""
    findings = check_form(path)
    try:
        findings += compile_form(path).findings
    except FormInvalid as error:
        findings += error.findings
    return list(dict.fromkeys(findings))


def _in_words(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "nothing found"
    return f"{errors} errors, {warnings} warnings"


def _workbooks() -> dict[str, Path]:
    paths = sorted(FORMS_DIR.glob("*/*.xlsx"))
    return {path.stem: path for path in paths if not path.name.startswith("~$")}


def _chosen(names: tuple[str, ...]) -> list[Path]:
    known = _workbooks()
    return [_path_of(name, known) for name in names] if names else list(known.values())


def _path_of(name: str, known: dict[str, Path]) -> Path:
    if name in known:
        return known[name]
    if Path(name).is_file():
        return Path(name)
    raise OperatorError(
        "form-unknown",
        f"There is no form {name} in {FORMS_DIR.name}/, and no file of that name.",
        f"Known forms: {', '.join(known)}.",
    )
