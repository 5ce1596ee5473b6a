"""Ratios against figures that UIS has published, through the same SELECTs and the same rounding.

UIS's files are read, not copied: EMIS_UIS_DATA names their folder. Indicators of a whole country
are made from one government and one private school, so that the path is that of our own figures.
"""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.indicators import load_indicators
from config.paths import ROOT
from processing.indicators import compute_indicators
from tests.warehouse.builder import NOW

UIS_DATA = Path(os.environ.get("EMIS_UIS_DATA") or ROOT.parent / "shared" / "data" / "uis")
RATIOS = UIS_DATA / "ratios.csv"
pytestmark = pytest.mark.skipif(
    not RATIOS.is_file(), reason=f"no UIS figures: EMIS_UIS_DATA has no {RATIOS.name}"
)
PUPILS, GIRLS, PRIVATE = "20062", "20063", "20032"
TEACHERS, WOMEN = "20162", "20163"
# UIS publishes five decimals.
PUBLISHED = Decimal("0.00001")


def rows_with(*columns):
    with RATIOS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if all(row[name] for name in columns)]


def test_private_share_and_female_share_of_whole_countries(warehouse):
    countries = [
        row
        for row in rows_with(PUPILS, GIRLS, PRIVATE, "prp_1")
        # A few countries publish estimates with a fraction of a pupil; our facts are head counts.
        if all(float(row[name]).is_integer() for name in (PUPILS, GIRLS, PRIVATE))
    ]
    add_countries(warehouse, countries)
    years = {int(row["year"]) for row in countries}
    compute_indicators(warehouse.connection, years, None, NOW)
    found = {
        (row.indicator, row.unit_code, row.school_year): (row.numerator, row.denominator)
        for row in warehouse.run(
            "SELECT * FROM stats.indicator_value"
            " WHERE unit_level = 'directorate' AND breakdown = ''"
        )
    }
    entry = load_indicators()["private_share"]
    assert len(countries) > 200
    for row in countries:
        key = row["country"], int(row["year"])
        share = entry.value(*found["private_share", *key])
        assert abs(share - Decimal(row["prp_1"])) < PUBLISHED, key
        girls, boys = Decimal(row[GIRLS]), Decimal(row[PUPILS]) - Decimal(row[GIRLS])
        assert found["gpi_enrolment", *key] == (girls, boys), key
        assert found["female_share", *key] == (girls, girls + boys), key


@pytest.mark.parametrize(
    ("like", "numerator", "denominator", "published"),
    [
        ("female_share", WOMEN, TEACHERS, "ftp_1"),
        ("pupils_per_section", PUPILS, TEACHERS, "ptrhc_1"),
        ("female_share", "20664", "sap_1_g1", "air_1"),
        ("female_share", PUPILS, "sap_1", "ger_1"),
    ],
)
def test_division_agrees_to_the_third_decimal(like, numerator, denominator, published):
    entry = load_indicators()[like]
    rows = rows_with(numerator, denominator, published)
    assert len(rows) > 200
    for row in rows:
        value = entry.value(Decimal(row[numerator]), Decimal(row[denominator]))
        assert abs(value - Decimal(row[published])) < Decimal("0.001"), row["country"]


def test_adjusted_parity_agrees_where_girls_are_fewer_and_mirrors_where_they_are_more(warehouse):
    """UIS's ger_1_gpi is F/M of two rates; the adjusted index is 2 - M/F where it passes 1."""
    from processing.indicators.catalogue import DERIVED_QUERIES

    _, formula = DERIVED_QUERIES["gpi_enrolment_adjusted"]
    numerator, denominator = formula()
    entry = load_indicators()["gpi_enrolment_adjusted"]
    rows = rows_with("ger_1_f", "ger_1_m", "ger_1_gpi")
    sides = set()
    for row in rows:
        published = Decimal(row["ger_1_gpi"])
        pair = warehouse.connection.execute(
            sa.text(
                f"SELECT {numerator}, {denominator}"
                " FROM (SELECT CAST(:f AS numeric) AS numerator,"
                " CAST(:m AS numeric) AS denominator) p"
            ),
            {"f": row["ger_1_f"], "m": row["ger_1_m"]},
        ).one()
        expected = published if published <= 1 else 2 - 1 / published
        assert abs(entry.value(*pair) - expected) < Decimal("0.0001"), row["country"]
        sides.add(published > 1)
    assert sides == {True, False}


def test_worked_case_of_morocco_2016():
    """UIS, Education full dataset: 4,101,743 pupils, 1,947,171 girls, 654,104 in private schools,
    154,252 teachers, 87,072 of them women; 3,720,120 children, 1,813,980 of them girls."""
    catalogue = load_indicators()
    percent, ratio = catalogue["private_share"], catalogue["gpi_enrolment"]
    assert round(percent.value(654104, 4101743), 5) == Decimal("15.94698")
    assert round(percent.value(87072, 154252), 5) == Decimal("56.44789")
    assert round(ratio.value(4101743, 154252), 5) == Decimal("26.59118")
    rates = Decimal(1947171) / 1813980, Decimal(4101743 - 1947171) / (3720120 - 1813980)
    assert round(ratio.value(*rates), 5) == Decimal("0.94965")
    assert ratio.rounded(*rates) == Decimal("0.950")


def add_countries(warehouse, countries):
    """A directorate a country; two schools, one private, with all its pupils in grade 1."""
    codes = sorted({row["country"] for row in countries})
    warehouse.run(
        "INSERT INTO emis.directorate SELECT code, 'general', NULL, 'x', code, code, code,"
        " '2000-01-01', NULL, 'UIS' FROM unnest(CAST(:codes AS text[])) code RETURNING 1",
        codes=codes,
    )
    lines = [
        f"{code}-{owner} | {code} | {owner}"
        for code in codes
        for owner in ("private", "government")
    ]
    warehouse.add_schools("school | directorate_code | ownership_code\n" + "\n".join(lines))
    facts = [fact for row in countries for fact in facts_of(row)]
    warehouse.connection.execute(sa.text(ENROLMENT_SQL), facts)


def facts_of(row):
    """Girls and boys of the country, dealt to the two schools so that the private one is full."""
    pupils, girls, private = (int(float(row[name])) for name in (PUPILS, GIRLS, PRIVATE))
    private_girls = min(girls, private)
    dealt = {
        ("private", "female"): private_girls,
        ("private", "male"): private - private_girls,
        ("government", "female"): girls - private_girls,
        ("government", "male"): pupils - girls - (private - private_girls),
    }
    return [
        {
            "school": f"{row['country']}-{owner}",
            "year": int(row["year"]),
            "sex": sex,
            "count": count,
        }
        for (owner, sex), count in dealt.items()
    ]


ENROLMENT_SQL = """
INSERT INTO emis.enrolment (school_code, school_year, grade, sex_code, pupil_count,
  repeater_count, transferred_in_count, returner_count, form_key, instance_id)
VALUES (:school, :year, 1, :sex, :count, 0, 0, 0, 0, 'published')
"""
