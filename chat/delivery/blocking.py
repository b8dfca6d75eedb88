"""Runs blocking calls in threads of the operating system, so that the hub isn't blocked.

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
    """A thread pool that calls functions for green threads.

    An instance may be used only in the operating system's thread that created it.

    Args:
        count: The number of threads; further calls are queued.
    """

    def __init__(self, count: int) -> None:
        self._hub = hubs.get_hub()
        self._waiting: Any = _queue.SimpleQueue()
        self._done: deque[_Call] = deque()
        self._eventfd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._hub.add(self._hub.READ, self._eventfd, self._hand_over, _no_throwback, None)
        for _ in range(count):
            _threading.Thread(target=self._work, daemon=True).start()

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call the function in a pool thread; return its result, or raise its exception.

        Only the calling green thread waits.
        """
        call = _Call(function, args)
        self._waiting.put(call)
        try:
            self._hub.switch()
        finally:
            call.caller = None  # the caller may have been killed: don't switch to it
        if call.error is not None:
            raise call.error
        return call.result

    def _work(self) -> None:
        while True:
            call = self._waiting.get()
            try:
                call.result = call.function(*call.args)
            except BaseException as error:  # noqa: BLE001  raised again in the caller
                call.error = error
            self._done.append(call)
            del call  # otherwise this frame keeps its result in memory until the next call
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


def _no_throwback(_exception: BaseException) -> None:
    """Do nothing: the hub calls this for a closed descriptor, and no green thread waits for it."""
