"""While the history is down, most calls fail at once, and now and then one finds out more."""

import random
import time
from collections.abc import Callable

from chat.errors import Unavailable

# Seconds until the next call is let through; the pause doubles from failure to failure.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0

TRY_TAKES = 5.0  # seconds, at most


class Outages:
    """Knows whether the history is down, from the calls that are made to it.

    Otherwise everyone would wait for a timeout, and all those calls would be made again and
    again to a service that is just coming back.

    Args:
        monotonic: Seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._pause = 0.0  # 0 while the history answers
        self._ends = 0.0

    def check(self) -> None:
        """Ask before a call.

        Raises:
            chat.errors.Unavailable: The history is down, and it isn't time to try again.
        """
        if self._pause:
            now = self._monotonic()
            if now < self._ends:
                raise Unavailable("the history can't be reached")
            self._ends = now + TRY_TAKES  # the others wait for what this call finds out

    def failed(self) -> None:
        """There was no answer, though the call was tried several times."""
        self._pause = min(2 * self._pause, LONGEST_PAUSE) or FIRST_PAUSE
        self._ends = self._monotonic() + random.uniform(self._pause / 2, self._pause)  # noqa: S311

    def passed(self) -> None:
        """There was an answer."""
        self._pause = 0.0
