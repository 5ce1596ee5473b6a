"""What a part of the benchmark has found: figures, limits, and the line that a machine reads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """A figure that must not be passed. aim: what was hoped for, if that is less."""

    name: str
    limit: float
    aim: float | None = None


@dataclass(frozen=True)
class Part:
    """One part: its figures in the order of their importance, and those that are held to limits."""

    name: str
    figures: dict[str, float | int | str]
    limits: tuple[Limit, ...] = ()

    @property
    def line(self) -> str:
        """`first-load ratio=1.08 limit=1.3 aim=1.1 rows=20000 ...`."""
        words = [self.name]
        for name, value in self.figures.items():
            words.append(f"{name}={_shown(value)}")
            words += [_bounds(item, len(self.limits)) for item in self.limits if item.name == name]
        return " ".join(words)

    @property
    def beyond(self) -> list[str]:
        """The names of the figures that passed their limits."""
        return [item.name for item in self.limits if self.figures[item.name] > item.limit]


def _bounds(item: Limit, count: int) -> str:
    label = "limit" if count == 1 else f"{item.name}_limit"
    aim = f" aim={_shown(item.aim)}" if item.aim is not None else ""
    return f"{label}={_shown(item.limit)}{aim}"


def _shown(value: float | int | str) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return str(value)
