"""Tickets: with one, a browser signs in as the same person again, though there are no passwords.

They are in the session cookie, beside the session itself, and the storage has a record of each.
Every sign-out replaces them, so that a cookie which was copied before it is worthless.
"""

import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

import flask

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.look_alikes import look_alikes
from chat.accounts.person import Person
from chat.errors import Unavailable
from chat.storage.accounts import Key, Profile, Session

_TICKETS = "tickets"  # key in the cookie

LASTS = 400 * 86_400.0  # seconds; browsers keep no cookie for longer

KEPT = 3  # people of one browser; each makes every request 60 bytes longer


class Ticket(NamedTuple):
    """One ticket, as the cookie has it; `until` is in seconds since the epoch."""

    person: str
    name: str
    id: str
    until: float

    @property
    def key(self) -> Key:
        """The key of its record."""
        return self.person, self.id


class Tickets:
    """The tickets of the browser that sent the request at hand.

    Args:
        known: Which tickets are good.
        clock: Seconds since the epoch.
    """

    def __init__(self, known: KnownSessions, clock: Callable[[], float] = time.time) -> None:
        self._known = known
        self._clock = clock

    def people(self) -> list[Person]:
        """Whom the browser may sign in as, the latest first, as far as the cookie knows."""
        return [Person(ticket.person, ticket.name) for ticket in self._in_cookie()]

    def _in_cookie(self) -> list[Ticket]:
        now = self._clock()
        tickets = (Ticket(*each) for each in flask.session.get(_TICKETS, []))
        return [ticket for ticket in tickets if ticket.until >= now]

    def find(self, name: str) -> Profile | None:
        """The person of that name, or nearly so, as whom the browser may sign in.

        The profile has the name as it is written now; but if that is the one of the ticket, the
        person's own name, which may have changed in another browser. In an outage of the storage
        the signature of the cookie has to do: what begins by the ticket ends after the outage if
        the ticket isn't good.
        """
        for ticket in self._in_cookie():
            if not look_alikes(ticket.name).isdisjoint(look_alikes(name)):
                try:
                    known = self._known.find(ticket.key)
                except Unavailable:
                    return Profile(ticket.person, name)
                if known:
                    is_the_same = name == ticket.name
                    return known.profile if is_the_same else known.profile._replace(name=name)
        return None

    def of(self, person: str) -> Key | None:
        """The key of the ticket for a person, given by the id; None if there is none."""
        return next((each.key for each in self._in_cookie() if each.person == person), None)

    def keep(self, profile: Profile) -> None:
        """Let the browser sign in as this person again."""
        tickets = self._in_cookie()
        mine = [each for each in tickets if each.person == profile.id]
        others = [each for each in tickets if each.person != profile.id]
        ticket = mine[0]._replace(name=profile.name) if mine else self._make(profile)
        self._put([ticket, *others])

    def _make(self, profile: Profile, instead_of: Key | None = None) -> Ticket:
        now = self._clock()
        ticket = Ticket(profile.id, profile.name, secrets.token_urlsafe(12), now + LASTS)
        record = Session(ticket.id, profile.id, "", now, now, ticket.until, is_ticket=True)
        self._known.begin(profile, record, instead_of)
        return ticket

    def _put(self, tickets: list[Ticket]) -> None:
        for dropped in tickets[KEPT:]:
            self._known.end(dropped.key, dropped.until)
        flask.session[_TICKETS] = [list(each) for each in tickets[:KEPT]]

    def replace(self) -> None:
        """Put new tickets in the place of those that are good, and end all old ones."""
        old = self._in_cookie()
        good = [(profile, each.key) for each in old if (profile := self._profile(each))]
        self._put([self._make(*each) for each in good])
        for ticket in old:
            self._known.end(ticket.key, ticket.until)

    def _profile(self, ticket: Ticket) -> Profile | None:
        try:
            known = self._known.find(ticket.key)
        except Unavailable:
            return Profile(ticket.person, ticket.name)
        return known and known.profile

    def forget(self, person: str) -> None:
        """Let the browser sign in as this person no more."""
        tickets = self._in_cookie()
        for ticket in tickets:
            if ticket.person == person:
                self._known.end(ticket.key, ticket.until)
        self._put([each for each in tickets if each.person != person])
