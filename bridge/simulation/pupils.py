"""How many pupils a simulated school has this year: by grade, sex, year of birth and way in.

In: a school of the registry. Out: one `GradeCounts` a grade. Promised: the ages make the total;
new entrants, repeaters, transferred and returners are within it, and make all of it in the first
grade of a level; new entrants of an age are within the pupils of that age.
"""

import math
from dataclasses import dataclass
from functools import cache
from random import Random

from bridge.simulation import proportions as given
from bridge.simulation.draws import apportion, spread
from bridge.simulation.registry import School
from config.codes import read_codes


@dataclass(frozen=True)
class SexCounts:
    """`ages` and `new_ages` by AGE_BANDS; new entrants only in the first grade of a level."""

    ages: tuple[int, ...]
    repeaters: int
    transferred_in: int
    returners: int
    new_ages: tuple[int, ...]
    from_kindergarten: int

    @property
    def total(self) -> int:
        return sum(self.ages)

    @property
    def new_entrants(self) -> int:
        return sum(self.new_ages)


@dataclass(frozen=True)
class GradeCounts:
    """`sexes`: by "girls" and "boys", those that the form asks this school for."""

    grade: int
    sections: int
    is_combined: bool
    sexes: dict[str, SexCounts]

    @property
    def total(self) -> int:
        return sum(counts.total for counts in self.sexes.values())


def has_other_sex(draw: Random, school: School) -> bool:
    """Does a boys' school of the country enrol some girls, for want of a school of their own?"""
    pct = given.BOYS_SCHOOLS_WITH_GIRLS_PCT if school.locality_code == "rural" else 0
    return school.sex_code == "boys" and draw.random() * 100 < pct


def count_pupils(draw: Random, school: School, other_sex: bool) -> list[GradeCounts]:
    """The school's grades from the lowest to the highest."""
    grades = range(school.lowest_grade, school.highest_grade + 1)
    weights = [given.GRADE_TO_GRADE**step for step in range(len(grades))]
    totals = spread(draw, _enrolment(draw, school), weights, unevenness=0.15)
    return [
        _count_grade(draw, school, grade, total, other_sex)
        for grade, total in zip(grades, totals, strict=True)
    ]


@cache
def stages() -> dict[int, str]:
    """Grade -> the level that it belongs to, as the census and the staff return ask by level."""
    return {int(code.code): code.extra["stage"] for code in read_codes("grade")}


@cache
def first_grades() -> frozenset[int]:
    """The grades in which a level begins, and in which the form asks for new entrants."""
    codes = read_codes("grade")
    return frozenset(int(code.code) for code in codes if code.extra["is_first_of_stage"] == "yes")


def _enrolment(draw: Random, school: School) -> int:
    growth = draw.gauss(given.GROWTH_MEAN, given.GROWTH_SIGMA)
    within = min(max(growth, -given.GROWTH_LIMIT), given.GROWTH_LIMIT)
    return round(school.pupil_count_last_year * (1 + within))


def _count_grade(draw: Random, school: School, grade: int, total: int, other_sex) -> GradeCounts:
    girls = round(total * _girls_share(draw, school, other_sex))
    by_sex = {"girls": girls, "boys": total - girls}
    asked = ("girls", "boys") if school.sex_code == "mixed" or other_sex else (school.sex_code,)
    fewest, most = given.PUPILS_A_SECTION[school.locality_code]
    is_small = total < given.COMBINED_BELOW_PUPILS and school.locality_code == "rural"
    return GradeCounts(
        grade=grade,
        sections=math.ceil(total / draw.uniform(fewest, most)),
        is_combined=is_small and total > 0,
        sexes={sex: _count_sex(draw, school, grade, by_sex[sex]) for sex in asked},
    )


def _girls_share(draw: Random, school: School, other_sex: bool) -> float:
    if school.sex_code == "mixed":
        return (given.GIRLS_PCT_IN_MIXED + draw.uniform(-8, 8)) / 100
    if other_sex:
        return given.GIRLS_PCT_IN_BOYS_SCHOOLS / 100
    return float(school.sex_code == "girls")


def _count_sex(draw: Random, school: School, grade: int, total: int) -> SexCounts:
    ages = tuple(spread(draw, total, _age_weights(school, grade), unevenness=0.3))
    repeating = given.REPEATERS_PCT.get(grade, given.REPEATERS_PCT_ABOVE)
    repeaters = _some(draw, total, repeating)
    transferred = _some(draw, total - repeaters, given.TRANSFERRED_PCT)
    returners = _some(draw, total - repeaters - transferred, given.RETURNERS_PCT)
    new = total - repeaters - transferred - returners if grade in first_grades() else 0
    kindergarten = _some(draw, new, given.KINDERGARTEN_PCT[school.locality_code])
    return SexCounts(
        ages=ages,
        repeaters=repeaters,
        transferred_in=transferred,
        returners=returners,
        new_ages=tuple(apportion(new, ages) if new else [0] * len(ages)),
        from_kindergarten=kindergarten if grade == 1 else 0,
    )


def _age_weights(school: School, grade: int) -> list[float]:
    is_evening = school.session_code == "evening" and school.level_code in given.EVENING_LEVELS
    weights = list(given.AGE_WEIGHTS["evening" if is_evening else "day"])
    if not is_evening:
        for band in range(given.AGE_BANDS.index("1"), given.AGE_BANDS.index("6") + 1):
            weights[band] *= 1 + given.OLDER_A_GRADE * max(grade, 0)
    return weights


def _some(draw: Random, whole: int, pct: float) -> int:
    """About `pct` per cent of `whole`, from half of it to half as much again."""
    return min(whole, round(whole * pct / 100 * draw.uniform(0.5, 1.5)))
