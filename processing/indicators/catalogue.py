"""The register of indicators: a function each, named by the indicator's code.

An indicator is a function that returns one SELECT of school_code, breakdown, numerator and
denominator for the schools that are due. It reads `school_now` (where is_due), `school_level`
and the facts of `emis`, for the year `:school_year`. A derived indicator returns two expressions
over the sums (numerator, denominator) of another, at any unit. Words are in indicators.toml.
"""

from collections.abc import Callable
from types import MappingProxyType

from config.indicators import load_indicators
from config.words import CatalogueError

_found: dict[str, Callable[[], str]] = {}
_derived: dict[str, tuple[str, Callable[[], tuple[str, str]]]] = {}
INDICATOR_QUERIES = MappingProxyType(_found)
DERIVED_QUERIES = MappingProxyType(_derived)


def indicator(select: Callable[[], str]) -> Callable[[], str]:
    """Register the function under its own name."""
    _refuse_twice(select.__name__)
    _found[select.__name__] = select
    return select


def derived(base: str) -> Callable:
    """Register a function of the sums of the indicator `base`."""

    def register(formula: Callable[[], tuple[str, str]]) -> Callable[[], tuple[str, str]]:
        _refuse_twice(formula.__name__)
        _derived[formula.__name__] = (base, formula)
        return formula

    return register


def check_catalogue() -> None:
    """Functions and words belong together. Raises CatalogueError where one lacks the other."""
    words, functions = load_indicators(), {*_found, *_derived}
    if words.keys() != functions:
        raise CatalogueError(
            f"indicators.toml lacks {sorted(functions - words.keys())}; "
            f"processing.indicators lacks {sorted(words.keys() - functions)}"
        )
    for code, entry in words.items():
        base = _derived[code][0] if code in _derived else None
        if entry.derived_from != base:
            raise CatalogueError(f"indicator {code}: derived from {base} in code")


def _refuse_twice(name: str) -> None:
    if name in _found or name in _derived:
        raise CatalogueError(f"indicator {name} is defined twice")
