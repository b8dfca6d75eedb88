"""The connections of a namespace, and the limits on their number."""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chat.accounts.person import Person
from chat.clocks import steady
from chat.errors import RateLimited
from chat.storage.accounts import Key

TRY_AGAIN_IN = 30.0  # seconds; a guess, because nobody knows when a connection will end


@dataclass(slots=True)
class Connection:
    """A socket of a person in one namespace, and the ids of the rooms that it has joined."""

    sid: str
    person: Person
    since: float  # seconds, monotonic
    address: str = ""  # of the client; for IPv6 its /64 network
    session: str = ""  # its id
    until: float = math.inf  # the last moment of the session, in seconds since the epoch
    rooms: set[str] = field(default_factory=set)
    refusals: int = 0  # consecutive events that the rate limit refused

    @property
    def key(self) -> Key:
        """The key of the session."""
        return self.person.id, self.session


class Connections:
    """The connections of one namespace.

    Args:
        limit: Most connections in all; 0 for no limit.
        limit_per_person: Most connections of one person; 0 for no limit.
        limit_per_address: Most connections of one address, however many people it signs in; 0 for
            no limit.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        limit: int,
        limit_per_person: int,
        limit_per_address: int = 0,
        clock: Callable[[], float] = steady,
    ) -> None:
        self._limit = limit
        self._limit_per_person = limit_per_person
        self._limit_per_address = limit_per_address
        self._clock = clock
        self._by_sid: dict[str, Connection] = {}
        # Lists, because a person has few connections, and a set of one takes 216 bytes.
        self._by_person: dict[str, list[str]] = {}
        self._of_address: Counter[str] = Counter()
        self._many: dict[str, int] = {}  # see `many`
        # Connections of people and of addresses to other processes, by id and by address; both are
        # in one table, because an id is no address.
        self.elsewhere: Mapping[str, int] = {}

    def add(
        self,
        sid: str,
        person: Person,
        address: str = "",
        *,
        session: str = "",
        until: float = math.inf,
    ) -> Connection:
        """Add a connection, and return it.

        Args:
            sid: Its id.
            person: Who is signed in on it.
            address: Of the client; for IPv6 its /64 network.
            session: The id of the session.
            until: The last moment of the session (seconds since the epoch).

        Raises:
            chat.errors.RateLimited: There are too many.
        """
        if self._limit and len(self._by_sid) >= self._limit:
            raise RateLimited("The chat is full.", retry_after=TRY_AGAIN_IN)
        sids = self._by_person.get(person.id, [])
        of_person = len(sids) + self.elsewhere.get(person.id, 0)
        if self._limit_per_person and of_person >= self._limit_per_person:
            raise RateLimited("You have too many connections.", retry_after=TRY_AGAIN_IN)
        of_address = self._of_address[address] + self.elsewhere.get(address, 0)
        if self._limit_per_address and of_address >= self._limit_per_address:
            raise RateLimited("Your network has too many connections.", retry_after=TRY_AGAIN_IN)
        connection = Connection(sid, person, self._clock(), address, session, until)
        self._by_sid[sid] = connection
        self._by_person.setdefault(person.id, sids).append(sid)
        self._of_address[address] += 1
        self._note_many(connection)
        return connection

    def many(self) -> dict[str, int]:
        """People and addresses that have more than a quarter of the connections they may have."""
        return dict(self._many)

    def age(self, connection: Connection) -> float:
        """Seconds since a connection was added."""
        return self._clock() - connection.since

    def get(self, sid: str) -> Connection | None:
        """The connection of that id."""
        return self._by_sid.get(sid)

    def remove(self, sid: str) -> Connection | None:
        """Remove a connection and return it; None if there is none of that id."""
        connection = self._by_sid.pop(sid, None)
        if connection:
            sids = self._by_person[connection.person.id]
            sids.remove(sid)
            if not sids:
                del self._by_person[connection.person.id]
            self._of_address[connection.address] -= 1
            if not self._of_address[connection.address]:
                del self._of_address[connection.address]
            self._note_many(connection)
        return connection

    def _note_many(self, connection: Connection) -> None:
        person, address = connection.person.id, connection.address
        of_person, of_address = len(self._by_person.get(person, ())), self._of_address[address]
        for key, count, limit in (
            (person, of_person, self._limit_per_person),
            (address, of_address, self._limit_per_address),
        ):
            if count > limit / 4 > 0:
                self._many[key] = count
            else:
                self._many.pop(key, None)

    def sids(self, person_id: str | None = None, session: str = "") -> list[str]:
        """The ids of the connections of one person, of one session of a person, or of all."""
        if person_id is not None and session:
            return [each.sid for each in self.of_person(person_id) if each.session == session]
        return list(self._by_sid if person_id is None else self._by_person.get(person_id, ()))

    # Under `flask run`, other threads add and remove connections meanwhile: so copies are searched.

    def sessions(self) -> set[Key]:
        """The sessions that have a connection."""
        return {each.key for each in list(self._by_sid.values())}

    def of_person(self, person_id: str) -> list[Connection]:
        """The connections of one person."""
        found = map(self._by_sid.get, list(self._by_person.get(person_id, ())))
        return [each for each in found if each]

    def others(self, connection: Connection) -> list[str]:
        """The ids of the other connections of the same person."""
        return [sid for sid in self.sids(connection.person.id) if sid != connection.sid]

    def outlasted(self, now: float) -> list[str]:
        """The ids of the connections whose session is over (seconds since the epoch)."""
        return [each.sid for each in list(self._by_sid.values()) if each.until < now]

    def is_connected(self, person_id: str) -> bool:
        """Whether that person has a connection."""
        return person_id in self._by_person

    @property
    def people(self) -> int:
        """How many people have a connection."""
        return len(self._by_person)

    def __len__(self) -> int:
        return len(self._by_sid)
