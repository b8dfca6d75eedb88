"""A circuit breaker: while the history is down, calls fail at once, except for a trial at times."""

import random
import time
from collections.abc import Callable

from chat.errors import Unavailable

# Seconds until the next trial; the pause doubles from failure to failure.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0

TRY_TAKES = 5.0  # seconds that a trial takes at most, with its retries


class Outages:
    """Knows whether the history is down, from the results of calls.

    Without it, every caller would wait for a timeout, and the retries of all calls would load a
    service that is just coming back.

    Args:
        monotonic: Seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._pause = 0.0  # 0 while the history answers
        self._ends = 0.0  # monotonic: calls before this are refused

    def check(self) -> None:
        """Ask before a call.

        Raises:
            chat.errors.Unavailable: The history is down, and it isn't time to try again.
        """
        if self._pause:
            now = self._monotonic()
            if now < self._ends:
                raise Unavailable("the history can't be reached")
            self._ends = now + TRY_TAKES  # refuse others until this call has a result

    def failed(self) -> None:
        """Note that a call got no answer, after all its retries."""
        self._pause = min(2 * self._pause, LONGEST_PAUSE) or FIRST_PAUSE
        self._ends = self._monotonic() + random.uniform(self._pause / 2, self._pause)  # noqa: S311

    def passed(self) -> None:
        """Note that a call got an answer."""
        self._pause = 0.0
