"""How long a message was on its way.

Networks and processes stand still for a while and then go on. A message that waited meanwhile looks
like one that was just sent, though its sender may have given up and sent it again elsewhere.
"""

from collections.abc import Callable

from chat.clocks import steady
from chat.realtime.connections import Connection, Connections

BEAT = 0.5  # seconds between two signs of life of this process
STANDSTILL = 2.0  # seconds without one, after which what is read next counts as late
BACKLOG = 3.0  # seconds that it takes to read what waited meanwhile


class Lateness:
    """Tells how late a message is.

    Args:
        connections: They know how old they are.
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
        """Seconds, at least 0.

        Args:
            connection: It came over this one.
            connected_ms: How old that was, as the client counts, when the message left. Clients of
                the first edition don't say; their messages are late where this process stood still.
        """
        if connected_ms is None:
            return self._backlog()
        return max(0.0, self._connections.age(connection) - connected_ms / 1000)

    def watch(self) -> None:
        """Begin to notice when this process stands still."""
        if self._beat_at is None:
            self._beat_at = self._clock()
            self._start_task(self._beat)

    def _beat(self) -> None:
        while True:
            self._sleep(BEAT)
            self._backlog()
            self._beat_at = self._clock()

    def _backlog(self) -> float:
        """Seconds for which what is read now may have waited."""
        now = self._clock()
        if self._beat_at is not None and now - self._beat_at - BEAT > STANDSTILL:
            self._stood_still = now - self._beat_at
            self._backlog_until = now + BACKLOG
            self._beat_at = now
        return self._stood_still if now < self._backlog_until else 0.0
