"""Headings of columns that pyxform breaks off at: told with their place, not as a traceback."""

import pytest

from bridge.authoring import check_form
from bridge.compile import compile_form, convert_form
from bridge.findings import FormInvalid
from tests.bridge.workbooks import write_xlsform

SURVEY = "type | name | label::العربية (ar) | label::English (en)"
CHOICES = "list_name | name | label::العربية (ar) | label::English (en)"


def write(folder, sheet: str, heading: str):
    """A sound form with one more column, and a word in it."""
    tables = {
        "survey": f"{SURVEY}\nselect_one y | a | أ | A",
        "choices": f"{CHOICES}\ny | x | س | X",
        "settings": "style\npages",
    }
    head, row = tables[sheet].split("\n")
    tables[sheet] = f"{head} | {heading}\n{row} | x"
    return write_xlsform(folder / "visit.xlsx", **tables)


@pytest.mark.parametrize(
    ("sheet", "heading", "code"),
    [
        ("survey", "relevant::English (en)", "column-with-language"),
        ("survey", "calculation::English (en)", "column-with-language"),
        ("survey", "media::imgae::English (en)", "column-of-no-kind"),
        ("survey", "bind", "column-of-no-kind"),
        ("choices", "lable::English (en)", "column-with-language"),
        ("choices", "hint::English (en)", "column-with-language"),
        ("choices", "bind::weight", "column-with-language"),
        ("choices", "media", "column-of-no-kind"),
        ("choices", "weight:kg", "column-with-colon"),
        ("settings", "form_title::English (en)", "column-with-language"),
    ],
)
def test_a_heading_that_pyxform_breaks_off_at_is_told_where_it_stands(
    tmp_path, sheet, heading, code
):
    path = write(tmp_path, sheet, heading)
    for reading in (compile_form, convert_form):
        with pytest.raises(FormInvalid) as error:
            reading(path)
        places = [(f.sheet, f.row, f.column, f.code) for f in error.value.findings]
        assert (sheet, 1, heading, code) in places
        assert all(finding.remedy for finding in error.value.findings)


@pytest.mark.parametrize(
    ("sheet", "heading"),
    [
        ("survey", "hint::English (en)"),
        ("survey", "notes::English (en)"),
        ("survey", "bind::jr:preload"),
        ("settings", "attribute::odk"),
    ],
)
def test_a_heading_that_pyxform_reads_or_passes_over_is_none(tmp_path, sheet, heading):
    found = {finding.code for finding in check_form(write(tmp_path, sheet, heading))}
    assert found <= {"translation-missing"}


@pytest.mark.parametrize("sheet", ["survey", "choices"])
def test_words_in_no_language_beside_words_in_some_are_a_language_more(tmp_path, sheet):
    (finding,) = check_form(write(tmp_path, sheet, "label"))
    assert (finding.sheet, finding.row, finding.column) == (sheet, 1, "label")
    assert (finding.code, finding.severity) == ("language-without-name", "error")
    assert "label::" in finding.remedy
