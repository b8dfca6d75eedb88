"""Sign-outs and bans: other processes look at once what was taken away."""

from collections.abc import Callable

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.revocations import Revocations as Log
from chat.bus.beats import ALL
from chat.bus.bus import Bus
from chat.bus.envelope import Publication


class Revocations:
    """Tells the others to look into the log of revocations, and does so when they say it.

    Args:
        bus: Tells the other processes.
        known: Writes to the log.
        log: Reads it.
        start_task: Runs a function in the background.
    """

    def __init__(
        self,
        bus: Bus,
        known: KnownSessions,
        log: Log,
        start_task: Callable[[Callable[[], None]], object],
    ) -> None:
        self._log = log
        self._start_task = start_task
        known.when_revoked(lambda: bus.publish(ALL, "revoked", None))
        bus.handle("revoked", self._told)

    def _told(self, _told: Publication) -> None:
        self._start_task(self._log.hurry)  # it reads the storage
