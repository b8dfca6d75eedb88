"""Somebody's own sessions: where one is signed in, and how one ends that from afar."""

from collections.abc import Callable

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.sessions import SignedIn
from chat.storage.accounts import Accounts, Key, Session


class OwnSessions:
    """Lists and ends the sessions of one person.

    Args:
        accounts: The records.
        known: Ends sessions, and tells other processes.
        sign_out: Ends the session of the request at hand, with what its browser keeps of it.
            Returns it, and where the browser ends its session with the OpenID provider.
    """

    def __init__(
        self,
        accounts: Accounts,
        known: KnownSessions,
        sign_out: Callable[[], tuple[SignedIn | None, str]],
    ) -> None:
        self._accounts = accounts
        self._known = known
        self._sign_out = sign_out

    def of(self, signed_in: SignedIn) -> list[Session]:
        """The sessions of a person, without tickets.

        Raises:
            chat.errors.Unavailable: The storage can't be reached.
        """
        return [each for each in self._accounts.sessions(signed_in.person.id) if not each.is_ticket]

    def end(self, signed_in: SignedIn, session: str) -> Key | None:
        """End one session; returns None if the person has none of that id.

        Raises:
            chat.errors.Unavailable: The storage can't be reached.
        """
        found = next((each for each in self.of(signed_in) if each.id == session), None)
        if not found:
            return None
        return self._end(found)

    def end_all(self, signed_in: SignedIn) -> tuple[list[Key], str]:
        """Sign a person out everywhere: no browser may sign in as this person again but this one.

        Returns:
            The sessions that have ended, and where the browser goes on as after `sign_out`.

        Raises:
            chat.errors.Unavailable: The storage can't be reached; nothing has ended.
        """
        records = self._accounts.sessions(signed_in.person.id)  # tickets, too
        _, address = self._sign_out()  # makes a new ticket, which isn't among the records
        ended = [self._end(each) for each in records if not self._known.has_ended(each.key)]
        return [signed_in.key, *ended], address

    def _end(self, session: Session) -> Key:
        self._known.end(session.key, session.until)
        return session.key
