"""Rules for every form, by what the form says of its columns, also for one never seen."""

import pytest

from processing.db.slices import Slice
from processing.validate import validate_slices
from tests.warehouse.builder import NOW

FIELDS = [
    # path, kind, is_personal, column, is a repeat's
    ("/visit/name", "string", True, "visit_name", False),
    ("/visit/phone", "string", False, "visit_phone", False),
    ("/visit/reason", "string", False, "visit_reason", False),
    ("/visit/topics", "string", False, "visit_topics", False),
    ("/lessons/note", "string", False, "note", True),
]


@pytest.fixture
def visit(warehouse):
    """An inspection visit, a form that no rule knows, and a function that sends one."""
    run = warehouse.connection.exec_driver_sql
    (form_key,) = run(
        "INSERT INTO raw.form (central, project, form_id, form_created_at, first_seen_at)"
        " VALUES ('test', 1, 'visit', now(), now()) RETURNING form_key"
    ).one()
    run(
        "CREATE TABLE survey.visit (form_key int, instance_id text, visit_name text,"
        " visit_phone text, visit_reason text, visit_topics text[])"
    )
    run(
        "CREATE TABLE survey.visit_lessons (form_key int, instance_id text, _row_number int,"
        " note text)"
    )
    for path, kind, is_personal, column, is_repeat in FIELDS:
        table = "visit_lessons" if is_repeat else "visit"
        run(
            "INSERT INTO raw.form_field (form_key, path, position, kind, is_personal, table_name,"
            " column_names) VALUES (%s, %s, 0, %s, %s, %s, %s)",
            (form_key, path, kind, is_personal, table, [column]),
        )
    for path, code in (
        ("/visit/reason", "routine"),
        ("/visit/topics", "a"),
        ("/visit/topics", "b"),
    ):
        run(
            "INSERT INTO raw.form_choice (form_key, path, code, language, label)"
            " VALUES (%s, %s, %s, 'en', %s)",
            (form_key, path, code, code),
        )

    def send(notes=(), **answers):
        run(
            "INSERT INTO raw.submission (form_key, instance_id, odata, odata_sha256,"
            " submission_date, current_version_id, landed_at)"
            " VALUES (%s, 'uuid:v', '{}', '', now(), 'uuid:v', now())",
            (form_key,),
        )
        columns = ", ".join(f"visit_{name}" for name in answers)
        marks = ", ".join("%s" for _ in answers)
        run(
            f"INSERT INTO survey.visit (form_key, instance_id, {columns})"
            f" VALUES ({form_key}, 'uuid:v', {marks})",
            tuple(answers.values()),
        )
        for number, note in enumerate(notes, 1):
            run(
                "INSERT INTO survey.visit_lessons VALUES (%s, 'uuid:v', %s, %s)",
                (form_key, number, note),
            )
        validate_slices(warehouse.connection, [Slice("visit")], NOW)
        rows = warehouse.run("SELECT rule, subject, arguments FROM quality.issue ORDER BY 1, 2")
        return {(row.rule, row.subject): row.arguments for row in rows}

    return send


@pytest.mark.parametrize("name", [" Ali", "Ali ", "Ali\n", "Ali\u00a0", "\tAli"])
def test_stray_spaces_are_found_and_a_personal_answer_is_not_quoted(visit, name):
    assert visit(name=name) == {("text_is_trimmed", "/visit/name"): {"field": "/visit/name"}}


def test_spaces_within_an_answer_belong_to_it(visit):
    assert visit(name="Ali Hasan") == {}


@pytest.mark.parametrize("phone", ["٠٧٧٠١٢٣٤٥٦٧", "۰۷۷۰", "0770 ١٢"])
def test_a_number_in_words_is_written_in_western_digits(visit, phone):
    found = visit(phone=phone)
    path = "/visit/phone"
    assert found == {("digits_in_text_are_western", path): {"field": path, "value": phone}}


def test_a_sentence_may_hold_any_digits(visit):
    assert visit(phone="الطابق ٢") == {}


def test_an_unknown_code_is_an_issue_also_among_several(visit):
    found = visit(reason="surprise", topics=["a", "z"])
    assert found == {
        ("choices_are_known", "/visit/reason"): {"field": "/visit/reason", "value": "surprise"},
        ("choices_are_known", "/visit/topics"): {"field": "/visit/topics", "value": "z"},
    }


def test_rows_of_a_repeat_are_told_apart(visit):
    found = visit(name="Ali", notes=["fine", " late"])
    assert found == {("text_is_trimmed", "/lessons/note[2]"): {"field": "/lessons/note"}}


def test_a_very_long_text_is_said_by_its_length(visit):
    assert visit(name="x" * 5000) == {
        ("text_is_short_enough", "/visit/name"): {
            "field": "/visit/name",
            "length": 5000,
            "limit": 4000,
        }
    }
