"""A bound on what the log takes: strangers can cause lines, and a disk or a bill is finite."""

import _thread
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import TextIO

PERIOD = 10.0  # seconds
MOST = 100  # lines of one place in the code in a period

Place = tuple[str, str, int]


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Leaves out what one place in the code logs too often, and says later how much that was.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._ends = float("-inf")
        self._lines: Counter[Place] = Counter()
        self._latest: dict[Place, logging.LogRecord] = {}  # of those over the limit

    def createLock(self) -> None:  # noqa: N802
        """Use a lock of the operating system; called once.

        Threads of the system log, too, and would never wake from one of eventlet's, into which
        patching turns what `threading` has. Nothing here gives the hub away while it is held.
        """
        super().createLock()
        self.lock = _thread.RLock()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, if there were few of its kind; called under the handler's lock."""
        now = self._clock()
        if now >= self._ends:
            self._tell()
            self._ends = now + PERIOD
        place = (record.name, record.pathname, record.lineno)
        self._lines[place] += 1
        if self._lines[place] <= MOST:
            super().emit(record)
        else:
            self._latest[place] = record

    def close(self) -> None:
        """Say what was left out at last; called at the end of the process."""
        self.acquire()
        try:
            self._tell()
        finally:
            self.release()
        super().close()

    def _tell(self) -> None:
        for place, latest in self._latest.items():
            more = self._lines[place] - MOST
            text = f"{more} more lines like this were left out: {latest.getMessage()}"
            fields = (latest.name, latest.levelno, latest.pathname, latest.lineno, text, (), None)
            summary = logging.LogRecord(*fields)
            summary.is_of_many = True  # and so belongs to no one request
            super().emit(summary)
        self._lines.clear()
        self._latest.clear()
