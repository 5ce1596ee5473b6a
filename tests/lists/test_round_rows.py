"""Whom a round asks, as the tablets' list says it."""

from datetime import date

import pytest
import sqlalchemy as sa

from config.entity_lists import ASKED
from processing.db.queries.registry import replace_registry
from processing.db.queries.round_rows import list_round_rows
from processing.jobs.catalogue import load_catalogue
from tests.warehouse.builder import NOW, YEAR

DAY = date(YEAR, 11, 1)
ROUND = {
    "round_code": "R1", "form_id": "staff_return", "ministry_code": None, "directorate_codes": None,
    "level_codes": None, "school_year": YEAR, "reference_date": DAY, "opens_on": DAY, "due_on": DAY,
    "closes_on": DAY, "name_ar": "الملاك", "name_ckb": "ستاف", "name_en": "Staff",
}  # fmt: skip
BOTH = ("federal", "krg")


@pytest.fixture
def country(warehouse):
    load_catalogue(warehouse.connection)
    return warehouse


def asked(country, **changes) -> tuple[str, ...]:
    """Whom the list says that the round asks."""
    replace_registry(country.connection, rounds=[ROUND | changes], now=NOW)
    (row,) = [row for row in list_round_rows(country.connection) if row["round_code"] == "R1"]
    named = [row[name] for name in ASKED]
    return tuple(named[: named.index("")] if "" in named else named)


def generals(country, ministry: str) -> list[str]:
    found = country.connection.execute(
        sa.text(
            "SELECT directorate_code FROM emis.directorate WHERE parent_code IS NULL"
            " AND ministry_code = :ministry ORDER BY directorate_code"
        ),
        {"ministry": ministry},
    )
    return list(found.scalars())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, BOTH),
        ({"ministry_code": "krg"}, ("krg",)),
        ({"ministry_code": "federal", "level_codes": ["primary"]}, ("federal",)),
        ({"directorate_codes": ["FED-ANBAR"]}, ("FED-ANBAR",)),
        ({"directorate_codes": ["FED-ANBAR-01Q01", "FED-ANBAR-01Q02"]}, ("FED-ANBAR",)),
        (
            {"directorate_codes": ["FED-KARKH-1", "FED-ANBAR-01Q01"]},
            ("FED-ANBAR", "FED-KARKH-1"),
        ),
    ],
)
def test_a_round_asks_ministries_or_the_general_directorates_of_those_that_it_names(
    country, changes, expected
):
    assert asked(country, **changes) == expected


def test_a_round_of_more_directorates_than_the_list_has_room_for_asks_their_ministries(country):
    federal, other = generals(country, "federal"), generals(country, "krg")
    whole = federal[: len(ASKED)]
    assert asked(country, directorate_codes=whole) == tuple(whole)
    assert asked(country, directorate_codes=federal[: len(ASKED) + 1]) == ("federal",)
    assert asked(country, directorate_codes=federal + other[:1]) == BOTH


def test_a_round_is_listed_before_its_ministry_has_a_directorate(warehouse):
    """A name that the registry does not have yet is no reason to keep a round back."""
    connection = warehouse.connection
    connection.exec_driver_sql("DELETE FROM emis.directorate WHERE ministry_code = 'krg'")
    assert asked(warehouse, ministry_code="krg") == ("krg",)
