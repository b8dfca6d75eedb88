"""Turns at the hub: however much one client sends, the others are served in between.

Whoever has more to do than fits into a moment waits for a turn, behind all others who do. Each turn
of the hub gives such clients a few milliseconds in all; then come the events of everybody else.
"""

import time
from collections import deque
from collections.abc import Callable

from chat.delivery.green import eventlet, hubs

# Seconds that one client has at a time. What takes longer at one go, such as the handling of one
# message, is not interrupted.
MOMENT = 0.0002

# Seconds of each turn of the hub for all who wait for theirs.
SHARE = 0.002


class Turns:
    """A queue of those who have more to do. Belongs to the thread that made it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._hub = hubs.get_hub()
        self._clock = clock
        self._waiting: deque[Callable[[], object]] = deque()
        self._is_scheduled = False
        self._moment_ends = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self) -> None:
        """Give whoever comes now a moment."""
        self._moment_ends = self._clock() + MOMENT

    def is_over(self) -> bool:
        """Whether the moment that began last is over."""
        return self._clock() >= self._moment_ends

    def later(self, task: Callable[[], object]) -> None:
        """Call `task` from the hub when it is its turn."""
        self._waiting.append(task)
        if not self._is_scheduled:
            self._is_scheduled = True
            self._hub.schedule_call_global(0, self._serve)

    def wait(self) -> None:
        """Let the green thread that calls this wait for its turn."""
        self.later(eventlet.getcurrent().switch)
        self._hub.switch()

    def _serve(self) -> None:
        ends = self._clock() + SHARE
        try:
            while self._waiting and self._clock() < ends:
                self.begin()
                self._waiting.popleft()()
        finally:
            self._is_scheduled = bool(self._waiting)
            if self._waiting:
                self._hub.schedule_call_global(0, self._serve)
