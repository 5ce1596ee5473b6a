"""`emis forms diff`: what a change of a form means, in words or as JSON."""

import json

import click

from bridge.authoring_diff import compare_forms
from processing.command.context import console
from processing.command.forms_database import database_effects
from processing.command.forms_sources import read_others, read_pair


@click.command()
@click.argument("before")
@click.argument("after")
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON object.")
def diff(before: str, after: str, as_json: bool) -> int:
    """Say what changes from one form to another, what Central will say, what the warehouse does.

    BEFORE and AFTER are each a form id, a file, `central` (what is published there), or a form in
    an earlier commit, such as HEAD~1:school_census. Exit code 1 if Central would refuse AFTER.

    Example: emis forms diff central school_census
    """
    old, new = read_pair(before, after)
    names, files = (old.name, new.name), (old.files, new.files)
    found = compare_forms(old.model, new.model, old.history, names, files)
    others = read_others(new.model.form_id, is_central_asked=old.is_central or new.is_central)
    effects = database_effects(old.model, new.model, others)
    if as_json:
        record = {**found.as_record(), "database": list(effects)}
        click.echo(json.dumps(record, ensure_ascii=False, indent=2))
    else:
        _print(found, effects)
    return 1 if found.central.refusals else 0


def _print(found, effects: tuple[str, ...]) -> None:
    console.print(f"From {found.before} to {found.after}:", markup=False)
    if not found.changes:
        console.print("  nothing has changed")
    for change in found.changes:
        console.print(f"  {change.words}", markup=False)
    verdicts = [f"refuses: {text}" for text in found.central.refusals]
    verdicts += [f"warns: {text}" for text in found.central.warnings]
    _print_part("Central", verdicts or ["takes it"])
    title = "Warehouse, if Central took it" if found.central.refusals else "Warehouse"
    _print_part(title, effects or ["no change"])


def _print_part(title: str, lines) -> None:
    console.print(f"{title}:")
    for line in lines:
        console.print(f"  {line}", markup=False)
