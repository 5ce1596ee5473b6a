"""Choices: as the code lists have them, and not too many."""

import time

import pytest

from bridge.authoring import check_form
from bridge.authoring_lists import MOST_CHOICES
from bridge.compile import compile_form
from bridge.findings import FormInvalid
from config import codes
from config.codes import read_codes
from config.errors import OperatorError
from tests.bridge.workbooks import write_xlsform

HEAD = "list_name | name | label::العربية (ar) | label::English (en)"
YES, NO = "yes_no | yes | نعم | Yes", "yes_no | no | لا | No"
SURVEY = """
    type | name | label::العربية (ar) | label::English (en)
    select_one yes_no | sure | متأكد | Sure
"""
# Two seconds on a quiet machine.
IN_TIME_S = 30


def found_in(folder, *choices: str, form_id: str = "school_census", survey: str = SURVEY):
    choices = "\n".join([HEAD, *choices])
    xlsx = write_xlsform(folder / f"{form_id}.xlsx", survey=survey, choices=choices)
    return [(f.row, f.code, f.severity) for f in check_form(xlsx) if f.sheet == "choices"]


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ([YES, NO], []),
        ([NO, YES], [(2, "choices-out-of-order")]),
        ([YES], [(2, "choice-missing")]),
        ([YES, NO, "yes_no | maybe | ربما | Maybe"], [(4, "choice-unknown")]),
        ([YES, "yes_no | no | كلا | No"], [(3, "choice-label-differs")]),
        ([YES, NO, "mine | x | س | X"], [(4, "code-list-missing")]),
    ],
)
def test_choices_are_those_of_the_code_list(tmp_path, choices, expected):
    ours = found_in(tmp_path, *choices)
    assert ours == [(row, code, "error") for row, code in expected]
    theirs = found_in(tmp_path, *choices, form_id="visit")
    expected = [item for item in expected if item[1] != "code-list-missing"]
    assert theirs == [(row, code, "warning") for row, code in expected]


def test_a_code_list_with_another_separator_is_told_as_it_is(tmp_path, monkeypatch):
    (tmp_path / "split.csv").write_text("code;name_ar;name_ckb;name_en\nx;س;س;X\n")
    monkeypatch.setattr(codes, "CODES_DIR", tmp_path)
    with pytest.raises(OperatorError, match="columns"):
        found_in(tmp_path, "split | x | س | X", survey=SURVEY.replace("yes_no", "split"))


def test_governorates_are_the_areas(tmp_path):
    survey = SURVEY.replace("yes_no", "governorate")
    codes = found_in(tmp_path, "governorate | IQG99 | أ | A", survey=survey)
    assert codes == [(2, "choice-missing", "error"), (2, "choice-unknown", "error")]


def test_a_finding_says_what_the_code_list_has(tmp_path):
    choices = "\n".join([HEAD, YES, "yes_no | no | كلا | No"])
    xlsx = write_xlsform(tmp_path / "school_census.xlsx", survey=SURVEY, choices=choices)
    (finding,) = [item for item in check_form(xlsx) if item.sheet == "choices"]
    assert finding.column == "label::العربية (ar)"
    assert read_codes("yes_no")[1].name_ar in finding.message
    assert "config/codes/yes_no.csv" in finding.remedy


def test_five_thousand_choices_are_told_in_time_to_become_a_file(tmp_path):
    survey = SURVEY.replace("yes_no", "place")
    choices = "\n".join([HEAD, *(f"place | p{n} | مكان {n} | Place {n}" for n in range(5_000))])
    xlsx = write_xlsform(tmp_path / "visit.xlsx", survey=survey, choices=choices)
    began = time.monotonic()
    with pytest.raises(FormInvalid) as error:
        compile_form(xlsx)
    assert time.monotonic() - began < IN_TIME_S
    (finding,) = error.value.findings
    assert (finding.row, finding.code) == (2, "choices-too-many")
    assert "5,000" in finding.message
    assert "select_one_from_file place.csv" in finding.remedy


def test_as_many_choices_as_are_allowed_are_no_finding(tmp_path):
    survey = SURVEY.replace("yes_no", "place")
    lines = [f"place | p{n} | مكان {n} | Place {n}" for n in range(MOST_CHOICES)]
    assert found_in(tmp_path, *lines, form_id="visit", survey=survey) == []
