"""Merges many changes into few announcements."""

import time
from collections.abc import Callable


class Coalescer:
    """Calls `announce(key)` soon after each `request(key)`, but never twice within an interval.

    Args:
        announce: Called with a key that was requested.
        interval: Gives the seconds between two calls for one key.
        start_task: Runs a function with its arguments in the background.
        sleep: Waits for seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        announce: Callable[[str], None],
        interval: Callable[[], float],
        start_task: Callable[..., object],
        sleep: Callable[[float], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._announce = announce
        self._interval = interval
        self._start_task = start_task
        self._sleep = sleep
        self._clock = clock
        self._due: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def request(self, key: str, delay: float = 0) -> None:
        """Announce the key after `delay` seconds; later if the interval isn't over then."""
        earliest = self._last.get(key, float("-inf")) + self._interval()
        due = max(self._clock() + delay, earliest)
        if due < self._due.get(key, float("inf")):
            self._due[key] = due
            self._start_task(self._announce_at, due, key)

    def _announce_at(self, due: float, key: str) -> None:
        self._sleep(max(0, due - self._clock()))
        if self._due.get(key) == due:  # otherwise a later request asked for an earlier time
            del self._due[key]
            self._last[key] = self._clock()
            self._announce(key)
