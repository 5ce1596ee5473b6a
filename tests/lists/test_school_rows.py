"""The rows of `schools` are whole, whoever takes them: lists, worksheets, pages."""

import pytest

from config.entity_lists import SCHOOL_PROPERTIES
from config.forms import load_catalogue
from processing.command import forms_worksheet
from processing.feedback.present import present_rows
from processing.feedback.school_rows import list_school_rows
from processing.jobs.publishing import LISTS
from tests.lists.test_rows import PERSON, SCHOOLS, register, send_census
from tests.validate.test_sources import hold
from tests.warehouse.builder import NOW, YEAR

PEOPLE = {"head_name", "teachers_on_duty"}
WORDS = ("received", "head_name", "pupils_held_en", "last_month_girls")


@pytest.fixture
def country(warehouse):
    """S1 has a head on record, has sent a census, and another record holds its pupils."""
    warehouse.add_schools(SCHOOLS)
    register(warehouse, staff=[PERSON])
    send_census(warehouse, YEAR, girls=30)
    hold(warehouse, "S1", pupil_count=412)
    return warehouse


def test_a_row_has_every_property_and_says_what_is_known(country):
    first, second = list_school_rows(country.connection)
    for row in (first, second):
        assert set(row) == {"label", *SCHOOL_PROPERTIES}
    assert [bool(first[name]) for name in WORDS] == [True, True, True, True]
    assert [second[name] for name in WORDS] == ["", "", "", ""]
    assert list_school_rows(country.connection, ["S2"]) == [second]


def test_who_may_not_read_who_people_are_is_told_all_the_rest(country):
    whole = list_school_rows(country.connection)
    told = list_school_rows(country.connection, names_people=False)
    assert told == [{name: row[name] for name in row.keys() - PEOPLE} for row in whole]


def test_lists_and_pages_take_the_same_rows(country):
    whole = list_school_rows(country.connection, ["S1"])
    assert LISTS["schools"].rows(country.connection, None, ["S1"]) == whole
    asked = {"list_name": "schools", "data": {"school_code": "S1"}}
    told = list_school_rows(country.connection, ["S1"], names_people=False)
    assert present_rows(country.connection, [asked]) == {"schools": {"S1": told[0]}}


def test_a_worksheet_says_what_has_been_received(country, monkeypatch):
    printed = []
    monkeypatch.setattr(forms_worksheet, "make_pdf", lambda _, data: printed.append(data) or b"")
    (row,) = list_school_rows(country.connection, ["S1"])
    forms_worksheet.make_worksheet(
        country.connection, load_catalogue()["facility_return"], "S1", NOW.date(), language="ar"
    )
    lines = [line["label"] for screen in printed[0]["screens"] for line in screen["lines"]]
    assert row["received"]
    assert sum(row["received"] in line for line in lines) == 1
