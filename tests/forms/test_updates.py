"""The school update, filled as a tablet fills it, and the entity that an opening makes."""

import pytest
from lxml import etree

from config.codes import read_codes
from config.entity_lists import SCHOOL_PROPERTIES
from tests.forms.engine import NotAsked, Rejected
from tests.forms.source import LANGUAGES, read_sheet, read_survey
from tests.forms.submission import read_values
from tests.forms.updates import GPS, PARTS, TOGETHER, everything, opening, update

FORM = "school_update"
ENTITY = "{*}meta/{*}entity"


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers, language="en": forms[FORM].new(LANGUAGES[language]).fill(answers)


def _groups(filling) -> set[str]:
    return {path.split("/")[0] for path in filling.asked()} - {
        "identification", "order", "declaration",
    }  # fmt: skip


@pytest.mark.parametrize("kind", read_codes("school_change"), ids=lambda kind: kind.code)
def test_each_change_asks_for_its_own_facts_and_no_others(fill, schools, kind):
    filling = fill(update(schools["MIXED"], kind.code))
    assert _groups(filling) == set(PARTS[kind.code])
    filling.finalize()


def test_changes_that_go_together_stand_in_one_form(fill, schools):
    filling = fill(everything(schools["MIXED"]))
    values = read_values(filling.finalize())
    assert values["identification/school_code"] == "MIXED"
    assert values["place/new_district"] == "IQG02Q02"
    assert (values["location/latitude"], values["location/longitude"]) == ("33.36", "43.79")


def test_what_stands_alone_is_reported_alone(fill, schools):
    alone = {one.code for one in read_codes("school_change") if one.extra["stands_alone"] == "yes"}
    assert alone == set(PARTS) - set(TOGETHER)
    for code in alone:
        with pytest.raises(Rejected):
            fill({"identification": {"changes": [code, "head"]}})


def test_districts_are_those_of_the_new_governorate(fill, schools):
    filling = fill(update(schools["MIXED"], "moved"))
    assert {code[:5] for code in filling.choices("place/new_district")} == {"IQG02"}


def test_the_school_is_chosen_only_where_it_is_on_the_list(fill, schools):
    answers = opening(schools["MIXED"])
    answers["identification"]["school"] = "MIXED"
    with pytest.raises(NotAsked, match="identification/school"):
        fill(answers)


def test_an_opening_asks_central_for_an_entity_of_the_list_of_schools(fill, schools):
    xml = etree.fromstring(fill(opening(schools["MIXED"])).finalize())
    entity = xml.find(ENTITY)
    assert entity.get("dataset") == "schools"
    assert entity.get("create") in ("1", "true")
    assert len(entity.get("id")) == 36
    assert entity.findtext("{*}label") == "مدرسة الأمل"


@pytest.mark.parametrize(
    ("language", "kurdish", "label"),
    [
        ("ckb", "قوتابخانەی هیوا", "قوتابخانەی هیوا"),
        ("ckb", None, "مدرسة الأمل"),
        ("ar", "قوتابخانەی هیوا", "مدرسة الأمل"),
        ("kmr", "قوتابخانەی هیوا", "مدرسة الأمل"),
    ],
)
def test_a_new_school_is_on_the_list_by_the_name_that_tablets_show(
    fill, schools, language, kurdish, label
):
    answers = opening(schools["MIXED"])
    answers["naming"] = answers["naming"] | {"new_name_ckb": kurdish}
    answers["new_school"] = answers["new_school"] | {"language": language}
    xml = etree.fromstring(fill(answers).finalize())
    assert xml.find(ENTITY).findtext("{*}label") == label


def test_what_an_opening_saves_are_properties_of_the_list(fill, schools):
    saved = {row.path: row.cells["save_to"] for row in read_survey(FORM) if "save_to" in row.cells}
    assert set(saved.values()) < set(SCHOOL_PROPERTIES)
    values = read_values(fill(opening(schools["MIXED"])).finalize())
    assert {name: values[path] for path, name in saved.items()} == {
        "school_code": "NEW-1",
        "governorate": "IQG01",
        "district": "IQG01Q01",
        "ministry": "federal",
        "level": "primary",
        "sex": "mixed",
        "lowest_grade": "1",
        "highest_grade": "6",
        "building_code": "B78",
        "building_role": "host",
        "latitude": "33.36",
        "longitude": "43.79",
    }


@pytest.mark.parametrize("kind", [*TOGETHER, "closed"])
def test_no_other_change_touches_an_entity(fill, schools, kind):
    """Central would update it on arrival: it awaits approval for new entities alone."""
    entity = etree.fromstring(fill(update(schools["MIXED"], kind)).finalize()).find(ENTITY)
    assert entity.get("create") in ("0", "false", "")
    assert entity.get("update") is None


def test_the_sheet_of_entities_makes_new_schools_alone():
    (row,) = read_sheet(FORM, "entities")
    assert set(row) == {"list_name", "label", "create_if"}


@pytest.mark.parametrize(
    ("kinds", "gps", "is_asked"),
    [
        (["coordinates"], (33.39, 43.78, 0, 5), False),  # 4.4 km
        (["coordinates"], (33.40, 43.78, 0, 5), True),  # 5.6 km
        (["coordinates", "moved"], (33.40, 43.78, 0, 5), False),
        (["building"], (33.40, 43.78, 0, 5), False),
    ],
)
def test_a_far_place_of_a_school_that_has_not_moved_asks_for_a_reason(
    fill, schools, kinds, gps, is_asked
):
    filling = fill(update(schools["MIXED"], *kinds, location={"gps": gps}))
    assert ("location/reason_distance" in filling.asked()) is is_asked


def test_a_place_that_was_not_read_asks_for_a_reason(fill, schools):
    with pytest.raises(Rejected) as refused:
        fill(update(schools["MIXED"], "coordinates", location=None)).finalize()
    assert refused.value.path == "location/reason_gps"


@pytest.mark.parametrize(
    ("kinds", "order", "is_asked"),
    [
        (["head"], {"order_number": "7"}, False),
        (["head"], {}, True),
        (["coordinates"], {}, False),
        (["coordinates", "head"], {}, True),
    ],
)
def test_a_change_without_an_order_asks_how_it_is_known(fill, schools, kinds, order, is_asked):
    asked = fill(update(schools["MIXED"], *kinds, order=order)).asked()
    assert ("order/reason_order" in asked) is is_asked


@pytest.mark.parametrize(("code", "is_asked"), [("NEW-1", False), ("GIRLS", True)])
def test_a_code_that_another_school_has_asks_for_a_reason(fill, schools, code, is_asked):
    new = PARTS["opened"]["new_school"] | {"new_code": code}
    asked = fill(update(schools["MIXED"], "opened", new_school=new)).asked()
    assert ("new_school/reason_code" in asked) is is_asked


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_head_reads_that_the_registry_waits_for_approval(fill, schools, language):
    filling = fill(everything(schools["MIXED"]), language)
    words = {
        "ar": "حتى تُقبل",
        "ckb": "تا فۆرمەکە پەسەند دەکرێت",
        "en": "until the form is approved",
    }
    assert words[language] in filling.label("declaration/confirmed")


def test_the_place_is_not_read_where_nothing_of_it_changed(fill, schools):
    with pytest.raises(NotAsked, match="gps"):
        fill(update(schools["MIXED"], "head", location={"gps": GPS}))
