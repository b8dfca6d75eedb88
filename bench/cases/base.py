"""A case of the benchmark: the work, the servers that do it, and the figures that result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Target:
    """The target for a figure of Cloud Chat.

    `against` says what is compared with the limit: the name of a server for the figure divided by
    that server's, `itself` for the figure, `sizes` for the largest of a curve divided by the
    smallest.
    """

    against: Literal["node", "node-redis", "node-sharded", "floor", "itself", "sizes"]
    limit: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Whether a figure, or ratio, meets the target."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Figure:
    """A figure that a case measures; `key` is its name in the result of `measure`."""

    key: str
    title: str
    unit: str
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True)
class Case:
    """Work that several servers do.

    `measure(server, size)` does the work once, on a new server. A case with `sizes` gives a curve.
    """

    name: str
    title: str
    servers: tuple[str, ...]
    measure: Callable[[str, int], dict[str, float]]
    figures: tuple[Figure, ...]
    sizes: tuple[int, ...] = (0,)
    size_title: str = ""
    only_once: tuple[str, ...] = ()  # servers that are measured in the first run only, to save time

    @property
    def is_curve(self) -> bool:
        """Whether the case has several sizes."""
        return len(self.sizes) > 1
