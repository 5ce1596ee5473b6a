"""A registry of schools that do not exist, in the proportions of those that do.

In: how many, and a seed. Out: `Registry`, its records' fields equal to the columns of
emis.building and emis.school_history. Promised: the same arguments give the same registry; every
school stands in a building that the registry holds; each building has exactly one host.
"""

import math
from dataclasses import dataclass
from datetime import date
from random import Random

from bridge.simulation import proportions as given
from bridge.simulation.cells import Cell, read_places, share_out
from bridge.simulation.draws import deal, make_draw, pick
from bridge.simulation.school_names import NameGiver
from config.names import sort_key

OPEN_SINCE = date(2020, 9, 1)
RADIUS_DEGREES = {"urban": 0.04, "rural": 0.15}


@dataclass(frozen=True)
class Building:
    building_code: str
    area_code: str
    latitude: float
    longitude: float
    valid_from: date = OPEN_SINCE
    valid_to: date | None = None


@dataclass(frozen=True)
class School:
    school_code: str
    name_ar: str
    name_ckb: str
    name_en: str
    name_sort: str
    ministry_code: str
    directorate_code: str
    area_code: str
    building_code: str
    building_role_code: str
    level_code: str
    lowest_grade: int
    highest_grade: int
    sex_code: str
    ownership_code: str
    session_code: str
    locality_code: str
    language_code: str
    curriculum_code: str
    pupil_count_last_year: int
    is_open: bool = True
    is_simulated: bool = True
    valid_from: date = OPEN_SINCE
    valid_to: date | None = None


@dataclass(frozen=True)
class Registry:
    buildings: tuple[Building, ...]
    schools: tuple[School, ...]


@dataclass(frozen=True)
class _Traits:
    level: str
    sex: str
    ownership: str
    locality: str

    @property
    def may_share(self) -> bool:
        return (
            self.level not in given.LEVELS_WITH_A_BUILDING_OF_THEIR_OWN
            and self.ownership == "government"
        )


def make_registry(schools: int, seed: int) -> Registry:
    """`schools` schools with their buildings, in the order of ministry and district."""
    if schools < 1:
        raise ValueError("a registry holds at least one school")
    return _Maker(seed).make(share_out(schools))


class _Maker:
    def __init__(self, seed: int):
        self.seed = seed
        self.names = NameGiver()
        self.buildings: list[Building] = []
        self.schools: list[School] = []
        self.sharing_owed = 0.0

    def make(self, cells: list[Cell]) -> Registry:
        for ministry in given.MINISTRIES:
            own = [cell for cell in cells if cell.ministry_code == ministry]
            traits = iter(_deal_traits(self.seed, ministry, sum(c.school_count for c in own)))
            for cell in own:
                self._fill(cell, [next(traits) for _ in range(cell.school_count)])
        return Registry(tuple(self.buildings), tuple(self.schools))

    def _fill(self, cell: Cell, traits: list[_Traits]) -> None:
        draw = make_draw(self.seed, "cell", cell.ministry_code, cell.district.area_code)
        for group in self._groups(draw, traits):
            self._open_building(draw, cell, group)

    def _groups(self, draw: Random, traits: list[_Traits]) -> list[list[_Traits]]:
        """Who shares a building. What a small district cannot share, the next one does."""
        groups = [[school] for school in traits if not school.may_share]
        able = [school for school in traits if school.may_share]
        self.sharing_owed += len(traits) * given.SHARING_PCT / 100
        while able:
            size = min(_group_size(draw), len(able)) if self.sharing_owed >= 1 else 1
            groups.append(able[:size])
            able = able[size:]
            self.sharing_owed -= size if size > 1 else 0
        return groups

    def _open_building(self, draw: Random, cell: Cell, group: list[_Traits]) -> None:
        host = group[0]
        code = f"SIMB{len(self.buildings) + 1:06d}"
        latitude, longitude = _stand(draw, cell.district.area_code, host.locality)
        self.buildings.append(Building(code, cell.district.area_code, latitude, longitude))
        for traits, session in zip(group, _sessions(draw, len(group)), strict=True):
            role = "host" if traits is host else "guest"
            self._open_school(cell, code, role, session, host.locality, traits)

    def _open_school(self, cell, building_code, role, session, locality, traits: _Traits) -> None:
        code = f"SIM{len(self.schools) + 1:06d}"
        draw = make_draw(self.seed, code)
        district, ministry = cell.district.area_code, cell.ministry_code
        language = pick(draw, _languages(cell))
        name = self.names.give(draw, district, traits.level, traits.sex, session, language)
        lowest, highest = _grades(draw, ministry, traits.level, locality)
        self.schools.append(
            School(
                school_code=code,
                name_ar=name.ar,
                name_ckb=name.ckb,
                name_en=name.en,
                name_sort=sort_key(name.ar),
                ministry_code=ministry,
                directorate_code=cell.department_code,
                area_code=district,
                building_code=building_code,
                building_role_code=role,
                level_code=traits.level,
                lowest_grade=lowest,
                highest_grade=highest,
                sex_code=traits.sex,
                ownership_code=traits.ownership,
                session_code=session,
                locality_code=locality,
                language_code=language,
                curriculum_code=ministry,
                pupil_count_last_year=_size(draw, ministry, traits.level, locality),
            )
        )


def _deal_traits(seed: int, ministry: str, schools: int) -> list[_Traits]:
    """Level, sex, ownership and locality in exact proportion within the ministry and the level."""
    draw = make_draw(seed, "traits", ministry)
    traits = []
    levels = deal(draw, schools, given.MINISTRY_LEVELS[ministry])
    for level in sorted(set(levels)):
        count = levels.count(level)
        owners = given.OWNERSHIPS[ministry]
        owners = given.KINDERGARTEN_OWNERSHIPS if level == "kindergarten" else owners
        dealt = (
            deal(draw, count, weights)
            for weights in (given.SEXES[level], owners, given.LOCALITIES[level])
        )
        traits += [_Traits(level, *values) for values in zip(*dealt, strict=True)]
    draw.shuffle(traits)
    return traits


def _group_size(draw: Random) -> int:
    return 3 if draw.random() * 100 < given.THREE_SHIFT_GROUP_PCT else 2


def _sessions(draw: Random, schools: int) -> list[str]:
    if schools == 2:
        return ["morning", pick(draw, given.SECOND_SHIFTS)]
    return ["morning", "noon", "evening"][:schools]


def _stand(draw: Random, district_code: str, locality: str) -> tuple[float, float]:
    """A point near the district's centre: even over a disc, wider in the country than in town."""
    centre = read_places()[district_code]
    radius = RADIUS_DEGREES[locality] * math.sqrt(draw.random())
    angle = 2 * math.pi * draw.random()
    latitude = centre.latitude + radius * math.sin(angle)
    return round(latitude, 6), round(centre.longitude + radius * math.cos(angle), 6)


def _languages(cell: Cell) -> dict[str, float]:
    district = cell.district
    own = given.DISTRICT_LANGUAGES.get((cell.ministry_code, district.area_code))
    is_badini = district.parent_code == "IQG09" or district.area_code in given.BADINI_DISTRICTS
    if cell.ministry_code == "krg" and is_badini:
        return given.LANGUAGES["badini"]
    return own or given.LANGUAGES[cell.ministry_code]


def _grades(draw: Random, ministry: str, level: str, locality: str) -> tuple[int, int]:
    lowest, highest = given.GRADES[level]
    is_long = draw.random() * 100 < given.PRIMARY_TO_GRADE_9_PCT
    if level == "primary" and ministry == "federal" and locality == "rural" and is_long:
        return lowest, 9
    return lowest, highest


def _size(draw: Random, ministry: str, level: str, locality: str) -> int:
    """Pupils: log-normal about the mean of the level, larger in town."""
    shares = given.LOCALITIES[level]
    usual = sum(given.SIZE_FACTORS[key] * share for key, share in shares.items())
    factor = given.SIZE_FACTORS[locality] * sum(shares.values()) / usual
    mean = given.PUPILS_A_SCHOOL[ministry][level] * factor
    drawn = mean * draw.lognormvariate(-(given.SIZE_SIGMA**2) / 2, given.SIZE_SIGMA)
    fewest, most = given.PUPIL_RANGE
    return min(max(round(drawn), fewest), most)
