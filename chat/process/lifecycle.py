"""The readiness of the process, and its planned stop."""

import random
import time
from collections.abc import Callable

from chat.delivery.extension import SocketIO
from chat.errors import Unavailable
from chat.history.writer import Writer
from chat.realtime.broadcasts import Broadcasts
from chat.realtime.connections import Connections
from chat.realtime.read_markers import ReadMarkers
from chat.settings import SettingsError
from chat.storage import History

CHECK_EVERY = 2.0  # seconds for which a check of the history is cached: load balancers ask often

# Milliseconds over which the clients of a stopping process spread their reconnects, so that they
# don't all reach the next process at once.
RECONNECT_WITHIN_MS = 2000

# Seconds that clients have to receive unsent packets and to close their connections. Clients that
# don't, because they are offline, must not delay the start of the next process.
CLOSE_WITHIN = 3.0

# Seconds to store how far people have read. Their clients know it, too, so it may be left undone.
STORE_MARKERS_WITHIN = 1.0


class Lifecycle:
    """Whether the process can serve, and how it stops."""

    def __init__(
        self,
        history: History,
        writer: Writer,
        broadcasts: Broadcasts,
        connections: Connections,
        markers: ReadMarkers,
        socketio: SocketIO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._history = history
        self._writer = writer
        self._broadcasts = broadcasts
        self._connections = connections
        self._markers = markers
        self._socketio = socketio
        self._clock = clock
        self._stopping = False
        self._begin_listeners: list[Callable[[], None]] = []
        self._end_listeners: list[Callable[[], None]] = []
        self._checked_at = float("-inf")
        self._check_passed = False

    def when_stopping(self, listener: Callable[[], None]) -> None:
        """Register a function that is called when the planned stop begins."""
        self._begin_listeners.append(listener)

    def when_stopped(self, listener: Callable[[], None]) -> None:
        """Register a function that is called when all is stored and everybody has gone.

        The history is closed after that.
        """
        self._end_listeners.append(listener)

    def is_ready(self) -> bool:
        """Whether this process should get traffic: it isn't stopping, and its history works."""
        return not self._stopping and self._has_history()

    def _has_history(self) -> bool:
        if self._clock() - self._checked_at > CHECK_EVERY:
            self._checked_at = self._clock()
            try:
                self._history.check()
            except (Unavailable, SettingsError):
                self._check_passed = False
            else:
                self._check_passed = True
        return self._check_passed

    def drain(self, seconds: float) -> None:
        """Store what waits, and let all clients reconnect to the next process.

        Args:
            seconds: Deadline for all of this.
        """
        deadline = self._clock() + seconds
        self._stopping = True
        for listener in self._begin_listeners:
            listener()
        self._socketio.refuse_newcomers()
        self._writer.drain(seconds / 2)
        for sid in self._connections.sids():
            self._broadcasts.going_away(sid, random.randrange(RECONNECT_WITHIN_MS))  # noqa: S311
        self._socketio.drain(min(CLOSE_WITHIN, max(1.0, deadline - self._clock())))
        self._markers.drain(STORE_MARKERS_WITHIN)
        for listener in self._end_listeners:
            listener()
        self._history.close()
