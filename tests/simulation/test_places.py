"""The two trees of places, and the key that names are sorted and found by."""

from datetime import date

import pytest

from config.errors import OperatorError
from config.names import sort_key
from config.places import (
    list_departments,
    list_districts,
    list_governorates,
    read_areas,
    read_directorates,
)

HEAD = "area_code,area_level,parent_code,name_ar,name_ckb,name_en,valid_from,source\n"
NATION = "IQ,nation,,العراق,عێراق,Iraq,2019-06-03,test\n"


def test_the_nation_has_19_governorates_and_101_districts():
    assert [area.area_code for area in read_areas() if area.area_level == "nation"] == ["IQ"]
    assert len(list_governorates()) == 18 + 1  # the P-codes' eighteen and Halabja
    assert len(list_districts()) == 101


def test_halabja_is_a_governorate_of_its_own_and_keeps_its_districts_code():
    assert [area.area_code for area in list_districts("IQL01")] == ["IQG06Q05"]
    halabja = next(area for area in list_governorates() if area.area_code == "IQL01")
    assert (halabja.map_code, halabja.valid_from) == ("IQG06", date(2025, 1, 1))


def test_every_place_has_a_name_in_three_languages():
    for unit in (*read_areas(), *read_directorates()):
        assert unit.name_ar, unit
        assert unit.name_ckb, unit
        assert unit.name_en.isascii(), unit


def test_sorani_names_are_written_with_sorani_letters():
    arabic_only = set("يكىةأإآؤ")
    for unit in (*read_areas(), *read_directorates()):
        assert not arabic_only & set(unit.name_ckb), unit.name_ckb


def test_baghdad_has_six_general_directorates_and_kurdistan_eight():
    general = [unit for unit in read_directorates() if unit.directorate_level == "general"]
    assert sum(unit.area_code == "IQG08" for unit in general) == 6
    assert sum(unit.ministry_code == "krg" for unit in general) == 8
    assert sum(unit.ministry_code == "federal" for unit in general) == 14 + 6


def test_every_district_has_a_department_and_none_has_two_of_one_ministry():
    for district in list_districts():
        found = {
            ministry: len(list_departments(ministry, district.area_code))
            for ministry in ("federal", "krg")
        }
        assert 1 in found.values(), district
        assert max(found.values()) == 1, district


def test_ministry_is_not_geography():
    """Sinjar has departments of both ministries; Ninewa's directorate works in Duhok as well."""
    assert list_departments("federal", "IQG15Q07")
    assert list_departments("krg", "IQG15Q07")
    (representation,) = list_departments("federal", "IQG09Q02")
    assert representation.parent_code == "FED-NINEWA"


@pytest.mark.parametrize(
    ("rows", "part_of_message"),
    [
        (NATION + NATION, "twice"),
        (NATION + "D1,district,IQ,أ,ا,A,2019-06-03,test\n", "D1 has no parent"),
        (NATION + "G1,governorate,XX,أ,ا,A,2019-06-03,test\n", "G1 has no parent"),
        (NATION + "G1,governorate,IQ,أ,ا,A,soon,test\n", "G1 has no valid date"),
    ],
)
def test_a_broken_tree_is_refused_with_the_code_that_breaks_it(tmp_path, rows, part_of_message):
    path = tmp_path / "areas.csv"
    path.write_text("# a comment\n" + HEAD + rows, encoding="utf-8")
    with pytest.raises(OperatorError, match=part_of_message) as refusal:
        read_areas(path)
    assert refusal.value.code == "places-invalid"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مدرسة الأمل", "مدرسه الامل"),
        ("مدرسة ١٢", "مدرسة 12"),
        ("عَليّ", "علی"),
        ("مـــدرسة", "مدرسة"),
        ("كركوك", "کرکوک"),
        ("Al-Amal  School", "al amal school"),
    ],
)
def test_spellings_that_a_reader_takes_for_the_same_give_one_key(one, other):
    assert sort_key(one) == sort_key(other)


def test_different_names_give_different_keys():
    assert sort_key("الأمل") != sort_key("العمل")
