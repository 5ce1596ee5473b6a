"""Pupils of whom few schools have any: who left, who has difficulties, who is displaced.

In: a school's counts by grade, a generator of its own. Out: answers by the names of the census's
questions. Promised: what the head does not choose is not answered, and no number is above what the
form takes without a reason.
"""

from random import Random

from bridge.simulation import proportions as given
from bridge.simulation.draws import spread
from bridge.simulation.pupils import GradeCounts, stages
from config.codes import read_codes


def special_answers(draw: Random, grades: list[GradeCounts]) -> dict:
    """The groups `special`, `leavers_girls`, `leavers_boys`, and a row of `levels` each stage."""
    levels = _by_stage(grades)
    has_displaced = draw.random() * 100 < given.SCHOOLS_WITH_DISPLACED_PCT
    leavers = _leavers(draw, levels)
    difficulties = [_difficulties(draw, sexes) for sexes in levels]
    chosen = {
        "leavers": any(any(counts.values()) for counts in leavers.values()),
        "difficulty": any(any(counts.values()) for counts in difficulties),
        "displaced": has_displaced,
    }
    groups = [name for name, is_chosen in chosen.items() if is_chosen]
    return {
        "special": {"special_groups": " ".join(groups) or "none"},
        **leavers,
        "levels": [
            {"difficulties": counts, "displacement": _displaced(draw, sexes)}
            for counts, sexes in zip(difficulties, levels, strict=True)
        ],
    }


def _by_stage(grades: list[GradeCounts]) -> list[dict[str, int]]:
    """Pupils by sex in each stage that the school teaches, from the lowest."""
    found: dict[str, dict[str, int]] = {}
    for grade in grades:
        level = found.setdefault(stages()[grade.grade], dict.fromkeys(grade.sexes, 0))
        for sex, counts in grade.sexes.items():
            level[sex] += counts.total
    return list(found.values())


def _leavers(draw: Random, levels: list[dict[str, int]]) -> dict[str, dict[str, int]]:
    reasons = [code.code for code in read_codes("leaver_reason")]
    answers = {}
    for sex in levels[0]:
        gone = _share(draw, sum(level[sex] for level in levels), given.LEAVERS_PCT)
        counts = spread(draw, gone, [1] * len(reasons), unevenness=1)
        answers[f"leavers_{sex}"] = dict(zip(reasons, counts, strict=True))
    return answers


def _difficulties(draw: Random, sexes: dict[str, int]) -> dict[str, int]:
    domains = [code.code for code in read_codes("disability_domain")]
    answers = {}
    for sex, total in sexes.items():
        counted = spread(draw, _share(draw, total, given.DIFFICULTY_PCT), [1] * len(domains), 0.8)
        answers |= {f"{sex}_{name}": n for name, n in zip(domains, counted, strict=True)}
    return answers


def _displaced(draw: Random, sexes: dict[str, int]) -> dict[str, int]:
    return {
        f"{sex}_displaced": _share(draw, total, given.DISPLACED_PCT) for sex, total in sexes.items()
    }


def _share(draw: Random, total: int, pct: float) -> int:
    """About `pct` per cent, from none to twice as many."""
    return min(total, round(total * pct / 100 * draw.uniform(0, 2)))
