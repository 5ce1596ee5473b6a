"""A tablet knows whose it is: every form begins with the school whose code it was given.

| the tablet's `username`      | the first screen                             |
|------------------------------|----------------------------------------------|
| code of a school on the list | governorate, district and school are filled  |
| blank                        | the three are asked                          |
| a code that no school has    | the three are asked                          |

Where the list has no other school they are shown, and none is asked.
"""

from contextlib import contextmanager
from functools import cache

import pytest

from bridge.compile import compile_form
from config.forms import load_catalogue
from tests.forms.answers import LASTING_PATHS
from tests.forms.corrections import FLOW, answer_to, task, write_corrections
from tests.forms.engine import OdkForm
from tests.forms.media import School
from tests.forms.source import OWN_SCHOOL_FORMS, read_survey
from tests.forms.staff import staff
from tests.forms.submission import read_values
from tests.forms.updates import closing, opening
from tests.forms.web_forms.cases import RETURNS

PLACE = ("governorate", "district", "school")
PLACES = {f"identification/{name}" for name in PLACE}
FILLED = [one for one in RETURNS if one.form_id in OWN_SCHOOL_FORMS]
TASKS = [task("a1-1", "MIXED", FLOW)]
# Of a school update the place is that of a new school too.
SHOWN_FORMS = [form_id for form_id in OWN_SCHOOL_FORMS if form_id != "school_update"]
SHOWN = [one for one in FILLED if one.form_id in SHOWN_FORMS]
FOLLOWING = {"declaration/head_name", "identification/has_other_sex", "place/device_count",
             "devices/device/kind", "devices/device/serial", *LASTING_PATHS}  # fmt: skip
"""What the list knows of the school, to be looked through: test_known.py, test_year_end.py,
test_connectivity.py, test_last_building.py."""
DRAWN = {"start", "end", "meta/instanceID", "username"}


@cache
def compile_corrections() -> str:
    return compile_form(load_catalogue()["corrections"].xlsx).xform


@pytest.fixture(scope="module")
def forms(compiled, schools, tmp_path_factory):
    """Each form that begins with the own school, beside a list of all schools of these tests."""
    folder = tmp_path_factory.mktemp("own-school")
    write_corrections(folder, list(schools.values()), TASKS)
    every = {form_id: result.xform for form_id, result in compiled.items()}
    every["corrections"] = compile_corrections()
    return {form_id: OdkForm(every[form_id], folder) for form_id in OWN_SCHOOL_FORMS}


@contextmanager
def tablet_of(form: OdkForm, username: str | None):
    """The form on the tablet whose Collect has this user's name."""
    before = form.properties
    form.properties = {} if username is None else {"username": username}
    yield form
    form.properties = before


def place_of(filling) -> list[str | None]:
    return [filling.value(f"identification/{name}") for name in PLACE if _is_asked(filling, name)]


def _is_asked(filling, name: str) -> bool:
    return f"identification/{name}" in filling.asked()


def without_place(answers: dict) -> dict:
    """What is left to be answered on a tablet that knows its school."""
    first = {key: value for key, value in answers["identification"].items() if key not in PLACE}
    return answers | {"identification": first}


@pytest.mark.parametrize("code", ["MIXED", "ELSEWHERE"])
@pytest.mark.parametrize("form_id", OWN_SCHOOL_FORMS)
def test_a_school_s_tablet_begins_with_its_own_school(forms, schools, form_id, code):
    """Of the school update, the school itself shows once it is said what has happened."""
    school = schools[code]
    with tablet_of(forms[form_id], code) as form:
        filling = form.new()
        if form_id == "school_update":
            filling.answer("identification/changes", ["head"])
        assert place_of(filling) == [school.governorate, school.district, code]


@pytest.mark.parametrize("username", [None, "", "NOBODY", "mixed"])
@pytest.mark.parametrize("form_id", OWN_SCHOOL_FORMS)
def test_another_tablet_is_asked(forms, form_id, username):
    with tablet_of(forms[form_id], username) as form:
        filling = form.new()
        assert set(place_of(filling)) == {None}
        refused = filling.violation()
        assert (refused.path, refused.kind) == ("identification/governorate", "required")


@pytest.mark.parametrize("one", FILLED, ids=str)
def test_what_is_sent_is_what_would_be_sent_had_it_been_asked(forms, schools, one):
    answers = one.answers(schools[one.school])
    asked = read_values(forms[one.form_id].new().fill(answers).finalize())
    with tablet_of(forms[one.form_id], one.school) as form:
        known = read_values(form.new().fill(without_place(answers)).finalize())
    assert {path for path in asked | known if asked.get(path) != known.get(path)} <= DRAWN
    assert known["username"] == one.school


def test_the_own_school_can_be_changed_for_another(forms, schools):
    """A tablet that was lent: the places of the first school are taken back."""
    with tablet_of(forms["staff_return"], "ELSEWHERE") as form:
        values = read_values(form.new().fill(staff(schools["MIXED"])).finalize())
    assert [values[f"identification/{name}"] for name in PLACE] == ["IQG01", "IQG01Q01", "MIXED"]


def test_a_new_school_is_reported_from_the_tablet_of_another(forms, schools):
    """It lies where the reporting school does, or elsewhere; and it is not that school."""
    answers = without_place(opening(schools["MIXED"]))
    with tablet_of(forms["school_update"], "ELSEWHERE") as form:
        near = read_values(form.new().fill(answers).finalize())
        far = read_values(form.new().fill(opening(schools["MIXED"])).finalize())
    assert near["identification/governorate"] == schools["ELSEWHERE"].governorate
    assert far["identification/governorate"] == schools["MIXED"].governorate
    for values in (near, far):
        assert "identification/school" not in values
        assert values["identification/school_code"] == answers["new_school"]["new_code"]
        assert "location/distance_m" not in values


def test_a_school_that_closes_is_the_tablet_s_own(forms, schools):
    with tablet_of(forms["school_update"], "MIXED") as form:
        answers = without_place(closing(schools["MIXED"]))
        values = read_values(form.new().fill(answers).finalize())
    assert values["identification/school_code"] == "MIXED"


def test_a_correction_shows_the_questions_to_the_own_school(forms, schools):
    with tablet_of(forms["corrections"], "MIXED") as form:
        filling = form.new()
        assert list(filling.choices("identification/task")) == ["a1-1"]
        answers = without_place(answer_to(schools["MIXED"], "a1-1", "confirmed"))
        assert read_values(filling.fill(answers).finalize())["identification/school"] == "MIXED"


@pytest.fixture
def tablet_with(compiled, tmp_path):
    """The form on a tablet whose list has these schools alone."""

    def build(form_id: str, schools: list[School], username: str | None) -> OdkForm:
        write_corrections(tmp_path, schools, TASKS)
        xform = compile_corrections() if form_id == "corrections" else compiled[form_id].xform
        return OdkForm(xform, tmp_path, {"username": username} if username else None)

    return build


@pytest.mark.parametrize(
    ("username", "known"), [("MIXED", ["MIXED", "BOYS"]), (None, ["MIXED"]), ("BOYS", ["MIXED"])]
)
@pytest.mark.parametrize("form_id", SHOWN_FORMS)
def test_the_school_is_asked_where_there_is_a_choice_or_nobody_s_code(
    tablet_with, schools, form_id, username, known
):
    form = tablet_with(form_id, [schools[code] for code in known], username)
    assert set(form.new().asked()) >= PLACES


@pytest.mark.parametrize("one", SHOWN, ids=str)
def test_the_only_school_of_a_tablet_is_shown_and_not_asked(tablet_with, schools, one):
    """Central gives a school's tablet its own school alone: there is nothing to choose."""
    school, answers = schools[one.school], one.answers(schools[one.school])
    form = tablet_with(one.form_id, [school], one.school)
    filling = form.new().fill(without_place(answers))
    assert set(filling.screens()[0].shown) >= PLACES
    shown = [filling.value(f"identification/{name}") for name in PLACE]
    assert shown == [school.governorate, school.district, one.school]
    known = read_values(filling.finalize())
    form.properties = {}
    asked = read_values(form.new().fill(answers).finalize())
    assert {path for path in asked | known if asked.get(path) != known.get(path)} <= DRAWN


def test_a_new_school_is_placed_elsewhere_from_the_tablet_of_the_only_school(tablet_with, schools):
    form = tablet_with("school_update", [schools["MIXED"]], "MIXED")
    assert place_of(form.new())[:2] == [schools["MIXED"].governorate, schools["MIXED"].district]


@pytest.mark.parametrize("form_id", OWN_SCHOOL_FORMS)
def test_the_school_is_looked_up_by_its_key_alone(form_id):
    """One equality on one column: a tablet has an index for that."""
    rows = {row.path: row.cells.get("default") for row in read_survey(form_id)}
    columns = {"governorate": "governorate", "district": "district", "school": "school_code"}
    for name, column in columns.items():
        found = rows.pop(f"identification/{name}")
        assert found == f"instance('schools')/root/item[school_code=${{username}}]/{column}"
    others = {path for path, found in rows.items() if found}
    assert others <= FOLLOWING, "nothing else is answered before it is asked"
