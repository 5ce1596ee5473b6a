"""A host is not asked again what it answered of its building: one question is, on what has changed.

| the list of schools knows                  | what lasts                     | is asked    |
|--------------------------------------------|--------------------------------|-------------|
| nothing: a first return, an older list     | empty                          | as ever     |
| a return of an earlier school year         | filled, shown                  | if chosen   |
| not all of it                              | the rest is empty              | as ever     |
| a return of the round's year, or a later   | filled                         | as ever     |
| that the school is a guest                 | is not of the form             | never       |

What works or is there on the day is asked each time.
"""

import re
from dataclasses import dataclass

import pytest

from config.building_words import LASTING, LIMITS
from config.codes import read_codes
from tests.forms.answers import (
    HOST_ANSWERS,
    LASTING_PATHS,
    NO_TOILET_USED,
    facility,
    facility_again,
)
from tests.forms.engine import NotAsked, OdkForm
from tests.forms.media import LAST_RETURN, School, write_media
from tests.forms.source import LANGUAGES, read_survey
from tests.forms.submission import read_values

FORM, CHANGED = "facility_return", "last_return/changed"
PLACE = ("governorate", "district", "school")
TOPICS = {
    "structure": LASTING_PATHS[:3], "rooms": LASTING_PATHS[3:4], "water": LASTING_PATHS[4:5],
    "toilets": LASTING_PATHS[5:7], "power": LASTING_PATHS[7:8], "ict": LASTING_PATHS[8:10],
    "access": LASTING_PATHS[10:],
}  # fmt: skip
NOT_OF_THE_BUILDING = ("start", "end", "meta", "username", "identification", "last_return")


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers: forms[FORM].new(LANGUAGES["en"]).fill(answers)


@pytest.fixture
def own_tablet(compiled, tmp_path):
    """The form on the tablet of a school, whose list has no other."""

    def build(school: School, without: tuple[str, ...] = ()) -> OdkForm:
        write_media(tmp_path, [school], without)
        return OdkForm(compiled[FORM].xform, tmp_path, {"username": school.school_code})

    return build


def without_place(answers: dict) -> dict:
    first = {name: at for name, at in answers["identification"].items() if name not in PLACE}
    return answers | {"identification": first}


def of_the_building(filling) -> dict[str, str]:
    values = read_values(filling.finalize())
    return {path: at for path, at in values.items() if not path.startswith(NOT_OF_THE_BUILDING)}


@dataclass(frozen=True)
class Filled:
    """What a filling asked and would send: a parsed form holds one filling at a time."""

    asked: list[str]
    shown: set[str]
    values: dict[str, str]


def filled(filling) -> Filled:
    shown = {path for screen in filling.screens() for path in screen.shown}
    return Filled(filling.asked(), shown, of_the_building(filling))


@pytest.fixture(scope="module")
def first(fill, schools):
    return filled(fill(facility(schools["MIXED"])))


@pytest.fixture(scope="module")
def again(fill, schools):
    return filled(fill(facility_again(schools["RETURNED"])))


def test_the_same_building_is_one_answer_and_sends_what_a_first_return_sends(first, again):
    assert again.values == first.values
    assert len(again.values) > len(LASTING_PATHS)
    asked = [path for path in first.asked if path not in LASTING_PATHS]
    asked.insert(asked.index("identification/round") + 1, CHANGED)
    assert again.asked == asked
    assert set(LASTING_PATHS) <= again.shown


@pytest.mark.parametrize(("known", "asked"), [({}, 28), (LAST_RETURN, 28 - 13 + 1)])
def test_a_first_return_asks_28_on_the_school_s_tablet_and_a_quiet_second_one_16(
    own_tablet, known, asked
):
    school = School("OWN", **known)
    answers = facility_again(school) if known else facility(school)
    filling = own_tablet(school).new().fill(without_place(answers))
    assert len(filling.asked()) == asked
    filling.finalize()


@pytest.mark.parametrize("topic", TOPICS)
def test_what_has_changed_is_opened_with_the_last_answer_and_nothing_else(
    fill, schools, again, topic
):
    opened = fill(facility_again(schools["RETURNED"], topic))
    assert set(opened.asked()) - set(again.asked) == set(TOPICS[topic])
    assert of_the_building(opened) == again.values


def test_every_topic_can_be_chosen():
    assert [one.code for one in read_codes("building_topic")] == ["none", *TOPICS]


def test_another_answer_is_sent_instead_of_the_last_one(fill, schools, again):
    news = {"toilet_type": "none"}
    answers = facility_again(schools["RETURNED"], "toilets", "power")
    answers["sanitation"] = news
    answers["rooms"] = answers["rooms"] | NO_TOILET_USED
    answers["power"] = {"sources": ["solar"], "in_lessons": "no"}
    values = of_the_building(fill(answers))
    assert (values["sanitation/toilet_type"], values["power/sources"]) == ("none", "solar")
    gone = set(again.values) - set(values)
    assert gone == {"access/accessible_toilet"} | {
        f"sanitation/{name}"
        for name in ("toilets", "girls_usable", "boys_usable", "common_usable", "usable")
    }


def test_what_has_not_changed_cannot_be_typed_over(fill, schools):
    with pytest.raises(NotAsked, match="structure/material"):
        fill(facility_again(schools["RETURNED"], "rooms", structure={"material": "tent"}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_head_reads_what_the_last_return_said(forms, schools, language):
    filling = forms[FORM].new(LANGUAGES[language]).fill(facility_again(schools["RETURNED"]))
    assert LAST_RETURN[f"host_said_{language}"] in filling.hint(CHANGED)


@pytest.mark.parametrize("year", ["2026", "2027", ""])
def test_of_the_round_s_own_year_everything_is_asked_as_ever(own_tablet, first, year):
    """It lies there to be changed: the return is sent again."""
    school = School("OWN", **LAST_RETURN | {"host_year": year})
    filling = own_tablet(school).new().fill(without_place(facility(school)))
    assert filling.asked() == first.asked[3:]
    assert of_the_building(filling) == first.values


@pytest.mark.parametrize("names", [("building_facts",), tuple(LAST_RETURN)])
def test_a_list_from_before_these_properties_asks_as_ever(own_tablet, first, names):
    school = School("OWN", **LAST_RETURN)
    filling = own_tablet(school, without=names).new()
    assert [filling.value(path) for path in LASTING_PATHS] == [None] * len(LASTING_PATHS)
    filling.fill(without_place(facility(school)))
    assert filling.asked() == first.asked[3:]


@pytest.mark.parametrize("place", range(len(LASTING)))
def test_what_the_last_return_did_not_answer_is_asked(own_tablet, again, place):
    facts = LAST_RETURN["building_facts"].split()
    facts[place] = "-"
    school = School("OWN", **LAST_RETURN | {"building_facts": " ".join(facts)})
    filling = own_tablet(school).new()
    group, name = LASTING_PATHS[place].split("/")
    assert filling.value(LASTING_PATHS[place]) is None
    answers = facility_again(school, **{group: {name: HOST_ANSWERS[group][name]}})
    filling.fill(without_place(answers))
    assert set(filling.asked()) - set(again.asked) == {LASTING_PATHS[place]}
    assert of_the_building(filling) == again.values


def test_a_building_that_had_no_toilet_has_got_some(own_tablet):
    facts = (
        LAST_RETURN["building_facts"].replace("flush 6", "none -").replace("yes no no", "yes - no")
    )
    school = School("OWN", **LAST_RETURN | {"building_facts": facts})
    form = own_tablet(school)
    quiet = facility_again(school)
    del quiet["sanitation"]
    quiet["rooms"] = quiet["rooms"] | NO_TOILET_USED
    values = read_values(form.new().fill(without_place(quiet)).finalize())
    assert values["sanitation/toilet_type"] == "none"
    answers = facility_again(
        school, "toilets", sanitation=HOST_ANSWERS["sanitation"], access={"accessible_toilet": "no"}
    )
    values = read_values(form.new().fill(without_place(answers)).finalize())
    assert values["sanitation/usable"] == "5"
    assert values["access/accessible_toilet"] == "no"


def test_the_answers_follow_another_school(fill, schools, first):
    """A tablet with several schools: of the one that was picked first nothing stays."""
    filling = fill(facility_again(schools["RETURNED"]))
    filling.answer("identification/school", "MIXED")
    assert [filling.value(path) for path in LASTING_PATHS] == [None] * len(LASTING_PATHS)
    assert filling.asked() == first.asked
    filling.answer("identification/school", "RETURNED")
    assert filling.value("power/sources") == "grid community_generator"


def test_a_guest_is_not_asked_what_has_changed(own_tablet, forms, schools):
    school = School("OWN", building_role="guest", **LAST_RETURN)
    known = forms[FORM].new().fill(facility(schools["GUEST"])).asked()
    filling = own_tablet(school).new().fill(without_place(facility(school)))
    assert filling.asked() == known[3:]
    values = read_values(filling.finalize())
    assert not [path for path in values if path.startswith(("last_return", *HOST_ANSWERS))
                and not path.endswith("used_in_session")]  # fmt: skip
    assert not [path for path in values if path.startswith("identification/known_")]


def test_the_form_reads_each_fact_at_the_place_at_which_the_list_has_it():
    rows = {row.path: row for row in read_survey(FORM)}
    names = dict(zip(LASTING_PATHS, LASTING, strict=True))
    for place, path in enumerate(LASTING_PATHS):
        cells = rows[path].cells
        assert cells["default"] == cells["calculation"]
        for column in ("default", "read_only"):
            assert set(re.findall(r", (\d+)\)", cells[column])) == {str(place)}, path
        if names[path] in LIMITS:
            least, most = LIMITS[names[path]]
            assert cells["constraint"] == f". >= {least} and . <= {most}"
        else:
            assert rows[path].kind.split()[0] in ("select_one", "select_multiple")
