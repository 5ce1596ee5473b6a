"""How many schools each ministry has in each district.

In: how many schools there are. Out: `Cell`s. Promised: the counts add up exactly, governorates
stand in the proportion of their people, and from 250 schools on every district has one.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bridge.simulation.draws import apportion
from bridge.simulation.proportions import (
    KRG_GOVERNORATES,
    KRG_SHARES,
    MINISTRIES,
    REPRESENTATION_SHARE,
)
from config.places import Area, list_departments, list_districts

PLACES_FILE = Path(__file__).with_name("places.csv")
FEWEST_FOR_EVERY_DISTRICT = 250


@dataclass(frozen=True)
class Place:
    """`weight`: population of a governorate, share of it in % of a district."""

    latitude: float
    longitude: float
    weight: float


@dataclass(frozen=True)
class Cell:
    ministry_code: str
    district: Area
    department_code: str
    school_count: int


@cache
def read_places() -> dict[str, Place]:
    """The approximate centre of each governorate and district, by area code."""
    with PLACES_FILE.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {
            row["area_code"]: Place(
                float(row["latitude"]),
                float(row["longitude"]),
                float(row["population_2018"] or row["share_pct"]),
            )
            for row in rows
        }


def share_out(schools: int) -> list[Cell]:
    """`schools` over ministries, then districts."""
    ministries = list(MINISTRIES)
    counts = apportion(schools, [MINISTRIES[ministry] for ministry in ministries])
    return [
        cell
        for ministry, count in zip(ministries, counts, strict=True)
        for cell in _share_out_ministry(ministry, count, schools >= FEWEST_FOR_EVERY_DISTRICT)
    ]


def _share_out_ministry(ministry: str, schools: int, reach_every_district: bool) -> list[Cell]:
    weights = _weights(ministry)
    districts = [district for district in list_districts() if weights[district.area_code] > 0]
    first = [int(reach_every_district and _is_home(ministry, district)) for district in districts]
    rest = apportion(schools - sum(first), [weights[item.area_code] for item in districts])
    return [
        Cell(ministry, district, _department(ministry, district.area_code), one + more)
        for district, one, more in zip(districts, first, rest, strict=True)
        if one + more
    ]


def _is_home(ministry: str, district: Area) -> bool:
    """Is it the ministry that has most of the district's schools?"""
    return (ministry == "krg") == (_krg_share(district) >= 0.5)


def _department(ministry: str, district_code: str) -> str:
    (department,) = list_departments(ministry, district_code)
    return department.directorate_code


def _weights(ministry: str) -> dict[str, float]:
    places = read_places()
    weights = {}
    for district in list_districts():
        people = places[district.parent_code].weight * places[district.area_code].weight / 100
        share = _krg_share(district)
        weights[district.area_code] = people * (share if ministry == "krg" else 1 - share)
    if ministry == "federal":
        whole = sum(weights.values())
        for code, share in REPRESENTATION_SHARE.items():
            weights[code] += whole * share
    return weights


def _krg_share(district: Area) -> float:
    by_governorate = float(district.parent_code in KRG_GOVERNORATES)
    return KRG_SHARES.get(district.area_code, by_governorate)
