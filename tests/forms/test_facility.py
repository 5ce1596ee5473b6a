"""The facility return, filled as a tablet fills it: what it refuses, asks, hides and calculates."""

import pytest

from config.codes import read_codes
from tests.forms.answers import NO_TOILET_USED, SESSION_ROOMS, facility
from tests.forms.engine import NotAsked, NotOffered, OdkForm, Rejected
from tests.forms.media import HOST_SAID, School, write_media
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


CONFIRMED = "building_confirmed"
UNKNOWN = {
    "ar": "ليست معروفة على هذا الجهاز.",
    "ckb": "ساڵی پێشوو لەم ئامێرەدا نین",
    "en": "is not known on this tablet.",
}


def guest_of(compiled, folder, language: str, without: tuple[str, ...] = (), **known: str):
    """A guest's return on its own tablet, which knows that of its building."""
    school = School("G1", building_role="guest", **known)
    write_media(folder, [school], without)
    form = OdkForm(compiled[FORM].xform, folder)
    return form.new(LANGUAGES[language]).fill(facility(school))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("year", ["2026", "2025"])
def test_a_guest_reads_what_the_host_answered_for_this_year_or_the_last_beside_the_question(
    compiled, tmp_path, language, year
):
    filling = guest_of(compiled, tmp_path, language, **HOST_SAID | {"host_year": year})
    assert filling.hint(CONFIRMED) == HOST_SAID[f"host_said_{language}"]
    assert filling.asked() == GUEST_ASKS, "it costs no answer"
    values = read_values(filling.finalize())
    assert (values["host_year"], values["host_said_ckb"]) == (year, HOST_SAID["host_said_ckb"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_host_answered_follows_a_change_of_the_form_s_language(
    compiled, tmp_path, language
):
    filling = guest_of(compiled, tmp_path, "ar", **HOST_SAID)
    filling.set_language(LANGUAGES[language])
    assert filling.hint(CONFIRMED) == HOST_SAID[f"host_said_{language}"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("year", ["", "2024", "2027"])
def test_a_guest_reads_that_nothing_is_known_of_these_years_and_is_asked_as_before(
    compiled, tmp_path, language, year
):
    known = HOST_SAID | {"host_year": year} if year else {}
    filling = guest_of(compiled, tmp_path, language, **known)
    assert UNKNOWN[language] in filling.hint(CONFIRMED)
    assert filling.asked() == GUEST_ASKS
    filling.finalize()


def test_a_list_from_before_these_properties_leaves_the_guest_its_question(compiled, tmp_path):
    filling = guest_of(compiled, tmp_path, "en", without=tuple(HOST_SAID))
    assert UNKNOWN["en"] in filling.hint(CONFIRMED)
    filling.finalize()


def test_a_host_s_return_says_nothing_of_another_host(host):
    assert not [path for path in read_values(host.finalize()) if path.startswith("host_")]


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
        changes["rooms"] = {"classrooms": 8, "classrooms_usable": 7, **NO_TOILET_USED}
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


@pytest.mark.parametrize(("used", "is_asked"), [(5, False), (6, True)])
def test_more_toilets_used_than_usable_ask_for_a_reason(fill, schools, used, is_asked):
    """2 for girls, 2 for boys and 1 for both are usable."""
    rooms = {
        "classrooms": 8,
        "classrooms_usable": 7,
        **SESSION_ROOMS,
        "toilets_used_in_session": used,
    }
    filling = fill(facility(schools["MIXED"], rooms=rooms))
    assert ("sanitation/reason_toilets" in filling.asked()) is is_asked
    guest = {**SESSION_ROOMS, "toilets_used_in_session": used}
    assert "sanitation/reason_toilets" not in fill(facility(schools["GUEST"], rooms=guest)).asked()


def test_a_school_that_uses_toilets_and_has_none_is_asked_where_they_are(fill, schools):
    none = {"toilet_type": "none"}
    access = {"ramp": "yes", "adapted_materials": "no"}
    filling = fill(facility(schools["MIXED"], sanitation=none, access=access))
    assert "sanitation/reason_toilets" in filling.asked()


def test_a_place_that_was_not_read_asks_for_a_reason(fill, schools):
    filling = fill(facility(schools["MIXED"], location=None))
    with pytest.raises(Rejected) as refused:
        filling.finalize()
    assert refused.value.path == "location/reason_gps"


def test_an_unknown_code_is_not_offered(fill, schools):
    with pytest.raises(NotOffered, match="water/source"):
        fill(facility(schools["MIXED"], water={"source": "well"}))
