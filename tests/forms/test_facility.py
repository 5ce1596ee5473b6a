"""The facility return, filled as a tablet fills it: what it refuses, asks, hides and calculates."""

import pytest

from config.codes import read_codes
from tests.forms.answers import SESSION_ROOMS, facility
from tests.forms.engine import NotAsked, NotOffered, Rejected
from tests.forms.source import LANGUAGES
from tests.forms.submission import read_values

FORM = "facility_return"
GUEST_ASKS = [
    "identification/governorate",
    "identification/district",
    "identification/school",
    "identification/round",
    "rooms/classrooms_used_in_session",
    "rooms/toilets_used_in_session",
    "building_confirmed",
    "declaration/head_name",
    "declaration/remarks",
    "declaration/confirmed",
]


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers: forms[FORM].new(LANGUAGES["en"]).fill(answers)


@pytest.fixture
def host(fill, schools):
    return fill(facility(schools["MIXED"]))


def test_a_host_answers_for_the_building_and_is_not_asked_to_confirm_itself(host):
    values = read_values(host.finalize())
    assert values["identification/building_code"] == "B1"
    assert values["identification/building_role"] == "host"
    assert values["power/sources"] == "grid community_generator"
    assert values["location/gps"] == "33.35 43.78 50.0 6.0"
    assert "building_confirmed" not in values


@pytest.mark.parametrize("material", [one.code for one in read_codes("building_material")])
def test_a_host_says_what_its_building_is_and_in_what_state(fill, schools, material):
    """A rented house or a tent that falls apart is a true answer: nothing has to be explained."""
    structure = {"built_as_school": "no", "material": material, "condition": "unsafe"}
    values = read_values(fill(facility(schools["MIXED"], structure=structure)).finalize())
    assert {name: values[f"structure/{name}"] for name in structure} == structure


def test_usable_toilets_are_added_up_as_they_are_typed(host):
    assert host.value("sanitation/usable") == str(2 + 2 + 1)
    host.answer("sanitation/common_usable", 0)
    assert host.value("sanitation/usable") == str(2 + 2)


def test_usable_toilets_more_than_all_are_found_on_finalize(host):
    host.answer("sanitation/girls_usable", 4)
    with pytest.raises(Rejected) as refused:
        host.finalize()
    assert refused.value.path == "sanitation/common_usable"


def test_a_guest_gives_what_it_uses_and_confirms_the_building(fill, schools):
    filling = fill(facility(schools["GUEST"]))
    assert filling.asked() == GUEST_ASKS
    values = read_values(filling.finalize())
    assert values["rooms/classrooms_used_in_session"] == "6"
    host_alone = ("structure", "water", "sanitation", "location")
    assert not [path for path in values if path.startswith(host_alone)]


def test_a_guest_is_not_asked_about_the_building(fill, schools):
    with pytest.raises(NotAsked, match="water/source"):
        fill(facility(schools["GUEST"], water={"source": "piped"}))


def test_a_guest_that_disagrees_must_say_what_differs(fill, schools):
    filling = fill(facility(schools["GUEST"], building_confirmed="no"))
    with pytest.raises(Rejected) as refused:
        filling.finalize()
    assert (refused.value.path, refused.value.kind) == ("building_dispute", "required")
    filling.answer("building_dispute", "no water in our session")
    assert read_values(filling.finalize())["building_confirmed"] == "no"


@pytest.mark.parametrize(
    ("group", "answers", "hidden"),
    [
        ("water", {"source": "none"}, {"water/available"}),
        (
            "sanitation",
            {"toilet_type": "none"},
            {f"sanitation/{name}" for name in ("toilets", "girls_usable", "boys_usable",
                                               "common_usable", "usable")},
        ),
        ("hygiene", {"handwashing": "no"}, {"hygiene/soap_water"}),
        ("power", {"sources": ["none"]}, {"power/in_lessons"}),
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_asked_about_further(fill, schools, group, answers, hidden):
    changes = {group: answers}
    if group == "sanitation":
        changes["access"] = {"ramp": "yes", "adapted_materials": "no"}
        hidden = hidden | {"access/accessible_toilet"}
    everything = set(read_values(fill(facility(schools["MIXED"])).finalize()))
    values = read_values(fill(facility(schools["MIXED"], **changes)).finalize())
    assert everything - set(values) == hidden


def test_more_rooms_used_than_usable_ask_for_a_reason(fill, schools):
    rooms = {"classrooms": 8, "classrooms_usable": 5, **SESSION_ROOMS}
    filling = fill(facility(schools["MIXED"], rooms=rooms))
    assert "rooms/reason_rooms" in filling.asked()
    filling.answer("rooms/classrooms_usable", 6)
    assert "rooms/reason_rooms" not in filling.asked()


def test_a_place_that_was_not_read_asks_for_a_reason(fill, schools):
    filling = fill(facility(schools["MIXED"], location=None))
    with pytest.raises(Rejected) as refused:
        filling.finalize()
    assert refused.value.path == "location/reason_gps"


def test_an_unknown_code_is_not_offered(fill, schools):
    with pytest.raises(NotOffered, match="water/source"):
        fill(facility(schools["MIXED"], water={"source": "well"}))
