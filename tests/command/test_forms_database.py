"""What is foretold of the warehouse is what its tables then look like."""

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa
from pyxform.xls2xform import convert

from bridge.changes import FormField, FormKey, FormSchema, FormVersion
from bridge.xform_model import read_model
from processing.command.forms_database import database_effects
from processing.db.engine import open_engine
from processing.land.schema import prepare_form
from tests.bridge.workbooks import write_xlsform

NOW = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)
SURVEY = """
    type | name | label
    integer | age | Age
    geopoint | gps | Place
    select_multiple y | many | Many
    begin repeat | kids | Kids
    text | kid | Kid
    end repeat | |
"""
CHOICES = "list_name | name | label\ny | a | A"


@pytest.fixture
def connection(database):
    engine = open_engine(database, "worker")
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
    engine.dispose()


@pytest.fixture
def publish(connection, tmp_path):
    """Brings a survey to the warehouse; (its model, {(table, column): type} afterwards)."""

    def bring(survey: str):
        path = write_xlsform(tmp_path / "visit.xlsx", survey=survey, choices=CHOICES)
        model = read_model(convert(str(path), validate=False).xform)
        key = FormKey("central", 1, "visit", "2026-10-01T06:00:00.000Z")
        version = FormVersion(str(hash(survey)), "h", None, "<h:html/>")
        prepare_form(connection, FormSchema(key, "v", "open", version, model.fields(), ()), NOW)
        return model, columns_of(connection)

    return bring


def columns_of(connection) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        sa.text(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'survey' AND table_name LIKE 'visit%'"
        )
    )
    return {(row.table_name, row.column_name): row.data_type for row in rows}


@pytest.mark.parametrize(
    ("before", "after", "sentence", "made", "widened"),
    [
        ("", "", None, set(), {}),
        ("integer | age", "text | age", "visit.age is widened from bigint to text", set(),
         {("visit", "age"): "text"}),
        ("select_multiple y", "select_one y", "visit.many is widened from text[] to text", set(),
         {("visit", "many"): "text"}),
        ("text | kid | Kid", "text | kid | Kid\ntime | at | At",
         "visit_kids.at, visit_kids.at_offset_minutes: new columns",
         {("visit_kids", "at"), ("visit_kids", "at_offset_minutes")}, {}),
        ("integer | age | Age", "", "visit.age is left as it is", set(), {}),
        ("geopoint | gps", "text | gps", "visit.gps: new column", {("visit", "gps")}, {}),
        ("kids | Kids\n", "kids | Kids\nbegin repeat | toys | T\ntext | toy | T\nend repeat | |\n",
         "survey.visit_kids_toys is a new table", None, {}),
    ],
)  # fmt: skip
def test_the_warehouse_does_what_was_said(publish, before, after, sentence, made, widened):
    old, columns = publish(SURVEY)
    new, then = publish(SURVEY.replace(before, after))
    effects = database_effects(old, new)
    if sentence is None:
        assert effects == ()
    else:
        assert any(sentence in effect for effect in effects), effects
    new_columns = then.keys() - columns.keys()
    assert new_columns == made or (
        made is None and any("toys" in table for table, _ in new_columns)
    )
    assert {key: then[key] for key in columns if then[key] != columns[key]} == widened


CLASHING = [
    # of the form `visit`, of the other form, what is said
    ("visit", {"Visit": ()}, "survey.visit belongs to the form Visit: the table of visit will be"),
    ("visit", {"visit_kids": ()}, "survey.visit_kids belongs to the form visit_kids: the table of"
     " /kids will be"),
    ("visit", {"visi": ("/t_kids", "/t/kids")}, None),
    ("visit", {"Visit": ("/kids",)}, "survey.visit belongs to the form Visit"),
]  # fmt: skip


@pytest.mark.parametrize(("form_id", "others", "said"), CLASHING)
def test_a_table_that_another_form_has_is_foretold_with_its_name(
    connection, tmp_path, form_id, others, said
):
    """And the warehouse, which prepares the other form first, then uses that name."""
    path = write_xlsform(tmp_path / f"{form_id}.xlsx", survey=SURVEY, choices=CHOICES)
    new = read_model(convert(str(path), validate=False).xform)
    old = replace(new, form_id="somewhere_else")
    effects = [text for text in database_effects(old, new, others) if "belongs to" in text]
    assert bool(effects) == (said is not None)
    assert said is None or effects[0].startswith(said)
    for other, repeats in others.items():
        prepare(connection, other, [FormField(path, path[1:], "repeat") for path in repeats])
    prepare(connection, form_id, new.fields())
    tables = set(connection.execute(sa.text(
        "SELECT table_name FROM raw.form_field JOIN raw.form USING (form_key) WHERE form_id = :id"
    ), {"id": form_id}).scalars())  # fmt: skip
    assert all(text.rsplit("survey.", 1)[1].rstrip(".") in tables for text in effects)


def test_a_table_that_is_there_already_keeps_its_name(publish):
    old, _ = publish(SURVEY)
    assert database_effects(old, old, {"visit_kids": ()}) == ()


def prepare(connection, form_id: str, fields) -> None:
    key = FormKey("central", 1, form_id, "2026-10-01T06:00:00.000Z")
    version = FormVersion("1", "h", None, "<h:html/>")
    prepare_form(connection, FormSchema(key, "v", "open", version, tuple(fields), ()), NOW)


def test_a_form_of_another_id_has_tables_of_its_own(tmp_path):
    paths = [write_xlsform(tmp_path / f"{name}.xlsx", survey=SURVEY, choices=CHOICES)
             for name in ("one", "two")]  # fmt: skip
    models = [read_model(convert(str(path), validate=False).xform) for path in paths]
    assert database_effects(*models) == ("The form two gets tables of its own.",)
