"""The catalogue of indicators: name, definition, unit and breakdowns of each.

Comes in: `config/indicators.toml`. Goes out: frozen `Indicator` records. The figures themselves
are SELECTs in `processing.indicators`; a test holds the two together.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from config.paths import CONFIG_DIR
from config.words import CatalogueError, Words, read_words

UNITS = ("count", "percent", "ratio")
BREAKDOWN_KEYS = ("level", "sex")


@dataclass(frozen=True)
class Indicator:
    """What an indicator says. Its figure is numerator / denominator, formed last of all.

    unit: percent (x 100), ratio, or count (the numerator; the denominator counts schools).
    breakdowns: the keys by which it is also given. derived_from: formed anew at every unit from
    the sums of that indicator, since its own numerators do not add up.
    """

    code: str
    names: Words
    definition: Words
    unit: str
    decimals: int
    breakdowns: tuple[str, ...]
    source: Words
    derived_from: str | None = None

    def name(self, language: str) -> str:
        return self.names.in_language(language)

    def value(self, numerator, denominator) -> Decimal | None:
        """The figure, unrounded; None where there is no denominator."""
        if numerator is None or not denominator:
            return None
        if self.unit == "count":
            return Decimal(numerator)
        scale = 100 if self.unit == "percent" else 1
        return scale * Decimal(numerator) / Decimal(denominator)

    def rounded(self, numerator, denominator) -> Decimal | None:
        """The figure as it is shown: halves away from zero, as statisticians round."""
        value = self.value(numerator, denominator)
        return value and value.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)


@cache
def load_indicators(path: Path = CONFIG_DIR / "indicators.toml") -> Mapping[str, Indicator]:
    """Every indicator by its code. Raises CatalogueError where an entry is incomplete."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    return {code: _indicator(code, entry) for code, entry in entries.items()}


def _indicator(code: str, entry: Mapping) -> Indicator:
    where = f"indicator {code}"
    breakdowns = tuple(entry.get("breakdowns", ()))
    if entry.get("unit") not in UNITS:
        raise CatalogueError(f"{where}: unit is one of {', '.join(UNITS)}")
    if set(breakdowns) - set(BREAKDOWN_KEYS):
        raise CatalogueError(f"{where}: breakdowns are of {', '.join(BREAKDOWN_KEYS)}")
    return Indicator(
        code=code,
        names=read_words(entry.get("name"), f"{where}, name"),
        definition=read_words(entry.get("definition"), f"{where}, definition"),
        unit=entry["unit"],
        decimals=int(entry.get("decimals", 0)),
        breakdowns=breakdowns,
        source=read_words(entry.get("source"), f"{where}, source"),
        derived_from=entry.get("derived_from"),
    )
