"""Sign-in by name, without passwords: for a laptop, and for a team that shares a join code."""

import secrets

from chat.accounts.join_code import JoinCode
from chat.accounts.known_sessions import KnownSessions
from chat.accounts.names import clean_name
from chat.accounts.names_in_use import NamesInUse
from chat.accounts.sessions import BANNED, SIGN_IN_FIRST, Sessions, SignedIn
from chat.accounts.tickets import Tickets
from chat.errors import Forbidden, Unauthorized, Unavailable
from chat.storage.accounts import Profile


class SignInByName:
    """Signs people in and out.

    A browser keeps its people over a sign-out: who signs in again with the same name is the same
    person. In another browser that name makes another person.

    Args:
        known: Which sessions are good, and whose they are.
        sessions: Begin and end.
        tickets: As whom a browser may sign in again.
        names: The names in use.
        join_code: What newcomers have to know.
    """

    def __init__(
        self,
        known: KnownSessions,
        sessions: Sessions,
        tickets: Tickets,
        names: NamesInUse,
        join_code: JoinCode,
    ) -> None:
        self._known = known
        self._sessions = sessions
        self._tickets = tickets
        self._names = names
        self._join_code = join_code

    def sign_in(self, raw_name: str, code: str, address: str, device: str) -> SignedIn | None:
        """Sign somebody in; the previous session of the browser ends.

        Args:
            raw_name: As it was typed.
            code: The join code, as it was typed.
            address: Of the client; for IPv6 its /64 network.
            device: Says in words what the browser is.

        Returns:
            The previous session; None if nobody was signed in.

        Raises:
            chat.errors.Invalid: The name is not allowed.
            chat.errors.Conflict: The name is in use, or looks like one that is.
            chat.errors.Forbidden: The join code is wrong, or the person is banned.
            chat.errors.RateLimited: Too many wrong codes came from that address.
        """
        name = clean_name(raw_name)
        previous = self._sessions.current()
        known = self._tickets.find(name)
        is_here = previous is not None and self._sessions.is_sure(previous.key)
        if known is None and not is_here:
            self._join_code.check(code, address)
        if known and known.is_banned:
            raise Forbidden(BANNED)
        profile = known or Profile(secrets.token_hex(8), name)
        instead_of = previous.person.id if previous else None
        self._names.take(profile.name, profile.id, instead_of=instead_of)
        self.sign_out()
        self._sessions.begin(profile, device, ticket=self._tickets.of(profile.id))
        self._tickets.keep(profile)
        return previous

    def sign_out(self) -> tuple[SignedIn | None, str]:
        """End the session of the browser.

        Returns:
            It, or None if nobody was signed in; and an empty text, because there is no OpenID
            provider with which the browser has a session, too.
        """
        signed_in = self._sessions.end()
        if signed_in:
            self._tickets.replace()
        return signed_in, ""

    def rename(self, signed_in: SignedIn, raw_name: str) -> None:
        """Give somebody another name from now on; older messages keep theirs.

        Args:
            signed_in: Who it is.
            raw_name: As it was typed.

        Raises:
            chat.errors.Invalid: The name is not allowed.
            chat.errors.Conflict: The name is in use, or looks like one that is.
            chat.errors.Unauthorized: The session has ended meanwhile.
            chat.errors.Unavailable: The storage can't be reached; the name stays.
        """
        name, former = clean_name(raw_name), signed_in.person
        self._known.forget_person(former.id)  # the rights in the profile have to be those of now
        known = self._known.find(signed_in.key)
        if known is None:
            raise Unauthorized(SIGN_IN_FIRST)
        profile = known.profile._replace(name=name)
        self._names.take(name, former.id)
        try:
            self._known.rename(profile)
        except Unavailable:
            self._names.give_back(name, former.id, but=former.name)
            raise
        self._names.give_back(former.name, former.id, but=name)
        self._sessions.rename(profile)
        self._tickets.keep(profile)

    def forget(self, person: str) -> None:
        """Let the browser sign in as this person no more, given by the id."""
        self._tickets.forget(person)
