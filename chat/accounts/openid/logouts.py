"""Logouts of which the provider has told, so that none is told twice."""

from typing import NamedTuple

from chat.accounts.openid.tokens import LEEWAY, LOGOUTS_ARE_NEW_FOR
from chat.clocks import Clock

REMEMBERED = 10_000  # logouts
REMEMBERED_FOR = LOGOUTS_ARE_NEW_FOR + 2 * LEEWAY  # seconds; older tokens are refused anyway


class LogOut(NamedTuple):
    """Who is signed out at the provider: all sessions of a subject, or one; one may be None.

    `id` is the token's own one.
    """

    subject: str | None
    provider_session: str | None
    id: str


class Logouts:
    """Remembers the ids of logout tokens.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}  # the oldest first

    def is_new(self, id_: str) -> bool:
        """Whether this id was never seen; it is from now on."""
        now = self._clock()
        while self._until and self._until[oldest := next(iter(self._until))] <= now:
            del self._until[oldest]
        if id_ in self._until:
            return False
        self._until[id_] = now + REMEMBERED_FOR
        if len(self._until) > REMEMBERED:
            del self._until[next(iter(self._until))]
        return True

    def forget(self, id_: str) -> None:
        """From now on this id was never seen."""
        self._until.pop(id_, None)
