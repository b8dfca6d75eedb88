"""Sessions: who is signed in, by the signed session cookie and the records of the storage."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import flask

from chat.accounts.known_sessions import Known, KnownSessions
from chat.accounts.names_in_use import NamesInUse
from chat.accounts.person import Person
from chat.errors import Conflict, Unauthorized, Unavailable
from chat.storage.accounts import Key, Profile, Session

_PERSON, _SESSION, _SINCE = "person", "session", "since"  # keys in the cookie

# Seconds from the sign-in to the end of a session, however much it is used: a cookie that was
# stolen unnoticed must not be valid for ever.
LASTS = 30 * 86_400.0

# Seconds after the start of the process in which people who signed in before it have priority for
# their names. Names in use are in memory only, so a stranger could take one before its owner is
# connected again.
OWNERS_FIRST_FOR = 120.0

SIGN_IN_FIRST = "Sign in first."
BANNED = "An administrator has shut you out of this chat."


class SignedIn(NamedTuple):
    """Who is signed in, and with which session.

    `since` and `until`, the session's last moment, are in seconds since the epoch.
    """

    person: Person
    session: str
    since: float
    until: float
    is_administrator: bool = False

    @property
    def key(self) -> Key:
        """The key of the session."""
        return self.person.id, self.session


class Sessions:
    """Begins, checks and ends the session of the request at hand.

    Args:
        known: Which sessions are good.
        names: The names in use; None where a name belongs to an account.
        disconnect: Called with the id of a person who has lost the name to its owner.
        recheck: Called with a session that is good; raises `Unauthorized` if the OpenID provider
            doesn't let the person in any more.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        known: KnownSessions,
        names: NamesInUse | None,
        disconnect: Callable[[str], Any],
        recheck: Callable[[Known], Any] = lambda _known: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._known = known
        self._names = names
        self._disconnect = disconnect
        self._recheck = recheck
        self._clock = clock
        self._started = clock()
        self._unsure: dict[Key, SignedIn] = {}  # let in while the storage couldn't be reached

    def begin(
        self,
        profile: Profile,
        device: str,
        *,
        ticket: Key | None = None,
        provider_session: str = "",
        refresh_token: str = "",
        id_token: str = "",
    ) -> SignedIn:
        """Sign somebody in; the previous session of the browser has to have ended.

        Args:
            profile: Who it is.
            device: Says in words what the browser is.
            ticket: By which the person signs in, if there is one.
            provider_session: The `sid` of the OpenID provider.
            refresh_token: Asks the provider whether the person may still be here.
            id_token: Ends the session with the provider.
        """
        now = self._clock()
        session = Session(
            secrets.token_urlsafe(12),
            profile.id,
            device,
            since=now,
            last_seen=now,
            until=now + LASTS,
            provider_session=provider_session,
            refresh_token=refresh_token,
            id_token=id_token,
            checked_at=now,
        )
        self._known.begin(profile, session, ticket)
        flask.session[_PERSON] = [profile.id, profile.name]
        flask.session[_SESSION] = session.id
        flask.session[_SINCE] = now
        flask.session.permanent = True
        return SignedIn(Person(profile.id, profile.name), session.id, now, session.until)

    def rename(self, profile: Profile) -> None:
        """Put a new name into the cookie of the browser, for outages of the storage."""
        flask.session[_PERSON] = [profile.id, profile.name]

    def current(self) -> SignedIn | None:
        """Who is signed in with the request at hand, if the session is good."""
        return self.owner(flask.session)

    def owner(self, cookie: Mapping[str, Any]) -> SignedIn | None:
        """Whose session it is, if it is good.

        Args:
            cookie: What the signed cookie has.
        """
        try:
            return self.check(cookie)
        except Unauthorized:
            return None

    def check(self, cookie: Mapping[str, Any]) -> SignedIn:
        """Whose session it is.

        While the storage can't be reached, a session that isn't known yet is good by the cookie's
        signature alone, so that an outage keeps nobody out. `refuted` says later which were not.

        Args:
            cookie: What the signed cookie has.

        Raises:
            chat.errors.Unauthorized: The session isn't good; says why if somebody else ended it.
        """
        signed_in = self._in_cookie(cookie)
        try:
            return self._confirm(signed_in)
        except Unavailable:
            self._unsure[signed_in.key] = signed_in
            return signed_in

    def _in_cookie(self, cookie: Mapping[str, Any]) -> SignedIn:
        person, session, since = cookie.get(_PERSON), cookie.get(_SESSION), cookie.get(_SINCE)
        if not person or not session or since is None or self._clock() > since + LASTS:
            raise Unauthorized(SIGN_IN_FIRST)
        return SignedIn(Person(*person), session, since, since + LASTS)

    def _confirm(self, signed_in: SignedIn) -> SignedIn:
        """What the storage says of a session; raises `Unauthorized` if it isn't good."""
        known = self._find(signed_in)
        if known.profile.is_banned:
            raise Unauthorized(BANNED)
        self._recheck(known)
        profile = known.profile
        if profile.name == signed_in.person.name and not profile.is_administrator:
            return signed_in  # nearly always; each connection asks three times
        person = Person(profile.id, profile.name)
        return signed_in._replace(person=person, is_administrator=profile.is_administrator)

    def _find(self, signed_in: SignedIn) -> Known:
        known = self._known.find(signed_in.key)
        if known is None or known.session.is_ticket:
            raise Unauthorized(SIGN_IN_FIRST)
        return known

    def is_sure(self, key: Key) -> bool:
        """Whether a session that was let in is good by more than its signature."""
        return key not in self._unsure

    def refuted(self) -> Iterator[Key]:
        """The sessions that were let in by their signature alone, and aren't good.

        There are none before the storage can be reached again.
        """
        for key, signed_in in list(self._unsure.items()):
            try:
                self._confirm(signed_in)
            except Unauthorized:
                yield key
            except Unavailable:
                return
            del self._unsure[key]

    def visit(self) -> SignedIn:
        """Who is signed in and asks for a page; unlike `connect` this keeps no name.

        Raises:
            chat.errors.Unauthorized: Nobody is signed in, or someone else took the name meanwhile.
        """
        signed_in = self.check(flask.session)
        if self._names:
            person, comes_first = signed_in.person, self._comes_first(signed_in)
            try:
                self._names.check(person.name, person.id, comes_first=comes_first)
            except Conflict as error:
                raise Unauthorized(error.message) from None
        return signed_in

    def connect(self, cookie: Mapping[str, Any], person_id: object = None) -> SignedIn:
        """Who is signed in and connects; the name is theirs while they are connected.

        Args:
            cookie: What the signed cookie of the request has that opened the connection.
            person_id: The person whose page the client shows; None if it doesn't say.

        Raises:
            chat.errors.Unauthorized: Nobody is signed in, or not that person, or someone else took
                the name meanwhile.
        """
        signed_in = self.check(cookie)
        if person_id is not None and person_id != signed_in.person.id:
            raise Unauthorized("Somebody else has signed in here meanwhile.")
        if self._names:
            self._take_name(self._names, signed_in)
        return signed_in

    def _take_name(self, names: NamesInUse, signed_in: SignedIn) -> None:
        person, comes_first = signed_in.person, self._comes_first(signed_in)
        try:
            losers = names.take(person.name, person.id, comes_first=comes_first)
        except Conflict as error:
            raise Unauthorized(error.message) from None
        for loser in losers:
            self._disconnect(loser)

    def _comes_first(self, signed_in: SignedIn) -> bool:
        """Whether the person has priority: the session is older than a process that is new."""
        began_before = signed_in.since < self._started
        return began_before and self._clock() < self._started + OWNERS_FIRST_FOR

    def keep_name(self, person: Person) -> None:
        """Keep the name of somebody whose connection has ended for a little longer."""
        if self._names:
            self._names.keep(person.name, person.id)

    def id_token(self) -> str:
        """What ends the session with the OpenID provider; empty if that is unknown."""
        try:
            known = self._known.find(self._in_cookie(flask.session).key)
        except (Unauthorized, Unavailable):
            return ""
        return known.session.id_token if known else ""

    def has_ended(self, key: Key) -> bool:
        """Whether a session has ended, as far as this process knows."""
        return self._known.has_ended(key)

    def end(self) -> SignedIn | None:
        """End the session of the request at hand; returns None if there is none to end.

        Whether the person may be here isn't asked: a session of somebody who is banned ends, too.
        """
        signed_in = self._to_end()
        for key in (_PERSON, _SESSION, _SINCE, "csrf_token"):
            flask.session.pop(key, None)
        if signed_in:
            if self._names:
                self._names.give_back(signed_in.person.name, signed_in.person.id)
            self._known.end(signed_in.key, signed_in.until)
        return signed_in

    def _to_end(self) -> SignedIn | None:
        try:
            signed_in = self._in_cookie(flask.session)
            self._find(signed_in)
        except Unauthorized:
            return None
        except Unavailable:
            pass  # the end is recorded later
        return signed_in
