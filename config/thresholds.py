"""Limits of the rules, from `config/thresholds.toml`.

Goes out: a mapping of names to numbers; rules take them as the parameters of their SQL.
"""

import tomllib
from functools import cache
from pathlib import Path
from types import MappingProxyType

from config.paths import CONFIG_DIR
from config.words import CatalogueError


@cache
def load_thresholds(path: Path = CONFIG_DIR / "thresholds.toml") -> MappingProxyType:
    """Every limit by name. Raises CatalogueError for one that is not a number."""
    limits = tomllib.loads(path.read_text(encoding="utf-8"))["limits"]
    wrong = [name for name, value in limits.items() if type(value) not in (int, float)]
    if wrong:
        raise CatalogueError(f"{path.name}: not a number: {', '.join(wrong)}")
    return MappingProxyType(limits)
