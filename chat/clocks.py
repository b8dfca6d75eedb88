"""Clocks that stay right where the clock of the machine is set while the process runs.

The wall clock (`time.time`) tells the time, and may step; the steady clock only counts seconds.
"""

import time
from collections.abc import Callable

Clock = Callable[[], float]  # seconds


def steady() -> float:
    """Seconds since the machine started; on Linux those in which it slept count, too."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class NeverBack:
    """The wall clock; where that steps back, the time goes on as if it hadn't."""

    def __init__(self, wall: Clock = time.time, steady: Clock = steady) -> None:
        self._wall = wall
        self._steady = steady
        self._last, self._counted = wall(), steady()

    def __call__(self) -> float:
        """Seconds since the epoch."""
        counted = self._steady()
        self._last = max(self._wall(), self._last + counted - self._counted)
        self._counted = counted
        return self._last


class NeverAhead:
    """The wall clock at the start and what has passed since, or the wall clock if that is less.

    A clock that was set forward by mistake must not declare a moment over that isn't.
    """

    def __init__(self, wall: Clock = time.time, steady: Clock = steady) -> None:
        self._wall = wall
        self._steady = steady
        self._ahead = wall() - steady()

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return min(self._wall(), self._ahead + self._steady())
