"""What is held elsewhere reaches the tablet's list, in words, while it is the source of record."""

import pytest

from config.entity_lists import HELD_PROPERTIES, TOLD_PROPERTIES
from processing.feedback.school_rows import list_school_rows
from processing.jobs.publishing import WITHOUT_FILTERS
from tests.lists.test_rows import SCHOOLS
from tests.validate.test_sources import hold
from tests.warehouse.builder import YEAR

COUNTS = {"pupil_count": 412, "girl_count": 212, "boy_count": 200}
BY_SEX = {
    "en": "Pupils held by E-Parwarda as of 1 November 2026: 412 (boys: 200, girls: 212).",
    "ar": "لدى نظام إي بروردة (E-Parwarda): عدد التلاميذ 412 (200 من البنين و212 من البنات)"
    " بتاريخ 1 تشرين الثاني 2026.",
    "ckb": "لای سیستەمی ئی-پەروەردە (E-Parwarda): 412 قوتابی (200 کوڕ و 212 کچ)"
    " لە ڕێکەوتی 1 تشرینی دووەم 2026.",
}


@pytest.fixture
def told(warehouse):
    """school -> what its row says of what is held."""
    warehouse.add_schools(SCHOOLS)

    def read(codes=None) -> dict[str, list[str]]:
        rows = list_school_rows(warehouse.connection, codes)
        return {row["school_code"]: [row[name] for name in HELD_PROPERTIES] for row in rows}

    return read


def test_a_school_whose_pupils_have_their_record_elsewhere_is_told_it_and_no_other(warehouse, told):
    hold(warehouse, "S1", **COUNTS)
    words = [BY_SEX[name.removeprefix("pupils_held_")] for name in HELD_PROPERTIES[1:]]
    nothing = ["", "", "", ""]
    assert told() == {"S1": [str(YEAR), *words], "S2": nothing}
    assert told(["S2"]) == {"S2": nothing}


def test_without_girls_and_boys_the_sum_is_told(warehouse, told):
    hold(warehouse, "S2", pupil_count=90)
    assert told()["S2"][3] == "Pupils held by E-Parwarda as of 1 November 2026: 90."


@pytest.mark.parametrize(
    "figure",
    [
        {"source": "this_collection", "held_by": "e_parwarda"},
        {"topic": "facilities", "pupil_count": None, "classroom_count": 9},
    ],
)
def test_a_school_whose_pupils_are_recorded_here_is_told_nothing(warehouse, told, figure):
    hold(warehouse, "S1", **{"pupil_count": 412} | figure)
    assert told()["S1"] == ["", "", "", ""]


def test_it_is_sent_with_the_school_and_left_out_where_tablets_get_all_schools(warehouse, told):
    assert set(HELD_PROPERTIES) <= set(TOLD_PROPERTIES)
    hold(warehouse, "S1", **COUNTS)
    rows = list_school_rows(warehouse.connection)
    assert rows[0]["pupils_held_year"] == str(YEAR)
    (kept, _) = WITHOUT_FILTERS["schools"](rows)
    assert [kept[name] for name in HELD_PROPERTIES] == ["", "", "", ""]
