"""Sessions: who is signed in, kept in the signed session cookie."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import flask

from chat.accounts.ended_sessions import EndedSessions
from chat.accounts.names import clean_name
from chat.accounts.names_in_use import NamesInUse
from chat.accounts.person import Person
from chat.errors import Conflict, Unauthorized

_PERSON, _SINCE = "person", "since"  # keys in the cookie

# Seconds from the sign-in to the end of a session, however much it is used: a cookie that was
# stolen unnoticed must not be valid for ever.
LASTS = 30 * 86_400.0

# Seconds after the start of the process in which people who signed in before it have priority for
# their names. Names in use are in memory only, so a stranger could take one before its owner is
# connected again.
OWNERS_FIRST_FOR = 120.0


class Sessions:
    """Begins, checks and ends the session of the request at hand.

    Args:
        names: The names in use.
        ended: The sessions that have ended.
        disconnect: Called with the id of a person who has lost the name to its owner.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        names: NamesInUse,
        ended: EndedSessions,
        disconnect: Callable[[str], Any],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._names = names
        self._ended = ended
        self._disconnect = disconnect
        self._clock = clock
        self._started = clock()

    def begin(self, raw_name: str) -> Person:
        """Sign in a new person; the previous session of the browser ends.

        Raises:
            chat.errors.Invalid: The name is not allowed.
            chat.errors.Conflict: The name is in use, or looks like one that is.
        """
        person = Person(secrets.token_hex(8), clean_name(raw_name))
        previous = self.current()
        self._names.take(person.name, person.id, instead_of=previous.id if previous else None)
        self.end()
        flask.session[_PERSON] = list(person)
        flask.session[_SINCE] = self._clock()
        flask.session.permanent = True
        return person

    def current(self) -> Person | None:
        """The person who is signed in, if the session hasn't ended."""
        return self.owner(flask.session)

    def owner(self, session: Mapping[str, Any]) -> Person | None:
        """Whose session it is, if it hasn't ended."""
        stored, since = session.get(_PERSON), session.get(_SINCE)
        if not stored or since is None or self._clock() > since + LASTS:
            return None
        person = Person(*stored)
        return None if person.id in self._ended else person

    def visit(self) -> Person:
        """The person who is signed in and asks for a page; unlike `connect` this keeps no name.

        Raises:
            chat.errors.Unauthorized: Nobody is signed in, or someone else took the name meanwhile.
        """
        person = self._owner_or_refusal(flask.session)
        try:
            comes_first = self._comes_first(flask.session)
            self._names.check(person.name, person.id, comes_first=comes_first)
        except Conflict as error:
            raise Unauthorized(error.message) from None
        return person

    def connect(self, session: Mapping[str, Any], person_id: object = None) -> Person:
        """The person who is signed in and connects; the name is theirs while they are connected.

        Args:
            session: That of the request that opened the connection.
            person_id: The person whose page the client shows; None if it doesn't say.

        Raises:
            chat.errors.Unauthorized: Nobody is signed in, or not that person, or someone else took
                the name meanwhile.
        """
        person = self._owner_or_refusal(session)
        if person_id is not None and person_id != person.id:
            raise Unauthorized("Somebody else has signed in here meanwhile.")
        try:
            comes_first = self._comes_first(session)
            losers = self._names.take(person.name, person.id, comes_first=comes_first)
        except Conflict as error:
            raise Unauthorized(error.message) from None
        for loser in losers:
            self._disconnect(loser)
        return person

    def _owner_or_refusal(self, session: Mapping[str, Any]) -> Person:
        if person := self.owner(session):
            return person
        raise Unauthorized("Sign in first.")

    def _comes_first(self, session: Mapping[str, Any]) -> bool:
        """Whether the person has priority: the session is older than a process that is new."""
        began_before = bool(session[_SINCE] < self._started)
        return began_before and self._clock() < self._started + OWNERS_FIRST_FOR

    def has_ended(self, person: Person) -> bool:
        """Whether the session of a person has ended."""
        return person.id in self._ended

    def keep_name(self, person: Person) -> None:
        """Keep the name of somebody whose connection has ended for a little longer."""
        self._names.keep(person.name, person.id)

    def end(self) -> Person | None:
        """Sign out; returns the person, or None if nobody was signed in."""
        person = self.current()
        expires_at = flask.session.get(_SINCE, 0.0) + LASTS
        flask.session.clear()
        if person:
            self._names.give_back(person.name, person.id)
            self._ended.add(person.id, expires_at)
        return person
