"""The event `delays`: news of people who are connected to other processes may come late."""

from collections.abc import Callable

from chat.realtime.broadcasts import Broadcasts, Event
from chat.realtime.connections import Connection
from chat.realtime.namespace import ChatNamespace

DELAYS = Event("delays")

AUDIENCE = 125  # connections that are told in one batch; other tasks get their turn between


class Delays:
    """Tells everybody when it begins and ends, and newcomers while it is so.

    Args:
        namespace: /rooms.
        broadcasts: Sends the event.
        start_task: Runs a function in the background.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        namespace: ChatNamespace,
        broadcasts: Broadcasts,
        start_task: Callable[[Callable[[], None]], object],
        sleep: Callable[[float], object],
    ) -> None:
        self._connections = namespace.connections
        self._broadcasts = broadcasts
        self._start_task = start_task
        self._sleep = sleep
        self._are_expected = False
        namespace.when_connected(self._connected)

    def set(self, are_expected: bool) -> None:
        """From now on delays are expected, or no longer."""
        self._are_expected = are_expected
        self._start_task(self._tell_all)

    def _tell_all(self) -> None:
        sids = self._connections.sids()
        for start in range(0, len(sids), AUDIENCE):
            self._tell(sids[start : start + AUDIENCE])
            self._sleep(0)

    def _connected(self, connection: Connection) -> None:
        if self._are_expected:  # told after the connect is answered: some clients drop it before
            self._start_task(lambda: self._tell([connection.sid]))

    def _tell(self, sids: list[str]) -> None:
        self._broadcasts.to_connections(DELAYS, {"expected": self._are_expected}, sids)
