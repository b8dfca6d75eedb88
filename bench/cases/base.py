"""What a case is: some work, the servers that do it, and the figures that come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Target:
    """What a figure of ours has to be.

    `against` is a server whose figure ours is divided by, `itself` for an absolute figure, and
    `sizes` for the largest of a curve divided by the smallest.
    """

    against: Literal["node", "floor", "itself", "sizes"]
    limit: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Whether that figure, or ratio, will do."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Figure:
    """One thing that a case measures; `key` is its name in what `measure` returns."""

    key: str
    title: str
    unit: str
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True)
class Case:
    """Some work that several servers do.

    `measure(server, size)` does it once, from a fresh start. A case with `sizes` makes a curve.
    """

    name: str
    title: str
    servers: tuple[str, ...]
    measure: Callable[[str, int], dict[str, float]]
    figures: tuple[Figure, ...]
    sizes: tuple[int, ...] = (0,)
    size_title: str = ""
    only_once: tuple[str, ...] = ()  # servers that are of interest, but not enough to wait thrice

    @property
    def is_curve(self) -> bool:
        """Whether the work comes in several sizes."""
        return len(self.sizes) > 1
