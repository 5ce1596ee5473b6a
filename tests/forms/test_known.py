"""The head's name is not typed again: it stands there as the list of schools has it.

| the list of schools                  | the question opens                     |
|--------------------------------------|----------------------------------------|
| says who heads the school            | with the name, which can be typed over |
| says nothing, or has no such property | empty                                 |
| another school of it is picked       | with the name of that school's head    |
"""

import pytest

from tests.forms.corrections import FLOW, task, write_corrections
from tests.forms.engine import OdkForm
from tests.forms.media import School, write_media
from tests.forms.source import OWN_SCHOOL_FORMS, read_survey
from tests.forms.test_own_school import compile_corrections

NAME = "declaration/head_name"
HUDA, SUAD = "هدى كريم علي", "سعاد حسن"
HEADS = {
    "A": School("A", head_name=HUDA),
    "B": School("B", head_name=SUAD),
    "NOBODY": School("NOBODY"),
}
FORMS = [
    form_id for form_id in OWN_SCHOOL_FORMS
    if NAME in {row.path for row in read_survey(form_id)}
]  # fmt: skip


@pytest.fixture(scope="module")
def xforms(compiled):
    found = {form_id: result.xform for form_id, result in compiled.items()}
    return found | {"corrections": compile_corrections()}


@pytest.fixture(scope="module")
def forms(xforms, tmp_path_factory):
    """Each form that asks for the head's name, beside a list of three schools."""
    folder = tmp_path_factory.mktemp("heads")
    _write_lists(folder, list(HEADS.values()))
    return {form_id: OdkForm(xforms[form_id], folder) for form_id in FORMS}


def _write_lists(folder, schools, **lists) -> None:
    tasks = [task(f"{code.lower()}1-1", code, FLOW) for code in HEADS]
    write_corrections(folder, schools, tasks)
    write_media(folder, schools, **lists)


def pick(filling, code: str) -> None:
    """The school is chosen, as on a tablet that does not know its own."""
    school = HEADS[code]
    if filling.value("identification/district") is None:
        filling.answer("identification/governorate", school.governorate)
        filling.answer("identification/district", school.district)
    if "identification/school" not in filling.asked():
        filling.answer("identification/changes", ["session"])
    filling.answer("identification/school", code)


def test_the_forms_that_ask_for_it_are_known():
    assert len(FORMS) == 8
    assert set(OWN_SCHOOL_FORMS) - set(FORMS) == {"monthly_return"}


@pytest.mark.parametrize("form_id", FORMS)
def test_the_name_stands_there_once_the_school_is_picked_and_follows_another(forms, form_id):
    filling = forms[form_id].new()
    assert filling.value(NAME) is None
    for code, name in (("A", HUDA), ("B", SUAD), ("NOBODY", None), ("A", HUDA)):
        pick(filling, code)
        assert filling.value(NAME) == name
        assert NAME in filling.asked(), "it can be typed over"


@pytest.mark.parametrize("form_id", FORMS)
def test_what_was_typed_stays_until_another_school_is_picked(forms, form_id):
    filling = forms[form_id].new()
    pick(filling, "A")
    filling.answer(NAME, "المعاون")
    pick(filling, "A")
    assert filling.value(NAME) == "المعاون"


@pytest.mark.parametrize("form_id", FORMS)
def test_the_tablet_s_own_school_fills_it(forms, form_id):
    form = forms[form_id]
    form.properties = {"username": "B"}
    try:
        assert form.new().value(NAME) == SUAD
    finally:
        form.properties = {}


@pytest.mark.parametrize("form_id", FORMS)
def test_where_the_list_has_one_school_and_it_is_not_asked_it_is_filled(xforms, tmp_path, form_id):
    _write_lists(tmp_path, [HEADS["A"]])
    form = OdkForm(xforms[form_id], tmp_path, {"username": "A"})
    filling = form.new()
    assert filling.value(NAME) == HUDA
    filling.answer(NAME, "المعاون")
    assert filling.value(NAME) == "المعاون"


@pytest.mark.parametrize("form_id", FORMS)
def test_a_list_without_the_property_leaves_it_empty(xforms, tmp_path, form_id):
    """Central keeps it once the lists have been published."""
    _write_lists(tmp_path, list(HEADS.values()), without=("head_name",))
    form = OdkForm(xforms[form_id], tmp_path)
    filling = form.new()
    pick(filling, "A")
    assert filling.value(NAME) is None
    form.properties = {"username": "A"}
    filling = form.new()
    assert filling.value(NAME) is None


@pytest.mark.parametrize("changes", [["head"], ["head", "renamed"], ["opened"]])
def test_an_update_about_another_head_does_not_name_the_one_before(forms, changes):
    form = forms["school_update"]
    form.properties = {"username": "A"}
    try:
        filling = form.new()
        filling.answer("identification/changes", changes)
        assert filling.value(NAME) is None
        filling.answer("identification/changes", ["renamed"])
        assert filling.value(NAME) == HUDA
    finally:
        form.properties = {}
