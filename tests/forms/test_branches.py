"""Each branch of each form: some return goes into it, and another, whole, passes it by.

Reasons are branches too: each is asked by some return, and must then be given.
"""

import re

import pytest

from tests.forms.engine import Filling, OdkForm, leaves
from tests.forms.limits import CASES
from tests.forms.odd_returns import ODD_RETURNS
from tests.forms.odd_schools import ODD_SCHOOLS
from tests.forms.refusals import assert_refused, row_of
from tests.forms.source import FORM_IDS, LANGUAGES, Row, read_survey
from tests.forms.unusual import UNUSUAL
from tests.forms.web_forms.cases import RETURNS

# A school that has sent something already, and one of boys.
FIRST_SCREENS = ("SENT", "BOYS")
ANSWERED = re.compile(r"integer|decimal|text|date|select_|geopoint|image|acknowledge")
BOUND = re.compile(r"position\(\.\.\) <= \$\{\w+\}")
# Opened by a question that every whole return answers.
ALWAYS = {"school_update": {"order"}}


def answers_of(form_id: str, schools) -> list[dict]:
    case = CASES[form_id]
    ways = [answers(schools[case.school]) for answers in (case.answers, *case.otherwise)]
    first = [case.answers(schools[code])["identification"] for code in FIRST_SCREENS]
    ways += [{"identification": answers} for answers in (*first, _of_the_other_ministry(first[0]))]
    ways += [answers(schools[code]) for code, answers in UNUSUAL[form_id]]
    ways += [odd.answers for odd in (*ODD_SCHOOLS, *ODD_RETURNS) if odd.form_id == form_id]
    return ways + [one.answers(schools[one.school]) for one in RETURNS if one.form_id == form_id]


def _of_the_other_ministry(first: dict) -> dict:
    """A federal school that picks the round of the Region."""
    return first | {"round": f"{first['round']}K"}


def branches(form_id: str) -> set[str]:
    """Groups, repeats and questions that are shown under a condition."""
    rows = [row for row in read_survey(form_id) if "relevant" in row.cells]
    return {row.path for row in rows if not (_is_hidden(row) or _is_bound(row))}


def _is_bound(row: Row) -> bool:
    """Shown in each row that counts: those that are too many are those of test_lowered."""
    return BOUND.fullmatch(row.cells["relevant"]) is not None


def _is_hidden(row: Row) -> bool:
    return "calculation" in row.cells and not {"read_only", "trigger"} & set(row.cells)


def _reached(filling: Filling) -> set[str]:
    """Questions that are shown, and the groups around them."""
    shown = {path for screen in filling.screens() for path in (*screen.inputs, *screen.shown)}
    steps = [_plain(path).split("/") for path in shown]
    return {"/".join(one[:size]) for one in steps for size in range(1, len(one) + 1)}


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_each_branch_is_gone_into_and_passed_by(forms, compiled, schools, form_id):
    form = OdkForm(compiled[form_id].xform, forms[form_id].media)
    entered, passed, wanted = set(), set(), branches(form_id)
    for answers in answers_of(form_id, schools):
        filling = form.new(LANGUAGES["en"]).fill(answers)
        reached = _reached(filling)
        entered |= wanted & reached
        if filling.violation() is None:
            passed |= wanted - reached
    assert wanted - entered == set(), "no return goes into these"
    assert wanted - passed == ALWAYS.get(form_id, set()), "no whole return goes without these"


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_each_reason_that_is_asked_must_be_given(forms, compiled, schools, form_id):
    form = OdkForm(compiled[form_id].xform, forms[form_id].media)
    wanted = {path for path in branches(form_id) if path.rpartition("/")[2].startswith("reason_")}
    assert wanted, "every form asks for some reason"
    for answers in answers_of(form_id, schools):
        filling = form.new(LANGUAGES["en"]).fill(answers)
        for path in filling.asked():
            if _plain(path) in wanted:
                assert_refused(filling, path, None, "required", row_of(form_id, _plain(path)))
                wanted.remove(_plain(path))
    assert wanted == set(), "asked by no return"


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_each_question_is_answered_by_some_return(schools, form_id):
    """One that is taken out of the form breaks the return that answers it."""
    ways = answers_of(form_id, schools)
    answered = {_plain(path) for answers in ways for path, given in leaves(answers) if given}
    answered |= {_plain(path) for path in CASES[form_id].limits}
    asked = {
        row.path for row in read_survey(form_id)
        if ANSWERED.match(row.kind) and not _is_hidden(row) and row.cells.get("read_only") != "yes"
        and row.name != "remarks" and not row.name.startswith("reason_")
    }  # fmt: skip
    assert len(asked) > 20
    assert asked - answered == set()


def _plain(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)
