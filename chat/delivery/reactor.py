"""The point where all WebSockets meet eventlet's hub.

Eventlet usually gives each connection a green thread that waits for it. Here the connections are
in an epoll set of their own, and the hub watches that set as if it were one descriptor: when
something happens to any of them, the hub calls back once.

What is written during one turn of the hub leaves at its end, so that a burst of messages costs
each receiver one system call. A lone message waits for nothing: its turn ends at once.
"""

import logging
import select
import sys
import time
from collections.abc import Callable
from typing import Protocol

from chat.delivery.green import eventlet, hubs
from chat.delivery.held import Held
from chat.delivery.turns import SHARE, Turns
from chat.delivery.wheel import Timed, Wheel

logger = logging.getLogger(__name__)

# Green select has no epoll.
_select = eventlet.patcher.original("select")

READABLE: int = select.EPOLLIN
WRITABLE: int = select.EPOLLOUT
DEAD: int = select.EPOLLHUP | select.EPOLLERR
GONE: int = select.EPOLLRDHUP  # the peer sends no more

RECEIVE = 64 * 1024  # bytes read from one connection per turn
EVENTS = 512  # connections that the kernel names at a time, those that waited longest first


class Watched(Timed, Protocol):
    """A connection that the reactor calls back."""

    def ready(self, events: int) -> None:
        """Handle READABLE, WRITABLE, GONE or DEAD."""

    def flush(self) -> None:
        """Write what is waiting, as far as the socket takes it."""

    def abort(self) -> None:
        """Drop the connection at once."""


class Reactor:
    """Waits for all connections of the process. Belongs to the thread that made it.

    Args:
        most_held: Bytes that may be kept for all connections together.
        tick: Seconds between two looks at the timeouts.
    """

    def __init__(self, most_held: int = sys.maxsize, tick: float = 1.0) -> None:
        self.held = Held(most_held)
        self.timeouts = Wheel(tick)
        self.turns = Turns()
        self.received = memoryview(bytearray(RECEIVE))  # one buffer; nobody keeps it
        self._connections: dict[int, Watched] = {}
        # What the kernel has said, and was not done yet. By then the descriptor may be another's.
        self._ready: list[tuple[int, Watched | None, int]] = []
        self._unflushed: list[Watched] = []
        self._epoll = _select.epoll()
        self._hub = hubs.get_hub()
        self._hub.add(self._hub.READ, self._epoll.fileno(), self._turn, _nobody, None)
        eventlet.spawn_n(self._sweep)

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, fd: int, connection: Watched, events: int = READABLE) -> None:
        """Start watching for `events`, and for DEAD in any case."""
        self._connections[fd] = connection
        self._epoll.register(fd, events)

    def watch(self, fd: int, events: int) -> None:
        """Watch for `events` from now on, and for DEAD in any case."""
        self._epoll.modify(fd, events)

    def remove(self, fd: int) -> None:
        """Stop watching. Has to come before the descriptor is closed."""
        del self._connections[fd]
        self._epoll.unregister(fd)

    def flush_soon(self, connection: Watched) -> None:
        """Call `flush` at the end of this turn of the hub."""
        if not self._unflushed:
            self._hub.schedule_call_global(0, self._flush)
        self._unflushed.append(connection)

    def _flush(self) -> None:
        connections, self._unflushed = self._unflushed, []
        for connection in connections:
            try:
                connection.flush()
            except Exception:  # as `call` does, with one function call less
                logger.exception("A connection failed and is dropped")
                connection.abort()

    def _turn(self, _epoll_fd: int) -> None:
        """Serve those that have something, for a share of the time; the rest are the first next."""
        ends = time.monotonic() + SHARE
        ready = self._ready or self._poll()
        ready.reverse()
        while ready:
            fd, connection, events = ready.pop()
            # Not if it was closed meanwhile, for example by what happened to another one.
            if connection is not None and self._connections.get(fd) is connection:
                self.turns.begin()
                self.call(connection.ready, connection, events)
                if time.monotonic() >= ends:
                    break
        ready.reverse()
        self._ready = ready

    def _poll(self) -> list[tuple[int, Watched | None, int]]:
        events = self._epoll.poll(0, EVENTS)
        return [(fd, self._connections.get(fd), mask) for fd, mask in events]

    def call(self, method: Callable[..., None], connection: Watched, *args: int) -> None:
        """Call a method of a connection, which is dropped if that fails.

        Whatever is wrong with one connection must not reach the hub: it would stop watching all.
        """
        try:
            method(*args)
        except Exception:
            logger.exception("A connection failed and is dropped")
            connection.abort()

    def _sweep(self) -> None:
        while True:
            eventlet.sleep(self.timeouts.tick)
            self.timeouts.sweep()


def _nobody(_exception: BaseException) -> None:
    """Eventlet's way to tell a waiting green thread that its descriptor is gone; none waits."""
