"""What the warehouse will do when a changed form is published.

Comes in: two models of a form. Goes out: sentences. The tables are planned by the very code that
makes them (processing.land.plan), each version on top of the one before; columns are only ever
added or widened, never dropped.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from bridge.xform_model import FormModel
from config.forms import load_catalogue
from config.sqlnames import table_name
from processing.land.plan import FormPlan, Placement, PlannedField, plan_form


def database_effects(
    old: FormModel, new: FormModel, others: Mapping[str, Iterable[str]] = MappingProxyType({})
) -> tuple[str, ...]:
    """In the order of the form; two form ids have tables of their own.

    others: form id -> paths of the repeats of each other form whose tables are there, or will be.
    """
    owners = table_owners(others)
    if old.form_id != new.form_id:
        clashes = _clashes(_plan(new, {}, owners), owners, set())
        return (f"The form {new.form_id} gets tables of its own.", *clashes)
    before = _plan(old, {}, owners)
    after = _plan(new, _placements(before), owners)
    known = {table.path for table in before.tables}
    return (
        *_tables(before, after), *_clashes(after, owners, known), *_columns(before, after),
        *_left(before, after),
    )  # fmt: skip


def table_owners(others: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Table -> the form that it belongs to."""
    owners: dict[str, str] = {}
    for form_id, repeats in others.items():
        for path in ("", *repeats):
            owners[table_name(f"{form_id}{path}", owners)] = form_id
    return owners


def _clashes(plan: FormPlan, owners: dict[str, str], known: set[str]) -> Iterator[str]:
    """known: the paths whose tables are there already, under whatever name they got."""
    for table in plan.tables:
        wanted = table_name(f"{plan.form_id}{table.path}")
        if wanted in owners and table.path not in known:
            yield (
                f"survey.{wanted} belongs to the form {owners[wanted]}: the table of "
                f"{table.path or plan.form_id} will be survey.{table.name}."
            )


def _plan(form: FormModel, placed: dict[str, Placement], taken: Iterable[str]) -> FormPlan:
    entry = load_catalogue().get(form.form_id)
    personal = entry.personal_paths if entry else ()
    return plan_form(form.form_id, form.fields(), placed, taken, personal)


def _placements(plan: FormPlan) -> dict[str, Placement]:
    tables = {table.path: Placement(table.name, ()) for table in plan.tables}
    fields = {
        item.path: Placement(
            item.table,
            tuple(column.name for column in item.columns),
            tuple(column.sql_type for column in item.columns),
        )
        for table in plan.tables
        for item in table.fields
    }
    return tables | fields


def _tables(before: FormPlan, after: FormPlan) -> Iterator[str]:
    known = {part for table in before.tables for part in table.parts}
    for table in after.tables:
        for part in table.parts:
            if part not in known:
                yield f"survey.{part} is a new table."


def _columns(before: FormPlan, after: FormPlan) -> Iterator[str]:
    for table in after.tables:
        for item in table.fields:
            old = before.field_at(item.path)
            if old is None or [c.name for c in old.columns] != [c.name for c in item.columns]:
                yield _added(item)
            else:
                yield from _widened(old, item)


def _added(item: PlannedField) -> str:
    names = ", ".join(f"{item.table}.{column.name}" for column in item.columns)
    masked = "; readers see it masked" if item.is_personal else ""
    several = len(item.columns) > 1
    return (
        f"survey.{names}: new column{'s' if several else ''} ({item.columns[0].sql_type}), empty "
        f"in earlier returns{masked}."
    )


def _widened(old: PlannedField, new: PlannedField) -> Iterator[str]:
    for was, will_be in zip(old.columns, new.columns, strict=True):
        if was.sql_type == will_be.sql_type:
            continue
        if was.sql_type == "text":
            yield f"survey.{new.table}.{was.name} stays text: a column never becomes narrower."
        else:
            yield f"survey.{new.table}.{was.name} is widened from {was.sql_type} to text."


def _left(before: FormPlan, after: FormPlan) -> Iterator[str]:
    for table in before.tables:
        for item in table.fields:
            if after.field_at(item.path) is None:
                names = ", ".join(f"{item.table}.{column.name}" for column in item.columns)
                yield f"survey.{names} is left as it is: old answers stay, new returns have none."
