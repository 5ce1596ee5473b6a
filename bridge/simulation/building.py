"""The buildings of simulated schools, as their hosts describe them.

In: a registry and a seed. Out: `BuildingFacts`, the same for every school of a building, and the
answers that follow from them. Promised: nothing contradicts itself: what is usable is part of what
there is, no source gives no water and no power.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from random import Random

from bridge.simulation import proportions as given
from bridge.simulation.draws import make_draw, pick, spread
from bridge.simulation.registry import Building, Registry, School
from config.codes import read_codes

EVERY_TOPIC = " ".join(code.code for code in read_codes("building_topic") if code.code != "none")


@dataclass(frozen=True)
class BuildingFacts:
    building: Building
    rooms: int
    usable_rooms: int
    toilet_type: str
    toilets: int
    girls_toilets: int
    boys_toilets: int
    common_toilets: int
    is_built_as_school: bool
    material: str
    condition: str

    @property
    def usable_toilets(self) -> int:
        return self.girls_toilets + self.boys_toilets + self.common_toilets


def describe_buildings(seed: int, registry: Registry) -> dict[str, BuildingFacts]:
    """Facts by building code."""
    schools = defaultdict(list)
    for school in registry.schools:
        schools[school.building_code].append(school)
    return {
        building.building_code: _describe(seed, building, schools[building.building_code])
        for building in registry.buildings
    }


def building_answers(draw: Random, facts: BuildingFacts) -> dict:
    """Answers of the host to `facility_return`, by the names of its groups.

    All is drawn anew: where the last return is known, each topic has changed.
    """
    place, has_water = facts.building, draw.random() * 100 < given.HANDWASHING_PCT
    source = pick(draw, given.WATER_SOURCES)
    return {
        "last_return": {"changed": EVERY_TOPIC},
        "structure": _structure(facts),
        "rooms": {"classrooms": facts.rooms, "classrooms_usable": facts.usable_rooms},
        "water": {"source": source, "available": _chance(draw, given.WATER_AVAILABLE_PCT)},
        "sanitation": {
            "toilet_type": facts.toilet_type,
            "toilets": facts.toilets,
            "girls_usable": facts.girls_toilets,
            "boys_usable": facts.boys_toilets,
            "common_usable": facts.common_toilets,
        },
        "hygiene": {
            "handwashing": "yes" if has_water else "no",
            "soap_water": pick(draw, given.SOAP_WATER),
        },
        "power": {
            "sources": " ".join(_power_sources(draw)),
            "in_lessons": _chance(draw, given.POWER_IN_LESSONS_PCT),
        },
        "ict": {"computers_pupils": _computers(draw), "internet": pick(draw, given.INTERNET)},
        "access": {
            "ramp": _chance(draw, given.RAMP_PCT),
            "accessible_toilet": _chance(draw, given.ACCESSIBLE_TOILET_PCT),
            "adapted_materials": _chance(draw, given.ADAPTED_MATERIALS_PCT),
        },
        "location": {"gps": _gps(draw, place)},
    }


def geopoint(latitude: float, longitude: float, altitude_m: float, accuracy_m: float) -> str:
    """As Collect writes it: no zeros at the end but one after the point."""
    degrees = (float(round(latitude, 6)), float(round(longitude, 6)))
    metres = (float(round(altitude_m, 1)), float(round(accuracy_m, 1)))
    return " ".join(str(part) for part in degrees + metres)


def _describe(seed: int, building: Building, schools: list[School]) -> BuildingFacts:
    draw = make_draw(seed, "building", building.building_code)
    pupils = max(school.pupil_count_last_year for school in schools)
    rooms = math.ceil(pupils / given.PUPILS_A_ROOM) + draw.randrange(3)
    unusable = sum(draw.random() * 100 < given.UNUSABLE_ROOMS_PCT for _ in range(rooms))
    toilet_type = pick(draw, given.TOILET_TYPES)
    toilets = math.ceil(pupils / draw.uniform(*given.PUPILS_A_TOILET))
    toilets = 0 if toilet_type == "none" else toilets
    usable = round(toilets * draw.uniform(*given.USABLE_TOILETS_PCT) / 100)
    girls, boys, common = _by_sex(draw, usable, {school.sex_code for school in schools})
    return BuildingFacts(
        building, rooms, max(1, rooms - unusable), toilet_type, toilets, girls, boys, common,
        draw.random() * 100 < given.BUILT_AS_SCHOOL_PCT,
        pick(draw, given.BUILDING_MATERIALS),
        pick(draw, given.BUILDING_CONDITIONS),
    )  # fmt: skip


def _structure(facts: BuildingFacts) -> dict:
    return {
        "built_as_school": "yes" if facts.is_built_as_school else "no",
        "material": facts.material,
        "condition": facts.condition,
    }


def _by_sex(draw: Random, usable: int, sexes: set[str]) -> tuple[int, int, int]:
    """How many usable toilets are for girls, for boys, for both."""
    if draw.random() * 100 >= given.SINGLE_SEX_TOILETS_PCT:
        return 0, 0, usable
    girls = sexes & {"girls", "mixed"} != set()
    boys = sexes & {"boys", "mixed"} != set()
    return (*spread(draw, usable, [girls, boys], unevenness=0.2), 0)


def _power_sources(draw: Random) -> list[str]:
    if draw.random() * 100 < given.NO_POWER_PCT:
        return ["none"]
    drawn = [source for source, pct in given.POWER_SOURCES_PCT.items() if draw.random() * 100 < pct]
    return drawn or ["grid"]


def _computers(draw: Random) -> int:
    has_some = draw.random() * 100 < given.COMPUTERS_PCT
    return draw.randint(*given.COMPUTERS) if has_some else 0


def _gps(draw: Random, place: Building) -> str | None:
    if draw.random() * 100 < given.NO_GPS_PCT:
        return None
    north, east = (draw.uniform(-1, 1) * given.GPS_ERROR_DEGREES for _ in range(2))
    return geopoint(
        place.latitude + north,
        place.longitude + east,
        draw.uniform(*given.ALTITUDE_M),
        draw.uniform(*given.GPS_ACCURACY_M),
    )


def _chance(draw: Random, pct: float) -> str:
    return "yes" if draw.random() * 100 < pct else "no"
