"""What each form refuses: the same questions put to all of them.

A number just inside is taken, just outside refused, in each language with the workbook's words.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.forms.engine import Filling, OdkForm
from tests.forms.limits import CASES
from tests.forms.refusals import assert_refused, required_paths, row_of
from tests.forms.source import FORM_IDS, LANGUAGES, read_survey

LIMITED = [(form_id, path) for form_id, case in CASES.items() for path in case.limits]
REQUIRED = [(form_id, path) for form_id in FORM_IDS for path in required_paths(form_id)]


@pytest.fixture(scope="module")
def fillings(forms, compiled, schools):
    """form_id -> its case, filled; the other ways through the form; its first screen alone.

    The last by a school of one sex, of which last month is known. A test gives back the answer
    that it found.
    """

    @cache
    def _fillings(form_id: str):
        case = CASES[form_id]
        first = case.answers(schools["KNOWN"])["identification"]
        ways = [answers(schools[case.school]) for answers in (case.answers, *case.otherwise)]
        ways.append({"identification": first})
        return [_fill(compiled[form_id].xform, forms[form_id].media, way) for way in ways]

    return _fillings


def _fill(xform: str, media: Path, answers: dict) -> Filling:
    """By a form of its own: a parsed form holds one filling at a time."""
    return OdkForm(xform, media).new(LANGUAGES["en"]).fill(answers)


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_constraint_of_a_form_has_its_limits(form_id):
    constrained = {row.path for row in read_survey(form_id) if "constraint" in row.cells}
    assert {_plain(path) for path in CASES[form_id].limits} == constrained


@pytest.mark.parametrize(("form_id", "path"), LIMITED)
def test_an_answer_just_inside_is_taken_and_just_outside_refused(fillings, form_id, path):
    filling = next(one for one in fillings(form_id) if path in one.asked())
    inside, outside = CASES[form_id].limits[path]
    given, row = filling.value(path), row_of(form_id, _plain(path))
    for value in inside:
        filling.answer(path, value)
    for value in outside:
        assert_refused(filling, path, value, "constraint", row)
    filling.answer(path, given.split() if row.kind.startswith("select_multiple") else given)


@pytest.mark.parametrize(("form_id", "path"), REQUIRED)
def test_a_required_question_left_empty_says_so(fillings, form_id, path):
    filling, asked = next(
        (one, at) for one in fillings(form_id) for at in one.asked() if _plain(at) == path
    )
    assert_refused(filling, asked, None, "required", row_of(form_id, path))


def _plain(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)
