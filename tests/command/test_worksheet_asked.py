"""The worksheet of any form: what it asks, and what it prints once."""

import pytest

from bridge.compile import convert_form
from bridge.xform_model import read_model
from processing.command.worksheet.asked import find_asked
from processing.command.worksheet.sheet import SheetMaker
from tests.bridge.workbooks import write_xlsform


@pytest.fixture
def draw(tmp_path):
    """draw(survey=…) -> (what is asked, the lines of the sheet in English)."""

    def make(**sheets: str):
        xform = convert_form(write_xlsform(tmp_path / "visit.xlsx", **sheets))
        model = read_model(xform)
        asked = find_asked(xform, model, {}, {})
        screens = SheetMaker(model, asked, {}, "en", lambda *_: "").screens()
        return asked, [line for screen in screens for line in screen.lines]

    return make


def test_rows_that_an_answer_counts_are_printed_once(draw):
    asked, lines = draw(
        survey="""
            type | name | label | repeat_count | relevant
            integer | devices | Devices | |
            begin repeat | device | Device | ${devices} |
            integer | age | Age | |
            end repeat | | | |
            begin repeat | visit | Visit | 3 |
            integer | hours | Hours | | ${devices} > 1
            end repeat | | | |
        """
    )
    assert set(asked.values) >= {"/device[1]/age", "/visit[3]/hours"}
    assert "/device[2]/age" not in asked.values
    assert [line.label for line in lines] == ["Devices", "Age", "Hours", "Hours", "Hours"]


ROWS_OF_GROUPS = """
    type | name | label | repeat_count | relevant
    integer | days | Days | |
    select_multiple g | named | Named | |
    begin repeat | group | Group | 2 |
    integer | here | Here | | selected(${named}, string(position(..)))
    integer | absent | Absent | | ${days} > 0 and coalesce(${here}, 30) > 0
    end repeat | | | |
"""
GROUPS = """
    list_name | name | label
    g         | 1    | First
    g         | 2    | Second
"""


def test_rows_of_which_some_are_chosen_are_printed_once_unless_all_are_asked_anyway(draw):
    chosen = ROWS_OF_GROUPS.replace("coalesce(${here}, 30)", "${here}")
    _, lines = draw(survey=chosen, choices=GROUPS)
    assert [line.label for line in lines] == ["Days", "Named", "Here", "Absent"]
    _, lines = draw(survey=ROWS_OF_GROUPS, choices=GROUPS)
    assert [line.label for line in lines] == ["Days", "Named", *("Here", "Absent") * 2]


def test_a_choice_that_a_filter_offers_in_two_places_is_one_box_and_answered_by_its_code(draw):
    _, lines = draw(
        survey="""
            type         | name | label    | choice_filter | relevant
            select_one d | q    | Where    | near = 1      |
            integer      | n    | How many |               | ${q} = 'other'
            text         | no   | Never    |               | ${q} = 'other (2)'
        """,
        choices="""
            list_name | name  | label | near
            d         | here  | Here  | 1
            d         | other | Other | 1
            d         | other | Other | 2
        """,
        settings="form_id | allow_choice_duplicates\nvisit | yes",
    )
    assert {line.label: line.choices for line in lines} == {
        "Where": ("Here", "Other"), "How many": ()
    }  # fmt: skip


def test_a_formula_that_only_a_tablet_knows_leaves_the_question_on_the_sheet(draw):
    asked, _ = draw(
        survey="""
            type | name | label | relevant
            text | phone | Phone |
            integer | calls | Calls | regex(${phone}, '07.*')
        """
    )
    assert "/calls" in asked.values
