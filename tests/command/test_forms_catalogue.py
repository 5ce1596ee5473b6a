"""A form and the catalogue of forms: what one of them lacks is told before it is published."""

from dataclasses import replace

import pytest

from bridge.compile import compile_form
from config.forms import load_catalogue
from processing.command import forms_catalogue
from processing.command.forms import find_faults
from tests.bridge.workbooks import write_xlsform

SURVEY = """
    type | name | label
    text | place | Place
    text | time | Time
"""


@pytest.fixture
def visit(tmp_path):
    return write_xlsform(tmp_path / "visit.xlsx", survey=SURVEY)


def test_a_form_that_the_catalogue_does_not_name_is_a_warning(visit):
    found = [item for item in find_faults(visit) if item.code == "catalogue-without-form"]
    assert [item.severity for item in found] == ["warning"]


@pytest.mark.parametrize(
    ("school", "period", "told"),
    [
        ("/place", "/time", []),
        ("/place", "/tme", ["/tme"]),
        ("/place/code", "/", ["/place/code", "/"]),
    ],
)
def test_a_question_that_the_form_does_not_ask_is_told(visit, monkeypatch, school, period, told):
    entry = replace(
        load_catalogue()["school_census"],
        form_id="visit", school_path=school, period_path=period,
    )  # fmt: skip
    monkeypatch.setattr(forms_catalogue, "load_catalogue", lambda: {"visit": entry})
    found = list(forms_catalogue.catalogue_faults(compile_form(visit)))
    assert [item.code for item in found] == ["catalogue-without-question"] * len(told)
    assert all(path in item.message for path, item in zip(told, found, strict=True))


@pytest.mark.parametrize("form_id", list(load_catalogue()))
def test_the_catalogue_knows_each_instrument(form_id):
    form = compile_form(load_catalogue()[form_id].xlsx)
    assert list(forms_catalogue.catalogue_faults(form)) == []
