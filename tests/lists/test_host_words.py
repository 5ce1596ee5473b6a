"""What a guest's tablet says of its building, in three languages."""

import pytest

from config.building_words import CODE_LISTS, FACTS, LINES, load_texts, told_of_host
from config.codes import read_codes
from config.entity_lists import SCHOOL_PROPERTIES
from config.settings import LANGUAGES

NOTHING = dict.fromkeys(FACTS, "")
ALL = {
    "classrooms": "8", "classrooms_usable": "0", "water_source": "piped", "water_available": "yes",
    "toilet_type": "flush", "toilets": "6", "toilets_girls": "2", "toilets_boys": "2",
    "toilets_common": "1", "handwashing": "yes", "soap_water": "water_only",
    "power_sources": "grid solar", "power_in_lessons": "no", "internet": "none", "ramp": "no",
}  # fmt: skip
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


def said(language: str, **facts: str) -> list[str]:
    """The lines under the first."""
    row = told_of_host({"host_year": "2026", **NOTHING, **facts})
    return row[f"host_said_{language}"].split("\n")[1:]


def test_everything_that_the_host_answered_is_said_in_words():
    row = told_of_host({"label": "S1", "host_year": "2026", **ALL})
    (internet,) = (code.name_en for code in read_codes("internet") if code.code == "none")
    assert row["host_said_en"] == SAID.format(internet=internet)
    assert row["host_said_ar"].split("\n")[2] == (
        "مياه الشرب: شبكة أنابيب (إسالة)، متوفرة من هذا المصدر: نعم."
    )
    assert row["host_said_ckb"].split("\n")[5] == (
        "کارەبا: کارەبای نیشتمانی، وزەی خۆر، لە کاتی وانەکاندا: نەخێر."
    )
    assert set(row) == {"label", "host_year", *(f"host_said_{code}" for code in LANGUAGES)}
    assert set(row) - {"label"} <= set(SCHOOL_PROPERTIES)


def test_of_a_building_without_answers_nothing_is_said():
    row = told_of_host({"host_year": "", **ALL})
    assert [row[f"host_said_{language}"] for language in LANGUAGES] == ["", "", ""]


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
    for code in read_codes(CODE_LISTS[fact]):
        (line,) = said(language, **{fact: code.code})
        assert code.name(language) in line
        assert code.code not in line or language == "en"


def test_each_topic_has_words_in_its_own_letters():
    assert set(load_texts()) - FACTS == {"host", *LINES}
    for words in load_texts().values():
        assert not set("ەێۆڕڵپچگ") & set(words.ar)
        assert not set("كيةىؤ") & set(words.ckb)
