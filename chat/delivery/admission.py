"""Who may open a session, how often, and how much a client may send that is no event."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from chat.delivery.allowance import Allowance
from chat.delivery.networks import network
from chat.delivery.newcomers import Newcomers

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

# What a client may send in a period beside events, which the application limits: requests to be let
# into a namespace, or to leave it, acknowledgements that nobody waits for, pings and pongs, HTTP
# requests that are repeated, and WebSockets for an upgrade.
PERIOD = 10  # seconds
PACKETS = 100
STRANGERS_PACKETS = 10

# Sessions that all strangers of one address may open, and in which time. A browser opens one only
# when its session has ended meanwhile. The time is short, so that floods don't come in waves.
STRANGERS_HANDSHAKES = 10
STRANGERS_PERIOD = 2  # seconds

FULL = "503 SERVICE UNAVAILABLE"
TOO_OFTEN = "429 TOO MANY REQUESTS"


class Opener(NamedTuple):
    """Who opens a session: a member, or a stranger, who is known by the address."""

    key: str
    is_member: bool


class Admission:
    """Counts sessions of members and of strangers, and what they send beside events.

    Args:
        max_sessions: How many members may be here, whether they are let in above or not.
        max_handshakes: How many sessions a member may open in PERIOD; 0 for no limit.
        member_of: See `Engine`.
    """

    def __init__(
        self,
        max_sessions: int,
        max_handshakes: int,
        member_of: Callable[["WSGIEnvironment"], str | None] | None,
    ) -> None:
        self._max_sessions = max_sessions
        self._member_of = member_of
        self._newcomers = Newcomers()
        self._handshakes = Allowance(max_handshakes, PERIOD)
        self._handshakes_of_strangers = Allowance(
            min(max_handshakes, STRANGERS_HANDSHAKES), STRANGERS_PERIOD
        )
        self._packets = Allowance(PACKETS, PERIOD)
        self._packets_of_strangers = Allowance(STRANGERS_PACKETS, PERIOD)

    def who(self, environ: "WSGIEnvironment") -> Opener:
        """Who sends a request."""
        address = network(environ.get("REMOTE_ADDR", ""))
        member = self._member_of(environ) if self._member_of else address
        return Opener(member or address, member is not None)

    def refuse(self, who: Opener, sessions: int) -> str | None:
        """The HTTP status for a client that can't open a session now; otherwise the session counts.

        Args:
            who: Who wants to open it.
            sessions: How many there are.
        """
        members = sessions - self._newcomers.strangers
        if who.is_member and members >= self._max_sessions:
            return FULL
        if not self._newcomers.has_room(who.key, is_member=who.is_member):
            return FULL
        handshakes = self._handshakes if who.is_member else self._handshakes_of_strangers
        return None if handshakes.spend(who.key) else TOO_OFTEN

    def add(self, sid: str, who: Opener) -> None:
        """Count a new session as that of a newcomer."""
        self._newcomers.add(sid, who.key, is_member=who.is_member)

    def discard(self, sid: str) -> None:
        """A session was let in above, or has ended: it is no newcomer any more."""
        self._newcomers.discard(sid)

    def afford(self, sid: str, cost: int) -> bool:
        """Whether a client may send so many more packets that are no events."""
        is_newcomer = sid in self._newcomers
        return (self._packets_of_strangers if is_newcomer else self._packets).spend(sid, cost)
