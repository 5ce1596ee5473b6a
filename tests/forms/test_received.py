"""Proof of sending: the first screen says what has arrived, where anything has."""

import pytest

from config.corrections import text
from tests.forms.answers import identification, round_of
from tests.forms.engine import OdkForm
from tests.forms.media import write_media
from tests.forms.source import LANGUAGES, read_survey

# form_id -> the letter of its round in these tests.
FORMS = {
    "school_census": "C",
    "facility_return": "F",
    "year_end_results": "Y",
    "monthly_return": "R",
    "textbook_return": "T",
    "connectivity_readiness": "X",
    "staff_return": "S",
}
FIRST, NOTE = "identification", "identification/received_note"
WORDS = {"ar": "وصل منكم", "ckb": "لە ئێوەوە گەیشتووە", "en": "Received from you"}


def first_screen(forms, form_id: str, school, language: str = "en"):
    filling = forms[form_id].new(LANGUAGES[language])
    given = identification(school, round_of(FORMS[form_id], school))
    return filling.fill({FIRST: given}), filling.screens()[0]


@pytest.mark.parametrize("form_id", FORMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_arrived_is_said_once_the_school_is_picked(forms, schools, form_id, language):
    filling, screen = first_screen(forms, form_id, schools["SENT"], language)
    assert NOTE in screen.shown
    said = schools["SENT"].received
    assert filling.label(NOTE) == f"{WORDS[language]}: {said}"


@pytest.mark.parametrize("form_id", FORMS)
def test_a_school_that_has_sent_nothing_reads_nothing(forms, schools, form_id):
    _, screen = first_screen(forms, form_id, schools["MIXED"])
    assert NOTE not in screen.shown


@pytest.mark.parametrize("form_id", FORMS)
def test_before_a_school_is_picked_nothing_is_said(forms, form_id):
    filling = forms[form_id].new(LANGUAGES["ar"])
    assert NOTE not in filling.screens()[0].shown


@pytest.mark.parametrize("form_id", FORMS)
def test_the_note_stands_under_the_school_and_counts_as_no_input(forms, schools, form_id):
    rows = [row.path for row in read_survey(form_id)]
    assert rows[rows.index(f"{FIRST}/school") + 1] == NOTE
    filling, _ = first_screen(forms, form_id, schools["SENT"])
    assert NOTE not in filling.asked()


def test_the_text_is_the_one_that_the_entity_says(schools):
    total = text("total_pupils", "ar", count=412)
    said = text("received_total", "ar", form="التعداد", day="12 تشرين الثاني 2026", total=total)
    assert schools["SENT"].received == said


@pytest.mark.parametrize("form_id", FORMS)
def test_a_list_that_has_no_such_property_yet_stops_nothing(compiled, form_id, tmp_path, schools):
    write_media(tmp_path, [schools["SENT"]], without=("received",))
    older = {form_id: OdkForm(compiled[form_id].xform, tmp_path)}
    _, screen = first_screen(older, form_id, schools["SENT"])
    assert NOTE not in screen.shown
