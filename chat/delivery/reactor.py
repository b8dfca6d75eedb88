"""Connects all WebSockets to eventlet's hub.

Eventlet usually gives each connection a green thread that waits for it. Here the connections are
in an epoll set of their own, and the hub watches that set as one file descriptor: when any
connections are ready, the hub calls back once.

Frames that are sent during one turn of the hub are written at the end of the turn, so a burst of
messages costs one system call per receiver. A single message isn't delayed by that.
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

# Eventlet's patched `select` has no epoll.
_select = eventlet.patcher.original("select")

READABLE: int = select.EPOLLIN
WRITABLE: int = select.EPOLLOUT
DEAD: int = select.EPOLLHUP | select.EPOLLERR
GONE: int = select.EPOLLRDHUP  # the peer has closed the connection, at least for sending

# Each arrival, and the end, is told once, not for as long as it isn't read. So to pause and resume
# needs no system call; most connections do that while everybody connects at once.
ARRIVALS: int = READABLE | GONE | select.EPOLLET

RECEIVE = 64 * 1024  # bytes read from one connection per turn
EVENTS = 512  # connections per call of epoll_wait, which returns the longest ready ones first


class Flushed(Protocol):
    """A connection with a send buffer."""

    def flush(self) -> None:
        """Write the send buffer, as far as the socket accepts it."""

    def abort(self) -> None:
        """Drop the connection at once."""


class Watched(Timed, Flushed, Protocol):
    """A connection that the reactor calls back."""

    def ready(self, events: int) -> None:
        """Handle READABLE, WRITABLE, GONE or DEAD."""


class Reactor:
    """Waits for all connections of the process.

    An instance may be used only in the operating system's thread that created it.

    Args:
        most_held: Budget for the buffers of all connections together, in bytes.
        tick: Seconds between two sweeps of the timeouts.
    """

    def __init__(self, most_held: int = sys.maxsize, tick: float = 1.0) -> None:
        self.held = Held(most_held)
        self.timeouts = Wheel(tick)
        self.turns = Turns()
        self.received = memoryview(bytearray(RECEIVE))  # receive buffer, shared: copy from it
        self._connections: dict[int, Watched] = {}
        # Events of epoll that are not handled yet. Each has its connection, since its descriptor
        # may be closed and reused for another connection by then.
        self._ready: list[tuple[int, Watched | None, int]] = []
        self._is_scheduled = False  # whether the hub will call for the rest of _ready
        self._unflushed: list[Flushed] = []
        self._epoll = _select.epoll()
        self._hub = hubs.get_hub()
        # The number may be that of a socket just closed for which a green thread still waits.
        hubs.notify_opened(self._epoll.fileno())
        self._hub.add(self._hub.READ, self._epoll.fileno(), self._turn, _no_throwback, None)
        eventlet.spawn_n(self._sweep)

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, fd: int, connection: Watched, events: int) -> None:
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

    def flush_soon(self, connection: Flushed) -> None:
        """Call `flush` at the end of this turn of the hub."""
        if not self._unflushed:
            self._hub.schedule_call_global(0, self._flush)
        self._unflushed.append(connection)

    def _flush(self) -> None:
        connections, self._unflushed = self._unflushed, []
        for connection in connections:
            try:
                connection.flush()
            except Exception:  # the same as in `call`, inlined for speed
                logger.exception("A connection failed and is dropped")
                connection.abort()

    def _turn(self, _epoll_fd: int) -> None:
        """Serve ready connections for SHARE seconds; the rest are the first in the next turn."""
        ends = time.monotonic() + SHARE
        ready = self._ready or self._poll()
        ready.reverse()
        while ready:
            fd, connection, events = ready.pop()
            # Skip it if it was closed meanwhile, for example while another one was served.
            if connection is not None and self._connections.get(fd) is connection:
                self.turns.begin()
                self.call(connection.ready, connection, events)
                if time.monotonic() >= ends:
                    break
        ready.reverse()
        self._ready = ready
        if ready and not self._is_scheduled:  # the hub calls only for what epoll hasn't told yet
            self._is_scheduled = True
            self._hub.schedule_call_global(0, self._go_on)

    def _go_on(self) -> None:
        self._is_scheduled = False
        self._turn(self._epoll.fileno())

    def _poll(self) -> list[tuple[int, Watched | None, int]]:
        events = self._epoll.poll(0, EVENTS)
        return [(fd, self._connections.get(fd), mask) for fd, mask in events]

    def call(self, method: Callable[..., None], connection: Watched, *args: int) -> None:
        """Call a method of a connection; if it raises, drop the connection.

        An exception must not reach the hub: it would stop watching all connections.
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


def _no_throwback(_exception: BaseException) -> None:
    """Do nothing: the hub calls this for a closed descriptor, and no green thread waits for it."""
