"""A number of rows that is lowered: what is too many is neither asked nor sent nor added up.

The engine keeps such rows as long as the form is open, and sends their shells.
"""

import pytest

from config.forms import load_catalogue
from tests.forms.lowered import LOWERED
from tests.forms.submission import read_values

DRAWN = ("start", "end", "meta/instanceID")
RAISED = ["connectivity_readiness", "staff_return"]


def sent(lowered, xml: bytes) -> dict[str, str]:
    return {path: value for path, value in lowered.rest(xml).items() if path not in DRAWN}


@pytest.mark.parametrize("lowered", LOWERED, ids=str)
def test_what_is_too_many_is_not_sent(forms, schools, lowered):
    form = forms[lowered.form_id]
    expected = sent(lowered, form.new().fill(lowered.few(schools)).finalize())
    filling = form.new().fill(lowered.many(schools))
    for path, value in lowered.corrected.items():
        filling.answer(path, value)
    rows = tuple(f"{row}/" for row in lowered.gone)
    assert not [path for path in filling.asked() if path.startswith(rows)]
    assert sent(lowered, filling.finalize()) == expected


@pytest.mark.parametrize("lowered", [one for one in LOWERED if one.form_id in RAISED], ids=str)
def test_what_was_right_after_all_is_there_again(forms, schools, lowered):
    form = forms[lowered.form_id]
    filling = form.new().fill(lowered.many(schools))
    whole = sent(lowered, filling.xml())
    before = {path: filling.value(path) for path in lowered.corrected}
    for path, value in lowered.corrected.items():
        filling.answer(path, value)
    for path, value in before.items():
        filling.answer(path, int(value))
    assert sent(lowered, filling.xml()) == whole


def test_each_form_with_rows_is_among_them(compiled):
    with_rows = {form_id for form_id, form in compiled.items() if "jr:count" in form.xform}
    assert {lowered.form_id for lowered in LOWERED} == with_rows
    assert with_rows < set(load_catalogue())


def test_the_rows_are_read_where_they_are(forms, schools):
    """Whoever fills the rows that are gone finds them: the paths above are those of the form."""
    for lowered in LOWERED:
        values = read_values(forms[lowered.form_id].new().fill(lowered.many(schools)).xml())
        assert all(any(path.startswith(f"{row}/") for path in values) for row in lowered.gone)
