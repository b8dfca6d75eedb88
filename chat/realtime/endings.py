"""Ends connections: those of sessions that are over, and of people who have lost their name."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chat.accounts.known_sessions import KnownSessions
from chat.errors import Unavailable
from chat.realtime.connections import Connection
from chat.realtime.namespace import ChatNamespace
from chat.realtime.presence import Presence
from chat.storage.accounts import Key, Revocation

log = logging.getLogger(__name__)

OUTLASTED_EVERY = 60.0  # seconds between two searches for sessions whose last moment has passed

# Seconds between two attempts to learn whether those are good who were let in in an outage.
REFUTED_EVERY = 5.0


class Endings:
    """Ends connections in all namespaces, once it has them.

    Args:
        known: Knows which sessions are good.
        clock: Seconds since the epoch.
    """

    def __init__(self, known: KnownSessions, clock: Callable[[], float] = time.time) -> None:
        self._known = known
        self._clock = clock
        self._namespaces: Sequence[ChatNamespace] = ()
        self._presence: Presence

    def watch(self, namespaces: Sequence[ChatNamespace], presence: Presence) -> None:
        """From now on end connections in these namespaces.

        Args:
            namespaces: All.
            presence: Who is in each room.
        """
        self._namespaces = namespaces
        self._presence = presence

    def of_person(self, person: str) -> None:
        """End all connections of a person, given by the id."""
        for namespace in self._namespaces:
            namespace.disconnect_person(person)

    def of_session(self, key: Key) -> None:
        """End all connections of a session that has ended, without a grace period."""
        self._disconnect(key)
        person, _ = key
        self._presence.give_up_on(person)

    def _disconnect(self, key: Key) -> None:
        for namespace in self._namespaces:
            namespace.disconnect_person(*key)

    def of_former(self, person: str) -> None:
        """End those connections of a person that would not be let in again as they are.

        The session has ended, the person is banned, or has another name now. The page connects
        again if it may, and then shows the new name.
        """
        for namespace in self._namespaces:
            for connection in namespace.connections.of_person(person):
                if not self._is_as_before(connection):
                    namespace.disconnect(connection.sid)

    def _is_as_before(self, connection: Connection) -> bool:
        try:
            known = self._known.find(connection.key)
        except Unavailable:
            return False
        return (
            known is not None
            and not known.profile.is_banned
            and known.profile.name == connection.person.name
        )

    def revoked(self, revocation: Revocation) -> None:
        """End what another process took away: a session, or what somebody was allowed or called."""
        if revocation.session:
            key = revocation.person, revocation.session
            self._known.ended_elsewhere(key)
            self._disconnect(key)  # grace periods go on: they may be those of another device
        else:
            self._known.forget_person(revocation.person)
            self.of_former(revocation.person)

    def of_outlasted(self, sleep: Callable[[float], Any]) -> None:
        """End connections whose session is over, for as long as the process runs."""
        while True:
            sleep(OUTLASTED_EVERY)
            for namespace in self._namespaces:
                namespace.disconnect_outlasted(self._clock())

    def of_refuted(
        self, refuted: Callable[[], Iterable[Key]], sleep: Callable[[float], Any]
    ) -> None:
        """End connections that came in by an outage, for as long as the process runs.

        Args:
            refuted: Returns the sessions that were let in and shouldn't have been.
            sleep: Waits for some seconds.
        """
        while True:
            sleep(REFUTED_EVERY)
            try:
                for key in refuted():
                    self.of_session(key)
            except Exception:
                log.exception("Who came in by an outage could not be looked up")
