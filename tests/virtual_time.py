"""A clock that stands still until the test lets time pass, and tasks that sleep on it."""

import heapq
import itertools
from functools import partial

from greenlet import getcurrent, greenlet


class VirtualTime:
    """Tasks run as green threads: `sleep` switches back to the test until their time has come."""

    def __init__(self):
        self.now = 0.0
        self._tasks = []
        self._order = itertools.count()

    def clock(self):
        return self.now

    def start(self, function, *arguments):
        self._wake(greenlet(partial(function, *arguments)), self.now)

    def sleep(self, seconds):
        self._wake(getcurrent(), self.now + seconds)
        getcurrent().parent.switch()

    def _wake(self, task, due):
        heapq.heappush(self._tasks, (due, next(self._order), task))

    def pass_by(self, seconds):
        """Let so many seconds pass, and run all tasks that are due by then."""
        end = self.now + seconds
        while self._tasks and self._tasks[0][0] <= end:
            due, _, task = heapq.heappop(self._tasks)
            self.now = max(self.now, due)
            task.parent = getcurrent()
            task.switch()
        self.now = end
