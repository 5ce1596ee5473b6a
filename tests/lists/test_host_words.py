"""What tablets say of a building, in three languages: a guest's, and its host's."""

import pytest

from config.building_words import (
    BUILDING_FILE,
    CODE_LISTS,
    FACTS,
    GUEST_LINES,
    HOST_LINES,
    LASTING,
    told_of_building,
)
from config.codes import read_codes
from config.entity_lists import HOST_PROPERTIES, SCHOOL_PROPERTIES
from config.settings import LANGUAGES
from config.words import read_texts

NOTHING = dict.fromkeys(FACTS, "")
ALL = {
    "classrooms": "8", "classrooms_usable": "0", "water_source": "piped", "water_available": "yes",
    "toilet_type": "flush", "toilets": "6", "toilets_girls": "2", "toilets_boys": "2",
    "toilets_common": "1", "handwashing": "yes", "soap_water": "water_only",
    "power_sources": "grid solar", "power_in_lessons": "no", "internet": "none", "ramp": "no",
    "built_as_school": "no", "material": "tent", "condition": "good", "computer_count": "0",
    "accessible_toilet": "no", "adapted_materials": "yes",
}  # fmt: skip
GUEST = {"host_year": "2026", "building_role": "guest"}
HOST = {"host_year": "2025", "building_role": "host"}
SAID = """\
The host school answered for the school year 2026/2027:
Classrooms: 8, usable for teaching 0.
Drinking water: Piped water supply, available from this source: Yes.
Toilets: Flush or pour-flush toilet, 6 in all, usable for girls 2, usable for boys 2, \
usable for both 1.
Handwashing: Yes, Water only.
Electricity: National grid, Solar power, during lessons: No.
Internet: {internet}.
Entrance with a wheelchair: No."""


OWN_SAID = """\
Your return for the school year 2025/2026 said:
The building: built to be a school: No, Tents, Good.
Classrooms: 8.
Drinking water: Piped water supply.
Toilets: Flush or pour-flush toilet, 6 in all.
Electricity: National grid, Solar power.
Working computers of pupils: 0.
Internet: {internet}.
Entrance with a wheelchair: No, a toilet for a wheelchair: No, adapted materials or devices: Yes."""


def said(language: str, role: dict[str, str] = GUEST, **facts: str) -> list[str]:
    """The lines under the first."""
    row = told_of_building({**role, **NOTHING, **facts})
    return row[f"host_said_{language}"].split("\n")[1:]


def test_everything_that_the_host_answered_is_said_in_words():
    row = told_of_building({"label": "S1", **GUEST, **ALL})
    (internet,) = (code.name_en for code in read_codes("internet") if code.code == "none")
    assert row["host_said_en"] == SAID.format(internet=internet)
    assert row["host_said_ar"].split("\n")[2] == (
        "مياه الشرب: شبكة أنابيب (إسالة)، متوفرة من هذا المصدر: نعم."
    )
    assert row["host_said_ckb"].split("\n")[5] == (
        "کارەبا: کارەبای نیشتمانی، وزەی خۆر، لە کاتی وانەکاندا: نەخێر."
    )
    assert set(row) == {"label", "building_role", *HOST_PROPERTIES}
    assert set(row) - {"label"} <= set(SCHOOL_PROPERTIES)
    assert row["building_facts"] == ""


def test_of_a_building_without_answers_nothing_is_said():
    for role in (GUEST, HOST):
        row = told_of_building({**role, **ALL, "host_year": ""})
        assert {row[name] for name in HOST_PROPERTIES} == {""}


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        ({}, []),
        ({"water_source": "none"}, ["Drinking water: No water source."]),
        ({"toilet_type": "none"}, ["Toilets: No toilets."]),
        ({"handwashing": "no"}, ["Handwashing: No."]),
        ({"power_sources": "none"}, ["Electricity: No power."]),
        ({"classrooms": "0"}, ["Classrooms: 0."]),
        ({"water_source": "river_of_old", "ramp": "yes"}, ["Entrance with a wheelchair: Yes."]),
    ],
)
def test_what_was_not_answered_and_what_no_list_knows_is_left_out(facts, lines):
    assert said("en", **facts) == lines


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", CODE_LISTS)
def test_each_code_is_said_as_its_list_names_it(language, fact):
    role = HOST if fact in LASTING else GUEST
    for code in read_codes(CODE_LISTS[fact]):
        (line,) = said(language, role, **{fact: code.code})
        assert code.name(language) in line
        assert code.code not in line or language == "en"


def test_each_topic_has_words_in_its_own_letters():
    assert set(read_texts(BUILDING_FILE)) - FACTS == {"host", "own", *GUEST_LINES, *HOST_LINES}
    for words in read_texts(BUILDING_FILE).values():
        assert not set("ەێۆڕڵپچگ") & set(words.ar)
        assert not set("كيةىؤ") & set(words.ckb)


def test_a_host_is_told_what_lasts_of_its_own_answers_in_words_and_by_code():
    row = told_of_building({**HOST, **ALL})
    (internet,) = (code.name_en for code in read_codes("internet") if code.code == "none")
    assert row["host_said_en"] == OWN_SAID.format(internet=internet)
    assert row["building_facts"] == "no tent good 8 piped flush 6 grid+solar 0 none no no yes"


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, ""),
        ({"material": "straw_of_old", "power_sources": "none grid"}, ""),
        ({"water_source": "none"}, "- - - - none - - - - - - - -"),
        ({"toilet_type": "none", "toilets": "0"}, "- - - - - none - - - - - - -"),
        ({"classrooms": "501", "computer_count": "2001"}, ""),
        ({"classrooms": "500", "toilets": "1"}, "- - - 500 - - 1 - - - - - -"),
        ({"power_sources": "none"}, "- - - - - - - none - - - - -"),
        ({"power_sources": "grid fusion", "ramp": "yes"}, "- - - - - - - - - - yes - -"),
    ],
)
def test_what_the_form_would_not_take_is_not_put_into_it(facts, told):
    assert told_of_building({**HOST, **NOTHING, **facts})["building_facts"] == told
