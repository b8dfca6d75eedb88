"""Rate limit of the log: strangers can cause lines, which fill disks or cost money."""

import _thread
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import TextIO

PERIOD = 10.0  # seconds
MOST = 100  # lines in a period from one place in the code

Place = tuple[str, str, int]


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Drops lines over the limit of one place in the code; later logs how many were dropped.

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

        Operating-system threads log, too, and would never wake from a lock of eventlet, which the
        patched `threading` has. A green thread never switches to the hub while it holds this lock.
        """
        super().createLock()
        self.lock = _thread.RLock()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, unless its place is over the limit; called under the handler's lock."""
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
        """Log what was dropped in the last period; called at the end of the process."""
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
            summary.is_of_many = True  # the line is about several requests, so it names none
            super().emit(summary)
        self._lines.clear()
        self._latest.clear()
