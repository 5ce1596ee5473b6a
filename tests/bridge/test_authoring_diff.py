"""What a change of a form means: each kind of difference, in words and as a record."""

import json
from dataclasses import replace

import pytest
from pyxform.xls2xform import convert

from bridge.authoring_diff import compare_forms
from bridge.sandbox.xforms import read_form
from bridge.schema import field_of
from bridge.xform_model import read_model
from config.forms import load_catalogue
from tests.bridge.workbooks import write_xlsform

SURVEY = """
    type | name | label::العربية (ar) | label::English (en) | relevant | hint::English (en)
    integer         | age  | العمر               | Age                 |          | In years
    select_one d    | day  | اليوم               | Day                 | ${age}>3 |
    begin group     | g    | مجموعة              | Group               |          |
    text            | note | ملاحظة              | Note                |          |
    end group       |      |                     |                     |          |
    begin repeat    | kids | أطفال               | Kids                |          |
    text            | kid  | طفل                 | Kid                 |          |
    end repeat      |      |                     |                     |          |
"""
CHOICES = """
    list_name | name | label::العربية (ar) | label::English (en)
    d         | sun  | الأحد               | Sunday
    d         | mon  | الاثنين             | Monday
"""


@pytest.fixture
def model(tmp_path):
    def make(survey: str = SURVEY, choices: str = CHOICES, **sheets: str):
        path = write_xlsform(tmp_path / "visit.xlsx", survey=survey, choices=choices, **sheets)
        return read_model(convert(str(path), validate=False).xform)

    return make


def changes(old, new) -> list[tuple]:
    found = compare_forms(old, new).changes
    return [(c.what, c.path, c.column, c.language, c.before, c.after) for c in found]


def test_a_form_equals_itself(model):
    found = compare_forms(model(), model())
    assert found.changes == ()
    assert found.central.refusals == found.central.warnings == ()


def test_a_file_of_other_content_under_its_old_name_is_told(model):
    before = {"map.png": "0a", "plan.png": "0b", "gone.png": "0c"}
    after = {"map.png": "1a", "plan.png": "0b", "new.png": "1d"}
    found = compare_forms(model(), model(), files=(before, after))
    (change,) = found.as_record()["changes"]
    assert (change["what"], change["file"], change["before"], change["after"]) == (
        "file-changed", "map.png", "0a", "1a"
    )  # fmt: skip
    assert change["words"].startswith("The file map.png has changed")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("| Age ", "| Years ", ("reworded", "/age", "label", "en", "Age", "Years")),
        ("| In years", "|", ("reworded", "/age", "hint", "en", "In years", None)),
        ("${age}>3", "${age}>4",
         ("logic-changed", "/day", "relevant", None, "${age} >3", "${age} >4")),
        ("integer  ", "decimal  ",
         ("question-retyped", "/age", "type", None, "whole number", "decimal")),
        ("select_one d", "select_multiple d",
         ("question-retyped", "/day", "type", None, "select one", "select multiple")),
        ("text            | kid ", "text | kid | طفل | Kid | |\n    text | toy ",
         ("question-added", "/kids/toy", None, None, None, "text")),
        ("    text            | kid  | طفل                 | Kid                 |          |\n",
         "    note | n | طفل | Be kind | |\n",
         ("question-removed", "/kids/kid", None, None, "text", None)),
        ("| Note ", "| ", ("translation-missing", "/g/note", "label", "en", None, None)),
    ],
)  # fmt: skip
def test_a_change_of_the_survey_is_found(model, before, after, expected):
    assert before in SURVEY
    assert expected in changes(model(), model(SURVEY.replace(before, after)))


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        (("", "", ""), ("5", "", ""), "default"),
        (("today()", "", ""), ("", "", ""), "default"),
        (("", "age", ""), ("", "", ""), "save_to"),
        (("", "", "max-pixels=640"), ("", "", "max-pixels=1024"), "max-pixels"),
        (("", "", "app=org.old"), ("", "", "app=org.new"), "intent"),
    ],
)
def test_what_fills_a_question_and_what_it_fills_is_compared(model, before, after, column):
    def asking(default: str, save_to: str, parameters: str):
        return model(
            survey=f"""
                type | name | label | default | save_to | parameters
                text | age | Age | {default} | {save_to} |
                image | photo | Photo | | | {parameters}
            """,
            entities="list_name | label\nrooms | ${age}",
        )

    found = changes(asking(*before), asking(*after))
    assert [(what, named) for what, _, named, *_ in found] == [("logic-changed", column)]


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [
        ("client_editable", None, "true"),
        ("auto_send", "false", "true"),
        ("style", "pages", None),
        ("create_if", "${age} > 3", "${age} > 4"),
        ("list_name of entities", "schools", "staff"),
    ],
)
def test_what_is_said_of_the_form_is_told_beside_what_it_asks(model, column, before, after):
    def said(value: str | None, label: str):
        settings = f"form_id | {column}\nvisit | {value or ''}"
        if column == "create_if":
            sheets = {"entities": f"list_name | label | create_if\nrooms | ${{age}} | {value}"}
        elif column == "list_name of entities":
            sheets = {"entities": f"list_name | label\n{value} | ${{age}}"}
        else:
            sheets = {"settings": settings}
        return model(survey=f"type | name | label\ntext | age | {label}", **sheets)

    found = changes(said(before, "Age"), said(after, "Years"))
    expected = ("setting-changed", "", column, None, before, after)
    assert [what for what, *_ in found] == ["setting-changed", "reworded"]
    assert found[0] == expected


def test_what_differs_and_has_no_name_is_told_as_something_else(model):
    old = model()
    assert [what for what, *_ in changes(old, replace(old, content="x"))] == ["other-changed"]
    version = model(settings="form_id | version\nvisit | 2")
    assert [what for what, *_ in changes(model(), version)] == ["version-changed"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("| Monday", "| Mon", ("choice-reworded", "d", "label", "en", "Monday", "Mon")),
        ("| mon ", "| tue ", ("choice-added", "d", None, None, None, "tue")),
        ("| mon ", "| tue ", ("choice-removed", "d", None, None, "mon", None)),
        ("| Monday", "|", ("translation-missing", "d: mon", "label", "en", None, None)),
    ],
)
def test_a_change_of_the_choices_is_found(model, before, after, expected):
    assert expected in changes(model(), model(choices=CHOICES.replace(before, after)))


def test_a_change_of_a_choice_names_its_code(model):
    for choices in (CHOICES.replace("| Monday", "| Mon"), CHOICES.replace("| mon ", "| tue ")):
        found = compare_forms(model(), model(choices=choices)).as_record()["changes"]
        assert {change["path"] for change in found} == {"d"}
        assert {change["code"] for change in found} <= {"mon", "tue"}


def test_a_question_that_was_renamed_is_told_as_such(model):
    found = compare_forms(model(), model(SURVEY.replace("| kid ", "| child ")))
    words = {change.path: change.words for change in found.changes}
    assert "looks like /kids/kid" in words["/kids/child"]
    assert "See /kids/child" in words["/kids/kid"]
    assert "/kids/kid would be gone" in found.central.warnings[0]


def test_a_language_that_comes_and_one_that_goes(model):
    sheets = [sheet.replace("English (en)", "کوردی (ckb)") for sheet in (SURVEY, CHOICES)]
    found = changes(model(), model(*sheets))
    assert ("language-added", "", None, "ckb", None, None) in found
    assert ("language-removed", "", None, "en", None, None) in found


def test_another_order_is_told_once(model):
    lines = SURVEY.strip().splitlines()
    lines[1], lines[3:6] = lines[3:6], [lines[1]]
    flat = [line for item in lines for line in (item if isinstance(item, list) else [item])]
    assert changes(model(), model("\n".join(flat))) == [
        ("order-changed", "", None, None, None, None)
    ]


def test_a_form_id_is_another_form(model):
    other = model(settings="form_id | form_title | version\nother | Other | 2")
    found = compare_forms(model(), other)
    assert {"form-id-changed", "title-changed", "version-changed"} == {
        change.what for change in found.changes
    }
    assert found.central.refusals == ()


def test_the_record_holds_everything_that_the_words_say(model):
    found = compare_forms(model(), model(SURVEY.replace("integer", "decimal")))
    record = json.loads(json.dumps(found.as_record()))
    assert record["changes"][0]["words"] == "/age was a whole number and becomes a decimal."
    assert record["central"]["refusals"]


@pytest.mark.parametrize("form_id", load_catalogue())
def test_a_model_lists_the_fields_that_central_lists(form_id):
    xform = convert(str(load_catalogue()[form_id].xlsx), validate=False).xform
    expected = tuple(field_of(item) for item in read_form(xform)["fields"])
    assert read_model(xform).fields() == expected
    assert compare_forms(read_model(xform), read_model(xform)).changes == ()
