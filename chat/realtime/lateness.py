"""How long a message was on its way.

A network or a process may stand still for a while and then go on. A message that waited meanwhile
looks new, though its client may have given up and sent it again to another server.
"""

from collections.abc import Callable

from chat.clocks import steady
from chat.realtime.connections import Connection, Connections

BEAT = 0.5  # seconds between two heartbeats of this process
STANDSTILL = 2.0  # a heartbeat that is later than this (seconds) means that the process stood still
BACKLOG = 3.0  # seconds after a standstill in which messages that waited may still be read


class Lateness:
    """Tells how late a message is.

    Args:
        connections: Know the age of each connection.
        start_task: Runs a function in the background.
        sleep: Waits for seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        connections: Connections,
        start_task: Callable[[Callable[[], None]], object],
        sleep: Callable[[float], None],
        clock: Callable[[], float] = steady,
    ) -> None:
        self._connections = connections
        self._start_task = start_task
        self._sleep = sleep
        self._clock = clock
        self._beat_at: float | None = None
        self._stood_still = 0.0
        self._backlog_until = float("-inf")

    def of(self, connection: Connection, connected_ms: int | None) -> float:
        """Seconds that a message was on its way, at least 0.

        Args:
            connection: The one over which the message came.
            connected_ms: Age of the connection when the client sent the message, as the client
                counts. Clients of the first edition don't say; their messages count as late only
                after a standstill of this process.
        """
        if connected_ms is None:
            return self._backlog()
        return max(0.0, self._connections.age(connection) - connected_ms / 1000)

    def watch(self) -> None:
        """Start the heartbeat, which detects standstills of this process."""
        if self._beat_at is None:
            self._beat_at = self._clock()
            self._start_task(self._beat)

    def _beat(self) -> None:
        while True:
            self._sleep(BEAT)
            self._backlog()
            self._beat_at = self._clock()

    def _backlog(self) -> float:
        """Seconds that a message which is read now may have waited in a standstill."""
        now = self._clock()
        if self._beat_at is not None and now - self._beat_at - BEAT > STANDSTILL:
            self._stood_still = now - self._beat_at
            self._backlog_until = now + BACKLOG
            self._beat_at = now
        return self._stood_still if now < self._backlog_until else 0.0
