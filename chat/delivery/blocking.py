"""Calls that block, made in threads of the operating system, so that the hub goes on.

Eventlet's `tpool` does the same. A call through it costs about three times as much: its threads
wait on a queue written in Python, and it adds its pipe to the hub and removes it for each answer.
"""

import os
from collections import deque
from collections.abc import Callable
from typing import Any

from chat.delivery.green import eventlet, hubs

_queue = eventlet.patcher.original("queue")
_threading = eventlet.patcher.original("threading")


class BlockingThreads:
    """Threads that call functions for green threads. Belongs to the thread that made it.

    Args:
        count: How many calls are made at the same time; more wait for their turn.
    """

    def __init__(self, count: int) -> None:
        self._hub = hubs.get_hub()
        self._waiting: Any = _queue.SimpleQueue()
        self._done: deque[_Call] = deque()
        self._eventfd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._hub.add(self._hub.READ, self._eventfd, self._hand_over, _nobody, None)
        for _ in range(count):
            _threading.Thread(target=self._work, daemon=True).start()

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return what the function returns, or raise what it raises; others go on meanwhile."""
        call = _Call(function, args)
        self._waiting.put(call)
        try:
            self._hub.switch()
        finally:
            call.caller = None  # it may have been called off
        if call.error is not None:
            raise call.error
        return call.result

    def _work(self) -> None:
        while True:
            call = self._waiting.get()
            try:
                call.result = call.function(*call.args)
            except BaseException as error:  # noqa: BLE001  the caller's to handle, whatever it is
                call.error = error
            self._done.append(call)
            del call  # or it would be kept until the next one comes
            os.eventfd_write(self._eventfd, 1)

    def _hand_over(self, eventfd: int) -> None:
        os.eventfd_read(eventfd)
        while self._done:
            caller = self._done.popleft().caller
            if caller is not None:
                caller.switch()


class _Call:
    """A call, and the green thread that waits for it."""

    __slots__ = ("args", "caller", "error", "function", "result")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.function = function
        self.args = args
        self.caller = eventlet.getcurrent()
        self.result: Any = None
        self.error: BaseException | None = None


def _nobody(_exception: BaseException) -> None:
    """Eventlet's way to tell a waiting green thread that its descriptor is gone; none waits."""
