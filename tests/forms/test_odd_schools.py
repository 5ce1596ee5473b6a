"""True schools that look false: no rule of a form may refuse one."""

from collections import Counter

import pytest

from config.forms import load_catalogue
from tests.forms.odd_returns import ODD_RETURNS
from tests.forms.odd_schools import ODD_SCHOOLS, REASON
from tests.forms.ordinary import answers_to
from tests.forms.source import FORM_IDS, LANGUAGES
from tests.forms.submission import read_values

ALL = (*ODD_SCHOOLS, *ODD_RETURNS)


def school_of(form_id: str, values: dict[str, str]) -> str:
    return values[load_catalogue()[form_id].school_path.removeprefix("/")]


@pytest.mark.parametrize("odd", ALL, ids=lambda odd: odd.name)
def test_the_form_takes_it(forms, odd):
    filling = forms[odd.form_id].new(LANGUAGES["ar"]).fill(odd.answers)
    values = read_values(filling.finalize())
    assert school_of(odd.form_id, values) == odd.school.school_code
    assert values["identification/school_year"] == "2026"


def test_there_are_at_least_twenty_each_a_school_of_its_own():
    codes = Counter(odd.school.school_code for odd in ALL)
    assert len(codes) >= 20
    assert set(codes.values()) == {1}


@pytest.mark.parametrize("form_id", FORM_IDS)
@pytest.mark.parametrize("odd", ALL, ids=lambda odd: odd.name)
def test_every_other_form_takes_it_too_and_asks_for_no_more_than_a_reason(forms, odd, form_id):
    has_other_sex = odd.answers["identification"].get("has_other_sex") == "yes"
    answers = answers_to(form_id, odd.school, has_other_sex=has_other_sex)
    filling = forms[form_id].new(LANGUAGES["ckb"]).fill(answers)
    while (asked := filling.violation()) and asked.path.rpartition("/")[2].startswith("reason_"):
        filling.answer(asked.path, REASON)
    values = read_values(filling.finalize())
    assert school_of(form_id, values) == odd.school.school_code
