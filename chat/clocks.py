"""Clocks that stay right when the clock of the machine is set while the process runs.

The wall clock (`time.time`) tells the time, and may step. The steady clock only counts seconds.
"""

import time
from collections.abc import Callable

Clock = Callable[[], float]  # seconds


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

# Seconds after which a wall clock that was set forward is believed to have been wrong before.
BELIEVED_AFTER = 600.0


def steady() -> float:
    """Seconds since the machine started; on Linux with the time in which it was suspended."""
    return time.clock_gettime(_STEADY)


class NeverBack:
    """The wall clock; when that steps back, this clock goes on as if it hadn't."""

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
    """The wall clock at the start plus the seconds since then, or the wall clock if that is less.

    A wall clock that was set forward by mistake must not make a time count as past too early. If it
    isn't set back within BELIEVED_AFTER, it is believed.
    """

    def __init__(self, wall: Clock = time.time, steady: Clock = steady) -> None:
        self._wall = wall
        self._steady = steady
        self._offset = wall() - steady()
        self._agreed_at = steady()

    def __call__(self) -> float:
        """Seconds since the epoch."""
        wall, counted = self._wall(), self._steady()
        if wall - counted <= self._offset:
            self._agreed_at = counted
            return wall
        if counted - self._agreed_at > BELIEVED_AFTER:
            self._offset, self._agreed_at = wall - counted, counted
        return self._offset + counted
