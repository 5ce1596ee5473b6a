"""Two forms that want one table of the warehouse: told by the check, before there is a table."""

import pytest

from config.forms import load_catalogue
from processing.command.forms import find_faults
from tests.bridge.workbooks import write_xlsform

CODE = "name-clash-of-forms"
SURVEY = """
    type | name | label
    text | place | Place
    begin repeat | rows | Rows
    text | word | Word
    end repeat | |
"""


@pytest.mark.parametrize(
    ("form_id", "expected"),
    [
        # school_census has the repeat /grades.
        ("school_census_grades", [("settings", 2, "form_id")]),
        ("School_Census", [("settings", 2, "form_id")]),
        ("visit", []),
    ],
)
def test_a_form_called_like_the_repeat_of_another_is_told(tmp_path, form_id, expected):
    path = write_xlsform(tmp_path / f"{form_id}.xlsx", survey=SURVEY)
    found = [item for item in find_faults(path) if item.code == CODE]
    assert [(item.sheet, item.row, item.column) for item in found] == expected
    assert all("school_census" in item.message and item.remedy for item in found)


def test_a_repeat_called_like_another_form_is_told_in_its_row(tmp_path):
    survey = SURVEY.replace("| rows |", "| census |")
    path = write_xlsform(tmp_path / "school.xlsx", survey=survey)
    found = [item for item in find_faults(path) if item.code == CODE]
    assert [(item.sheet, item.row, item.column) for item in found] == [("survey", 3, "name")]


@pytest.mark.parametrize("form_id", list(load_catalogue()))
def test_no_two_of_the_instruments_want_one_table(form_id):
    found = [item.message for item in find_faults(load_catalogue()[form_id].xlsx)
             if item.code == CODE]  # fmt: skip
    assert found == []
