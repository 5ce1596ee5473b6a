"""Chance that repeats itself.

In: any key. Out: the same numbers for the same key, on every machine, in every order of asking.
"""

import random
from collections.abc import Iterable, Mapping, Sequence


def make_draw(*key: object) -> random.Random:
    """A generator of its own for each key, so that no draw depends on what was drawn before it."""
    return random.Random("|".join(str(part) for part in key))  # noqa: S311 nothing secret is drawn


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """`total` whole things in the proportion of `weights`: largest remainders, sum exact."""
    whole = sum(weights)
    shares = [total * weight / whole for weight in weights]
    counts = [int(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda at: (counts[at] - shares[at], at))
    for at in by_remainder[: total - sum(counts)]:
        counts[at] += 1
    return counts


def deal(draw: random.Random, total: int, weights: Mapping[str, float]) -> list[str]:
    """`total` values in the proportion of `weights`, shuffled: a small sample is not lopsided."""
    counts = apportion(total, list(weights.values()))
    values = [value for value, count in zip(weights, counts, strict=True) for _ in range(count)]
    draw.shuffle(values)
    return values


def pick(draw: random.Random, weights: Mapping[str, float]) -> str:
    """One value in the proportion of `weights`."""
    return draw.choices(list(weights), weights=weights.values())[0]


def spread(
    draw: random.Random, total: int, weights: Iterable[float], unevenness: float
) -> list[int]:
    """`total` whole things over places of about these weights, each off by up to `unevenness`."""
    uneven = [weight * (1 + unevenness * (2 * draw.random() - 1)) for weight in weights]
    return apportion(total, uneven) if sum(uneven) else [0] * len(uneven)
