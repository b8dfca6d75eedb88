"""Green threads that are used again.

Python maps 16 KiB of memory for the frames of each new green thread and unmaps them at its end. A
thread that has done its work and waits for more saves that, and the making of a timer.
"""

from collections.abc import Callable

import greenlet

from chat.delivery.green import eventlet, hubs

MOST_IDLE = 64  # threads

Task = Callable[[], None]


class GreenThreads:
    """Runs tasks, each in a green thread of its own. Belongs to the thread that made it."""

    def __init__(self) -> None:
        self._hub = hubs.get_hub()
        self._idle: list[greenlet.greenlet] = []

    def run(self, task: Task) -> None:
        """Run a task until it waits for something, or soon; it must not raise."""
        thread = self._idle.pop() if self._idle else greenlet.greenlet(self._serve)
        # At its end its parent goes on: whoever calls this may wait for something else by then.
        thread.parent = self._hub.greenlet
        if eventlet.getcurrent() is self._hub.greenlet:
            thread.switch(task)
        else:
            self._hub.schedule_call_global(0, thread.switch, task)

    def _serve(self, task: Task) -> None:
        while True:
            task()
            if len(self._idle) == MOST_IDLE:
                return
            self._idle.append(eventlet.getcurrent())
            task = self._hub.switch()
