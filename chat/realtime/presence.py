"""Who is in a room, counted per person over all their tabs."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chat.accounts.person import Person

# The grace period: seconds for which a person whose connection broke still counts as present.
# Others should not see a reload of the page or a short loss of the network.
GRACE = 5.0

LISTED = 200  # people; larger rooms get only the number

Listed = dict[str, str]  # a person, `{"id", "name"}`; one object for all recipients


@dataclass(slots=True)
class _People:
    sids: dict[str, list[str]] = field(default_factory=dict)  # by id of the person, few each
    people: dict[str, Listed] = field(default_factory=dict)
    joined: dict[str, Listed] = field(default_factory=dict)  # since the last announcement
    left: set[str] = field(default_factory=set)  # since the last announcement
    grace_ends: dict[str, float] = field(default_factory=dict)  # by id, earliest first
    was_large: bool = False  # at the last announcement


class Presence:
    """The people of each room.

    Args:
        changed: Called with the id of a room, and the seconds after which to announce its people.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        changed: Callable[[str, float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._changed = changed
        self._clock = clock
        self._rooms: dict[str, _People] = {}

    def enter(self, room_id: str, sid: str, person: Person) -> None:
        """A connection of that person has joined the room."""
        room = self._rooms.setdefault(room_id, _People())
        room.grace_ends.pop(person.id, None)
        sids = room.sids.setdefault(person.id, [])
        if sid not in sids:
            sids.append(sid)
        listed = person.to_wire()
        if room.people.get(person.id) != listed:  # new here, or with a new name
            room.left.discard(person.id)
            room.people[person.id] = room.joined[person.id] = listed
            self._changed(room_id, 0)

    def leave(self, room_id: str, sid: str, person: Person, *, grace: float = 0) -> None:
        """A connection has left the room, or broken (then with a grace period, in seconds)."""
        room = self._rooms[room_id]
        sids = room.sids.get(person.id, [])
        if sid in sids:
            sids.remove(sid)
        if sids:
            return
        room.sids.pop(person.id, None)
        if grace:
            room.grace_ends.pop(person.id, None)  # the new end goes to the end of the dict
            room.grace_ends[person.id] = self._clock() + grace
        else:
            self._remove(room, person.id)
        self._changed(room_id, grace)

    def give_up_on(self, person_id: str) -> None:
        """End the grace periods of a person at once."""
        for room_id, room in self._rooms.items():
            if room.grace_ends.pop(person_id, None) is not None:
                self._remove(room, person_id)
                self._changed(room_id, 0)

    def _remove(self, room: _People, person_id: str) -> None:
        """Remove a person, who is announced as gone even if the join was not announced yet.

        Somebody else may have joined in between, and got a list that has this person.
        """
        if room.people.pop(person_id, None):
            room.joined.pop(person_id, None)
            room.left.add(person_id)

    def people(self, room_id: str) -> list[Listed]:
        """The people of a room, LISTED at most."""
        room = self._rooms.get(room_id)
        return list(room.people.values())[:LISTED] if room else []

    def sids(self, room_id: str) -> list[str]:
        """The connections that are in a room."""
        room = self._rooms.get(room_id)
        return [sid for sids in room.sids.values() for sid in sids] if room else []

    def is_empty(self, room_id: str) -> bool:
        """Whether no connection is in a room."""
        room = self._rooms.get(room_id)
        return not (room and room.sids)

    def count(self, room_id: str) -> int:
        """How many people are in a room."""
        room = self._rooms.get(room_id)
        return len(room.people) if room else 0

    def take_changes(self, room_id: str) -> dict[str, Any] | None:
        """What has changed since the last call, as the `presence` event; None if nothing has."""
        room = self._rooms[room_id]
        self._end_grace_periods(room_id, room)
        joined, left = room.joined, sorted(room.left)
        room.joined, room.left = {}, set()
        if not joined and not left:
            return None
        change: dict[str, Any] = {"room": room_id, "count": len(room.people)}
        is_large = len(room.people) > LISTED
        if not is_large:
            # While the room was large, events had no names: now everybody is listed.
            news = room.people if room.was_large else joined
            change |= {"joined": list(news.values()), "left": left}
        room.was_large = is_large
        return change

    def _end_grace_periods(self, room_id: str, room: _People) -> None:
        now = self._clock()
        while room.grace_ends:
            person_id, until = next(iter(room.grace_ends.items()))
            if until > now:
                self._changed(room_id, until - now)
                return
            del room.grace_ends[person_id]
            self._remove(room, person_id)
