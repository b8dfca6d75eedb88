"""Bans: an administrator shuts somebody out, until one lets the person in again."""

import logging
from collections.abc import Callable
from typing import Any

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.sessions import SignedIn
from chat.errors import Forbidden, Invalid
from chat.storage.accounts import Accounts, Revocation

log = logging.getLogger(__name__)


class Bans:
    """Bans people, and lets them in again.

    Args:
        accounts: The records.
        known: Ends sessions, and tells other processes.
        revoked: Called with what was taken away, which ends connections.
    """

    def __init__(
        self,
        accounts: Accounts,
        known: KnownSessions,
        revoked: Callable[[Revocation], Any],
    ) -> None:
        self._accounts = accounts
        self._known = known
        self._revoked = revoked

    def ban(self, administrator: SignedIn, person: str) -> None:
        """Shut somebody out: no session is good any more, and no new one begins.

        Args:
            administrator: Who does it.
            person: The id of the person.

        Raises:
            chat.errors.Forbidden: Only administrators may.
            chat.errors.Invalid: One can't shut oneself out.
            chat.errors.Unavailable: The storage can't be reached.
        """
        self._require(administrator)
        if person == administrator.person.id:
            raise Invalid("You can't shut yourself out.")
        with self._known.revoking(person) as revocation:
            self._accounts.ban(person, True)
        self._revoked(revocation)
        log.info("%s has shut out %s", administrator.person.id, person)

    def lift(self, administrator: SignedIn, person: str) -> None:
        """Let somebody sign in again; the sessions from before stay worthless.

        Raises:
            chat.errors.Forbidden: Only administrators may.
            chat.errors.Unavailable: The storage can't be reached.
        """
        self._require(administrator)
        for session in self._accounts.sessions(person):
            self._known.end(session.key, session.until)
        self._accounts.ban(person, False)
        self._known.forget_person(person)
        log.info("%s has let in %s again", administrator.person.id, person)

    def _require(self, administrator: SignedIn) -> None:
        if not administrator.is_administrator:
            raise Forbidden("Only administrators may do that.")
