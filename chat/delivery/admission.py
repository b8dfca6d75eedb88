"""Who may open a session, how often, and how many control packets a client may send."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from chat.delivery.allowance import Allowance
from chat.delivery.networks import network
from chat.delivery.newcomers import Newcomers

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

# Control packets that one session may send in a period: everything but events, which the
# application limits. These are requests to connect to a namespace or to leave it, acknowledgements
# that the server didn't ask for, pings and pongs, tiny fragments, HTTP requests without new data,
# and WebSockets for an upgrade.
PERIOD = 10  # seconds
PACKETS = 100
NEWCOMERS_PACKETS = 10

# Sessions that all strangers of one address together may open in STRANGERS_PERIOD. A browser
# connects as a stranger only if its person was signed out after the page was loaded. The period is
# short, so that the allowed part of a flood is spread out and not a burst every ten seconds.
STRANGERS_HANDSHAKES = 10
STRANGERS_PERIOD = 2  # seconds

FULL = "503 SERVICE UNAVAILABLE"
TOO_OFTEN = "429 TOO MANY REQUESTS"


class Opener(NamedTuple):
    """The client that opens a session: `key` is the member's id or the stranger's address."""

    key: str
    is_member: bool


class Admission:
    """Limits the sessions of members and of strangers, and the control packets that they send.

    Args:
        max_sessions: Limit of all sessions except those of strangers that are not admitted yet.
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
        self._packets_of_newcomers = Allowance(NEWCOMERS_PACKETS, PERIOD)

    def who(self, environ: "WSGIEnvironment") -> Opener:
        """The client that sent a request."""
        address = network(environ.get("REMOTE_ADDR", ""))
        member = self._member_of(environ) if self._member_of else address
        return Opener(member or address, member is not None)

    def refuse(self, who: Opener, sessions: int) -> str | None:
        """Check whether a client may open a session; if so, charge one handshake to it.

        Args:
            who: The client.
            sessions: The number of open sessions.

        Returns:
            None if it may; otherwise the HTTP status to answer with.
        """
        members = sessions - self._newcomers.strangers
        if who.is_member and members >= self._max_sessions:
            return FULL
        if not self._newcomers.has_room(who.key, is_member=who.is_member):
            return FULL
        handshakes = self._handshakes if who.is_member else self._handshakes_of_strangers
        return None if handshakes.spend(who.key) else TOO_OFTEN

    def add(self, sid: str, who: Opener) -> None:
        """Register a new session as a newcomer's."""
        self._newcomers.add(sid, who.key, is_member=who.is_member)

    def discard(self, sid: str) -> None:
        """Stop counting a session as a newcomer's: it was admitted, or has ended."""
        self._newcomers.discard(sid)

    def afford(self, sid: str, cost: int) -> bool:
        """Charge `cost` control packets to a session; False if it exceeds its budget."""
        is_newcomer = sid in self._newcomers
        return (self._packets_of_newcomers if is_newcomer else self._packets).spend(sid, cost)
