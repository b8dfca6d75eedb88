"""Fair scheduling at the hub: however much one client sends, the others are served in between.

A client gets a time slice, a *moment*. If its work takes longer, it is queued behind all others
whose work does. In each turn of the hub the queue gets a few milliseconds (SHARE); then the hub
serves everything else.
"""

import time
from collections import deque
from collections.abc import Callable

from chat.delivery.green import eventlet, hubs

# Seconds of one client's time slice. One step that takes longer, such as the handling of one
# message, is not interrupted.
MOMENT = 0.0002

# Seconds for the whole queue in each turn of the hub.
SHARE = 0.002


class Turns:
    """The queue of clients whose work took longer than a moment.

    An instance may be used only in the operating system's thread that created it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._hub = hubs.get_hub()
        self._clock = clock
        self._waiting: deque[Callable[[], object]] = deque()
        self._is_scheduled = False
        self._moment_ends = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self) -> None:
        """Begin a moment for the client that is served now."""
        self._moment_ends = self._clock() + MOMENT

    def is_over(self) -> bool:
        """Whether the current moment is over."""
        return self._clock() >= self._moment_ends

    def later(self, task: Callable[[], object]) -> None:
        """Queue `task`; the hub calls it when its turn comes."""
        self._waiting.append(task)
        if not self._is_scheduled:
            self._is_scheduled = True
            self._hub.schedule_call_global(0, self._serve)

    def wait(self) -> None:
        """Queue the calling green thread, and wait until its turn comes."""
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
