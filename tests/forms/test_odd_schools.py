"""True schools that look false: no rule of a form may refuse one."""

from collections import Counter

import pytest

from config.forms import load_catalogue
from tests.forms.odd_returns import ODD_RETURNS
from tests.forms.odd_schools import ODD_SCHOOLS
from tests.forms.source import LANGUAGES
from tests.forms.submission import read_values

ALL = (*ODD_SCHOOLS, *ODD_RETURNS)


@pytest.mark.parametrize("odd", ALL, ids=lambda odd: odd.name)
def test_the_form_takes_it(forms, odd):
    filling = forms[odd.form_id].new(LANGUAGES["ar"]).fill(odd.answers)
    values = read_values(filling.finalize())
    school_path = load_catalogue()[odd.form_id].school_path.removeprefix("/")
    assert values[school_path] == odd.school.school_code
    assert values["identification/school_year"] == "2026"


def test_there_are_at_least_twenty_each_a_school_of_its_own():
    codes = Counter(odd.school.school_code for odd in ALL)
    assert len(codes) >= 20
    assert set(codes.values()) == {1}
