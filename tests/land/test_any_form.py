"""Forms of any shape and name, and forms that become others: all of them land."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bridge.changes import FormGone
from bridge.simulation.registry import make_registry
from config.forms import load_catalogue
from processing.db.queries import submissions
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue as load_codes
from processing.land import land_changes, rebuild_survey
from processing.land import schema as schema_module
from tests.land.factories import NOW, key, pull, row, schema

LATER = "2026-11-04T00:00:00.000Z"


def land(connection, text: str, *rows, form_id="small", version="1", created=None):
    form_key = key(form_id, created) if created else key(form_id)
    return land_changes(connection, pull(*rows, of=schema(text, version, form_key)), NOW)


@pytest.mark.parametrize("name", ["xmin", "ctid", "tableoid", "cmax", "form_key", "user", "t"])
def test_a_question_may_be_called_what_postgresql_keeps_for_itself(connection, rows_of, name):
    land(connection, f"/{name} string", row("uuid:1", **{name: "x"}))
    [found] = connection.execute(sa.text("SELECT * FROM survey_v.small")).mappings()
    assert "x" in found.values()


@pytest.mark.parametrize("form_id", ["client_audit", "choice_label"])
def test_a_form_leaves_the_programs_own_views_alone(connection, rows_of, form_id):
    land(connection, "/a string", row("uuid:1", a="x"), form_id=form_id)
    columns = connection.execute(sa.text(f"SELECT * FROM survey_v.{form_id}")).keys()
    assert {"client_audit": "event", "choice_label": "language"}[form_id] in columns


@pytest.mark.parametrize("other", ["small__2", "small__view2", "small__viewer"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_form_is_kept_apart_from_the_side_tables_and_views_of_another(
    connection, rows_of, other, is_first
):
    wide = "\n".join(f"/q{i} string" for i in range(1600))
    answers = {f"q{i}": f"answer {i}" for i in range(1600)}
    acts = [
        lambda: land(connection, "/a string", row("uuid:1", a="x"), form_id=other),
        lambda: land(connection, wide, row("uuid:2", **answers)),
    ]
    for act in acts if is_first else acts[::-1]:
        act()
    land(connection, wide + "\n/more int", row("uuid:2", **answers), version="2")
    assert rows_of("SELECT q0 FROM survey_v.small") == [("answer 0",)]
    assert rows_of("SELECT q1599 FROM survey_v.small__view2") == [("answer 1599",)]
    assert rows_of(f'SELECT a FROM survey_v."{table_of(rows_of, other)}"') == [("x",)]


@pytest.mark.parametrize("other", ["SMALL", "Small ", "small!", "s" * 200, "مدرسة", "select"])
def test_names_that_fall_together_or_do_not_fit_are_forms_of_their_own(connection, rows_of, other):
    land(connection, "/a string", row("uuid:1", a="x"))
    land(connection, "/a string", row("uuid:1", a="y"), form_id=other)
    tables = [table_of(rows_of, form_id) for form_id in ("small", other)]
    assert [rows_of(f'SELECT a FROM survey_v."{table}"') for table in tables] == [
        [("x",)],
        [("y",)],
    ]


def table_of(rows_of, form_id: str) -> str:
    [(table,)] = rows_of(
        "SELECT table_name FROM raw.form_field JOIN raw.form USING (form_key)"
        " WHERE form_id = :id AND path = ''",
        id=form_id,
    )
    return table


def test_what_came_before_the_catalogue_knew_the_form_finds_its_school_and_round(
    connection, rows_of, monkeypatch
):
    registry = make_registry(1, 1)
    load_codes(connection)
    replace_registry(
        connection, buildings=registry.buildings, schools=registry.schools, rounds=(), now=NOW
    )
    [school] = registry.schools
    code = school.school_code
    land(connection, "/place string\n/time string", row("uuid:1", place=code, time=" R1 "))
    slices = "SELECT _school_code, _period FROM survey.small"
    assert rows_of(slices) == [(None, "")]
    entry = replace(
        load_catalogue()["school_census"],
        form_id="small", school_path="/place", period_path="/time", personal_paths=(),
    )  # fmt: skip
    for module in (schema_module, submissions):
        monkeypatch.setattr(module, "load_catalogue", lambda: {"small": entry})
    rebuild_survey(connection, "small", NOW)
    assert rows_of(slices) == [(code, "R1")]
    assert rows_of("SELECT school_code, period FROM raw.submission") == [(code, "R1")]
    due = rows_of("SELECT school_code, period FROM ops.due WHERE form_id = 'small'")
    assert set(due) >= {("", ""), (code, "R1")}


QUESTION, GROUP, REPEAT = "/a string", "/a structure\n/a/b string", "/a repeat\n/a/b string"
ROWS = {QUESTION: {"a": "x"}, GROUP: {"a": {"b": "x"}}, REPEAT: {"a": [{"b": "x"}]}}


@pytest.mark.parametrize("before", ROWS)
@pytest.mark.parametrize("after", ROWS)
def test_a_form_made_anew_under_an_id_may_have_another_shape(connection, rows_of, before, after):
    land(connection, before, row("uuid:1", **ROWS[before]))
    land(connection, after, row("uuid:2", **ROWS[after]), created=LATER)
    [(table, [column])] = rows_of(
        "SELECT table_name, column_names FROM raw.form_field JOIN raw.form USING (form_key)"
        " WHERE column_names <> '{}' AND form_created_at = :at",
        at=LATER,
    )
    assert rows_of(
        f"SELECT instance_id, {column} FROM survey.{table} WHERE {column} IS NOT NULL"
        f" AND instance_id = 'uuid:2'"
    ) == [("uuid:2", "x")]


@pytest.mark.parametrize("after", ROWS)
def test_rows_of_the_form_before_stay_readable_and_survey_can_be_rebuilt(
    connection, rows_of, after
):
    land(connection, REPEAT, row("uuid:1", **ROWS[REPEAT]))
    land(connection, after, row("uuid:2", **ROWS[after]), created=LATER)
    readable = "SELECT b FROM survey_v.small_a WHERE instance_id = 'uuid:1'"
    assert rows_of(readable) == [("x",)]
    assert rebuild_survey(connection, "small", NOW) == 2
    assert rows_of(readable) == [("x",)]


def test_survey_is_made_anew_form_by_form_also_when_all_of_it_is_gone(
    connection, rows_of, monkeypatch
):
    """Each of them while the tables of the others are not there yet."""
    entry = replace(load_catalogue()["school_census"], school_path="/a", period_path="/a")
    named = {form_id: replace(entry, form_id=form_id) for form_id in ("small", "other")}
    monkeypatch.setattr(submissions, "load_catalogue", lambda: named)
    for form_id in named:
        land(connection, QUESTION, row("uuid:1", a="x"), form_id=form_id)
    for (table,) in rows_of("SELECT tablename FROM pg_tables WHERE schemaname = 'survey'"):
        connection.execute(sa.text(f'DROP TABLE survey."{table}" CASCADE'))
    assert [rebuild_survey(connection, form_id, NOW) for form_id in named] == [1, 1]
    assert rows_of("SELECT a FROM survey_v.small") == rows_of("SELECT a FROM survey_v.other")


def test_groups_and_repeats_at_any_depth_land(connection, rows_of):
    groups = [f"/{'/'.join(f'group_{i}' for i in range(depth + 1))}" for depth in range(30)]
    repeats = [f"/{'/'.join(f'r{i}' for i in range(depth + 1))}" for depth in range(6)]
    lines = [f"{path} structure" for path in groups] + [f"{path} repeat" for path in repeats]
    asked = (f"{groups[-1]}/a", f"{repeats[-1]}/b")
    group, repeat = {"a": "x"}, {"b": "y"}
    for number in reversed(range(30)):
        group = {f"group_{number}": group}
    for number in reversed(range(6)):
        repeat = {f"r{number}": [repeat, repeat]}
    text = "\n".join([*lines, *(f"{path} string" for path in asked)])
    land(connection, text, row("uuid:1", **group, **repeat))
    counts = []
    for path in asked:
        [(table, [column])] = rows_of(
            "SELECT table_name, column_names FROM raw.form_field WHERE path = :path", path=path
        )
        counts += rows_of(f'SELECT {column}, count(*) FROM survey."{table}" GROUP BY 1')
    assert counts == [("x", 1), ("y", 2**6)]


def test_short_numbers_that_all_become_texts_do_not_outgrow_a_row(connection, rows_of):
    count, text = 400, "x" * 23
    for kind, value, version in (("int", 7, "1"), ("string", text, "2")):
        fields = "\n".join(f"/q{i} {kind}" for i in range(count))
        answers = {f"q{i}": value for i in range(count)}
        land(connection, fields, row("uuid:1", **answers), version=version)
    columns = connection.execute(sa.text("SELECT * FROM survey_v.small")).mappings().one()
    assert list(columns.values()).count(text) == count
    assert rows_of("SELECT q0 FROM survey_v.small") == [(text,)]


def events(rows_of) -> list[tuple]:
    return rows_of("SELECT what, path, before, after FROM ops.form_event ORDER BY event_id")


def test_each_change_of_a_form_is_an_event(connection, rows_of):
    first = "/age int\n/name string\n/power select_multiple\n/old string"
    choices = [("/power", "grid", "en", "Grid")]
    land_changes(connection, pull(of=schema(first, choices=choices)), NOW)
    assert events(rows_of) == [("form-added", "", None, "1")]
    second = (
        "/age string\n/name string\n/power select_multiple\n/new string\n/kids repeat\n/kids/k int"
    )
    choices += [("/power", code, "en", code) for code in ("solar", "none")]
    choices += [("/new", "yes", "en", "Yes")]
    land_changes(connection, pull(of=schema(second, "2", choices=choices)), NOW)
    assert events(rows_of)[1:] == [
        ("version-published", "", "1", "2"),
        ("question-retyped", "/age", "int", "string"),
        ("question-added", "/new", None, "string"),
        ("question-added", "/kids", None, "repeat"),
        ("question-added", "/kids/k", None, "int"),
        ("question-removed", "/old", "string", None),
        ("choices-added", "/power", None, "solar none"),
    ]
    land_changes(connection, pull(of=schema(second, "2", choices=choices)), NOW)
    assert len(events(rows_of)) == 8, "the same definition again is no change"
    fewer = [choice for choice in choices if choice[1] not in ("none", "grid")]
    land_changes(connection, pull(of=schema(second, "3", choices=fewer)), NOW)
    assert events(rows_of)[-1] == ("choices-removed", "/power", "grid none", None)
    labels = rows_of("SELECT code FROM raw.form_choice WHERE path = '/power' ORDER BY code")
    assert labels == [("grid",), ("none",), ("solar",)], "old answers keep their labels"
    land_changes(connection, pull(of=schema(second, "4", choices=choices)), NOW)
    assert events(rows_of)[-1] == ("choices-added", "/power", None, "grid none")


def test_a_form_that_goes_and_comes_back_is_two_events(connection, rows_of):
    land(connection, "/a string", row("uuid:1", a="x"))
    for _ in range(2):
        land_changes(connection, [FormGone(key())], NOW)
    land(connection, "/a string", row("uuid:1", a="x"))
    assert events(rows_of)[1:] == [
        ("state-changed", "", "open", "gone"),
        ("state-changed", "", "gone", "open"),
    ]
