"""The same answers give the same submission, filled in ODK Collect or in ODK Web Forms.

What the two are known to do differently, and the programs take both of:

| | Collect | Web Forms |
|---|---|---|
| start, end | three fractional digits, `Z` | as many as there are, `+00:00` |
| device, instance id | its own | its own |
| repeat in the 2nd row of a repeat | after the row's other questions | in its place |
| entity `create`, `update` | `1` | `true` |
| default of a question that is hidden at first | there when it shows | left out |
"""

import pytest
from lxml import etree

from bridge.xform import opened_with
from config.forms import load_catalogue
from tests.forms.answers import census, grade
from tests.forms.corrections import write_corrections
from tests.forms.engine import NotAsked, NotOffered, OdkForm, Rejected
from tests.forms.refusals import row_of
from tests.forms.returns import known_devices, monthly
from tests.forms.source import LANGUAGES, OWN_SCHOOL_FORMS
from tests.forms.submission import read_values
from tests.forms.web_forms.cases import RETURNS, TASKS

PLACE = ("governorate", "district", "school")
KNOWN = [one for one in RETURNS if one.form_id in OWN_SCHOOL_FORMS and one.name != "opened"]
"""Returns of the client's own school; of a school update, a browser asks for the school."""
DRAWN_BY_THE_CLIENT = ("start", "end", "deviceid", "audit", "meta/audit", "meta/instanceID")
ENTITY = "{http://www.opendatakit.org/xforms/entities}entity"
TRUE = {"1": True, "true": True}


def answers_of(xml: bytes) -> dict[str, str]:
    values = read_values(xml)
    return {path: value for path, value in values.items() if path not in DRAWN_BY_THE_CLIENT}


def entity_of(xml: bytes) -> dict | None:
    entity = etree.fromstring(xml).find(f".//{ENTITY}")
    if entity is None:
        return None
    attributes = {name: TRUE.get(value, value) for name, value in entity.attrib.items()}
    # A new entity gets a number of its own in each client.
    if attributes.get("create"):
        attributes.pop("id")
    return attributes


def test_every_form_is_filled():
    assert {one.form_id for one in RETURNS} == set(load_catalogue())


@pytest.mark.parametrize("one", RETURNS, ids=str)
def test_the_same_answers_are_the_same_submission(engines, one):
    collect, web_forms = engines.fill(one)
    assert answers_of(web_forms) == answers_of(collect)
    assert entity_of(web_forms) == entity_of(collect)
    for name in ("id", "version"):
        assert etree.fromstring(web_forms).get(name) == etree.fromstring(collect).get(name)


@pytest.mark.parametrize("one", KNOWN, ids=str)
def test_a_browser_that_knows_its_school_begins_with_it_as_a_tablet_does(engines, one):
    asked, _ = engines.fill(one)
    answers = _without_place(one.answers(engines.schools[one.school]))
    if one.form_id == "school_update":
        answers["identification"]["school"] = one.school
    known = engines.fill_in_browser(one.form_id, answers, None, one.school)
    assert answers_of(known) == answers_of(asked) | {"username": one.school}


@pytest.mark.parametrize("one", [one for one in KNOWN if one.form_id != "school_update"], ids=str)
def test_a_browser_whose_list_has_its_school_alone_sends_what_a_tablet_sends(
    engines, one, tmp_path
):
    asked, _ = engines.fill(one)
    school = engines.schools[one.school]
    write_corrections(tmp_path, [school], TASKS)
    form = tmp_path / "form.xml"
    form.write_text(engines.compiled[one.form_id].xform, encoding="utf-8")
    answers = _without_place(one.answers(school))
    known = engines.web_forms.fill(form, tmp_path, answers, None, one.school)
    assert answers_of(known) == answers_of(asked) | {"username": one.school}


def test_both_open_with_the_devices_that_the_list_knows(engines, tmp_path):
    """On a tablet, in its school's browser, and in a department's, which has filled the school."""
    school, form_id = engines.schools["HEADED"], "connectivity_readiness"
    answers, code = known_devices(school), school.school_code
    write_corrections(tmp_path, [school], TASKS)
    xform = engines.compiled[form_id].xform
    place = {f"/identification/{name}": getattr(school, name) for name in PLACE[:2]}
    texts = {
        "own.xml": xform,
        "opened.xml": opened_with(xform, "ar", place | {"/identification/school": code}),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    tablet = OdkForm(xform, tmp_path, {"username": code}).new().fill(answers).finalize()
    assert [answers_of(tablet)[f"devices{at}/device/serial"] for at in ("", "[2]", "[3]")] == [
        "R52T-100", "R52T-101", "",
    ]  # fmt: skip
    own = engines.web_forms.fill(tmp_path / "own.xml", tmp_path, answers, None, code)
    assert answers_of(own) == answers_of(tablet)
    opened = engines.web_forms.fill(tmp_path / "opened.xml", tmp_path, answers)
    assert answers_of(opened) | {"username": code} == answers_of(tablet)


@pytest.mark.parametrize("form_id", OWN_SCHOOL_FORMS)
def test_a_form_that_a_department_opens_keeps_the_school_that_stands_in_it(
    engines, form_id, tmp_path
):
    """Its browser has no user's name: a default would empty what the page has filled."""
    one = next(one for one in KNOWN if one.form_id == form_id)
    asked, _ = engines.fill(one)
    answers = one.answers(engines.schools[one.school])
    place = {f"/identification/{name}": answers["identification"][name] for name in PLACE}
    opened = tmp_path / "opened.xml"
    opened.write_text(opened_with(engines.compiled[form_id].xform, "ar", place), encoding="utf-8")
    sent = engines.web_forms.fill(opened, engines.folder, _without_place(answers))
    assert answers_of(sent) == answers_of(asked)


def _without_place(answers: dict) -> dict:
    first = {key: value for key, value in answers["identification"].items() if key not in PLACE}
    return answers | {"identification": first}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("group", "answer", "kind"),
    [("days", {"days_held": 31, "lost_reasons": ["none"]}, "constraint"),
     ("declaration", {}, "required")],
)  # fmt: skip
def test_both_refuse_with_the_words_of_the_workbook(engines, group, answer, kind, language):
    """November has 30 days, and the declaration must be made."""
    path = {"constraint": "days/days_held", "required": "declaration/confirmed"}[kind]
    answers = monthly(engines.schools["MIXED"]) | {group: answer}
    with pytest.raises(Rejected) as in_collect:
        engines.collect["monthly_return"].new(LANGUAGES[language]).fill(answers).finalize()
    with pytest.raises(Rejected) as in_browser:
        engines.fill_in_browser("monthly_return", answers, LANGUAGES[language])
    expected = row_of("monthly_return", path).text(f"{kind}_message", language)
    for refused in (in_collect.value, in_browser.value):
        assert (refused.path, refused.kind, refused.message) == (path, kind, expected)


def test_neither_asks_a_school_of_boys_about_girls(engines):
    answers = census(engines.schools["BOYS"], grade(1, girls={"age_0": 3}, boys={"age_0": 3}))
    with pytest.raises(NotAsked, match="girls"):
        engines.collect["school_census"].new().fill(answers)
    with pytest.raises(NotAsked, match="girls"):
        engines.fill_in_browser("school_census", answers)


def test_neither_offers_a_school_of_another_district(engines):
    answers = monthly(engines.schools["MIXED"])
    answers["identification"] |= {"school": "ELSEWHERE"}
    with pytest.raises(NotOffered, match="ELSEWHERE"):
        engines.collect["monthly_return"].new().fill(answers)
    with pytest.raises(NotOffered, match="ELSEWHERE"):
        engines.fill_in_browser("monthly_return", answers)
