"""A pool of green threads.

Python maps 16 KiB of memory for the frames of each new green thread and unmaps them at its end.
Reusing idle threads saves that, and the creation of a timer.
"""

from collections.abc import Callable

import greenlet

from chat.delivery.green import eventlet, hubs

MOST_IDLE = 64  # threads; others end after their task

Task = Callable[[], None]


class GreenThreads:
    """Runs tasks, each in a green thread of its own.

    An instance may be used only in the operating system's thread that created it.
    """

    def __init__(self) -> None:
        self._hub = hubs.get_hub()
        self._idle: list[greenlet.greenlet] = []

    def run(self, task: Task) -> None:
        """Start a task: at once if the hub calls this, else soon. The task must not raise."""
        thread = self._idle.pop() if self._idle else greenlet.greenlet(self._serve)
        # At the end of a green thread its parent runs. This must be the hub: by then the caller may
        # be waiting for something else, and must not be woken.
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
