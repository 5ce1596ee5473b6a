"""Schemas: a form's published definition becomes tables, columns, views and labels."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bridge.changes import FormField, FormSchema
from config.forms import load_catalogue
from processing.db.queries import form_events, forms, survey
from processing.land.form_changes import list_changes
from processing.land.plan import (
    Column,
    FormPlan,
    Placement,
    PlannedTable,
    is_part,
    plan_form,
)
from processing.land.values import column_types

# A view holds 1,600 columns (PostgreSQL, MaxHeapAttributeNumber), key and system ones included.
MAX_VIEW_COLUMNS = 1_500
DDL_LOCK_SQL = "SELECT pg_advisory_xact_lock(hashtextextended('survey tables', 0))"


@dataclass(frozen=True)
class LandedForm:
    """A form that rows can be landed into: its key and its plan, with the columns' real types.

    school_path, period_path: the questions that name the slice; None in a form of nobody's
    catalogue, whose submissions all share the slice "unassigned".
    """

    form_key: int
    form_id: str
    plan: FormPlan
    school_path: str | None
    period_path: str | None


def prepare_form(connection: sa.Connection, schema: FormSchema, now: dt.datetime) -> LandedForm:
    """Make the tables fit the published definition. Nothing is dropped; columns only widen."""
    # Two forms may be prepared at the same time, and their names must not fall together.
    connection.execute(sa.text(DDL_LOCK_SQL))
    form_key = _save_schema(connection, schema, now)
    fields = _with_retired(schema.fields, _stored_fields(connection, form_key))
    plan = _plan(connection, schema.key.form_id, form_key, fields)
    drop_views(connection, schema.key.form_id)
    plan = FormPlan(plan.form_id, tuple(_fit_table(connection, table) for table in plan.tables))
    forms.replace_fields(connection, form_key, _field_rows(schema.fields, plan))
    choices = [vars(choice) for choice in schema.choices]
    forms.save_choices(connection, form_key, choices)
    rebuild_views(connection, schema.key.form_id)
    return _landed(form_key, plan)


def refit_form(connection: sa.Connection, form_key: int) -> LandedForm:
    """Make the tables of a known form after a rebuild has dropped them; views come last."""
    form = load_plan(connection, form_key)
    tables = tuple(_fit_table(connection, table) for table in form.plan.tables)
    for row in forms.list_places(connection, form.form_id):
        _fit_left_over(connection, row)
    return replace(form, plan=FormPlan(form.form_id, tables))


def load_form(connection: sa.Connection, form_key: int) -> LandedForm:
    """The form as it was last prepared, with the real types of its columns."""
    form = load_plan(connection, form_key)
    tables = tuple(_with_real_types(connection, table) for table in form.plan.tables)
    return replace(form, plan=FormPlan(form.form_id, tables))


def load_plan(connection: sa.Connection, form_key: int) -> LandedForm:
    """The form's plan from its stored fields alone, whether its tables exist or not."""
    form, fields = forms.get_form(connection, form_key), _stored_fields(connection, form_key)
    return _landed(form_key, _plan(connection, form.form_id, form_key, fields))


def _stored_fields(connection, form_key: int) -> tuple[FormField, ...]:
    """Every field that any version of the form has had, those of the published one first."""
    return tuple(
        FormField(
            row.path, row.path.rsplit("/", 1)[-1], row.kind, row.is_binary, row.is_select_multiple
        )
        for row in forms.list_fields_ever(connection, form_key)
    )


def _with_retired(fields: tuple[FormField, ...], stored) -> tuple[FormField, ...]:
    """The feed no longer shows what the form has stopped to ask; the XML of old rows does."""
    asked = {item.path for item in fields}
    return (*fields, *(item for item in stored if item.path not in asked))


def rebuild_views(connection: sa.Connection, form_id: str) -> None:
    """The readers' views of a form id, with every column that any version has had."""
    tables = _tables(connection, form_id)
    root = next(row.table_name for row in tables if row.path == "")
    columns = defaultdict(dict)
    for row in forms.list_places(connection, form_id):
        held = columns[_logical(row, tables)]
        for name in row.column_names:
            held.setdefault((row.table_name, name), (row.table_name, name, row.is_personal))
    for table in tables:
        above = None if table.table_name == root else root
        held = list(columns[table.table_name].values())
        for name, own in _views(table.table_name, held).items():
            survey.drop_view(connection, name)
            survey.create_view(connection, name, table.table_name, own, above)
    survey.replace_choice_view(connection)


def drop_views(connection: sa.Connection, form_id: str) -> None:
    """Make way for views of another shape."""
    for table in _tables(connection, form_id):
        for view in survey.list_views(connection, table.table_name):
            survey.drop_view(connection, view)


def _views(table: str, columns: list[tuple]) -> dict[str, list[tuple]]:
    """Columns by view: one view a table, and one more for each MAX_VIEW_COLUMNS beyond."""
    chunks = [columns[i : i + MAX_VIEW_COLUMNS] for i in range(0, len(columns), MAX_VIEW_COLUMNS)]
    return {
        table if number == 1 else f"{table}__view{number}": chunk
        for number, chunk in enumerate(chunks or [[]], start=1)
    }


def _save_schema(connection, schema: FormSchema, now) -> int:
    """Before the fields and the choices are replaced: what changes in them is an event."""
    key, version = schema.key, schema.version
    earlier = forms.find_form(
        connection, key.central, key.project, key.form_id, key.form_created_at
    )
    form_key = forms.save_form(
        connection,
        key.central,
        key.project,
        key.form_id,
        key.form_created_at,
        name=schema.name,
        state=schema.state,
        version=version.version,
        schema_hash=version.hash,
        now=now,
    )
    forms.save_version(
        connection, form_key, version.version, version.hash, version.published_at, version.xform
    )
    asked = form_events.list_asked(connection, form_key)
    offered = form_events.list_offered(connection, form_key)
    events = list_changes(earlier, asked, offered, schema)
    form_events.save_form_events(connection, form_key, events, now)
    # Made anew under its id between two looks: nobody has told that the form before is gone.
    for other, state in forms.save_others_gone(connection, form_key):
        gone = [("state-changed", "", state, "gone")]
        form_events.save_form_events(connection, other, gone, now)
    return form_key


def _plan(connection, form_id: str, form_key: int, fields) -> FormPlan:
    rows = forms.list_placements(connection, form_id, form_key)
    tables = {row.table_name for row in rows}
    types = {table: survey.list_column_types(connection, table) for table in tables}
    placed = {
        row.path: Placement(
            row.table_name,
            tuple(row.column_names),
            tuple(types[row.table_name].get(name, "text") for name in row.column_names),
        )
        for row in rows
    }
    taken = forms.list_tables_of_others(connection, form_id)
    entry = load_catalogue().get(form_id)
    return plan_form(form_id, fields, placed, taken, entry.personal_paths if entry else ())


def _landed(form_key: int, plan: FormPlan) -> LandedForm:
    entry = load_catalogue().get(plan.form_id)
    school, period = (entry.school_path, entry.period_path) if entry else (None, None)
    return LandedForm(form_key, plan.form_id, plan, school, period)


def _fit_table(connection, table: PlannedTable) -> PlannedTable:
    for part in table.parts:
        existing = survey.list_column_types(connection, part)
        if not existing:
            is_side = part != table.name
            survey.create_table(connection, part, is_root=table.is_root, is_side=is_side)
        for item in table.fields_in(part):
            for column in item.columns:
                _fit_column(connection, part, column, existing)
    return _with_real_types(connection, table)


def _fit_left_over(connection, row) -> None:
    """Columns of questions that the published version no longer asks."""
    existing = survey.list_column_types(connection, row.table_name)
    for name, sql_type in zip(row.column_names, column_types(row.kind), strict=False):
        if existing and name not in existing:
            survey.add_column(connection, row.table_name, name, sql_type)


def _fit_column(connection, part: str, column: Column, existing: dict[str, str]) -> None:
    found = existing.get(column.name)
    if found is None:
        survey.add_column(connection, part, column.name, column.sql_type)
    elif found not in (column.sql_type, "text"):
        survey.widen_column(connection, part, column.name, found)


def _with_real_types(connection, table: PlannedTable) -> PlannedTable:
    types = {part: survey.list_column_types(connection, part) for part in table.parts}
    fields = tuple(
        replace(
            item,
            columns=tuple(Column(c.name, types[item.table][c.name]) for c in item.columns),
        )
        for item in table.fields
    )
    return replace(table, fields=fields)


def _field_rows(fields: tuple[FormField, ...], plan: FormPlan) -> list[dict]:
    places = {item.path: item for table in plan.tables for item in table.fields}
    tables = {table.path: table.name for table in plan.tables}
    rows = [_field_row(FormField("", "", "root"), 0, plan.root.name, (), False)]
    for position, item in enumerate(fields, start=1):
        if item.path in places:
            place = places[item.path]
            names = tuple(column.name for column in place.columns)
            rows.append(_field_row(item, position, place.table, names, place.is_personal))
        else:
            table = tables.get(item.path, plan.root.name)
            rows.append(_field_row(item, position, table, (), False))
    return rows


def _field_row(item: FormField, position, table, names, is_personal) -> dict:
    return {
        "path": item.path,
        "position": position,
        "kind": item.kind,
        "is_binary": item.is_binary,
        "is_select_multiple": item.is_select_multiple,
        "is_personal": is_personal,
        "table_name": table,
        "column_names": list(names),
    }


def _tables(connection, form_id: str) -> list:
    """Places of the form itself and of its repeats: one a logical table."""
    rows = forms.list_places(connection, form_id)
    return [row for row in rows if row.kind in ("root", "repeat")]


def _logical(row, tables) -> str:
    """The logical table of which a place's table is a part."""
    holders = (item.table_name for item in tables if is_part(row.table_name, item.table_name))
    return next(holders, row.table_name)
