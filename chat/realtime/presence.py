"""Who is in a room, counted per person over all their tabs and all processes."""

import itertools
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chat.accounts.person import Person
from chat.realtime.presence_elsewhere import Elsewhere, Listed

# The grace period: seconds for which a person whose connection broke still counts as present.
# Others should not see a reload of the page or a short loss of the network.
GRACE = 5.0

# The same is longer by this where processes tell each other who has come: who is back at another
# process within GRACE is reported here before the end.
REPORTED_WITHIN = 1.5

LISTED = 200  # people; larger rooms get only the number


@dataclass(slots=True)
class _Changes:
    """Who has come or has a new name, and who has gone, since the last announcement."""

    joined: dict[str, Listed] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)

    def join(self, listed: Listed) -> None:
        self.left.discard(listed["id"])
        self.joined[listed["id"]] = listed

    def leave(self, person_id: str) -> None:
        """Somebody has gone, which is announced even if the join was not announced yet.

        Somebody else may have joined in between, and got a list that has this person.
        """
        self.joined.pop(person_id, None)
        self.left.add(person_id)

    def __bool__(self) -> bool:
        return bool(self.joined or self.left)


@dataclass(slots=True)
class _People:
    """The people of a room. Who is in `sids` or `grace_ends` is here, all others are elsewhere."""

    sids: dict[str, list[str]] = field(default_factory=dict)  # by id of the person, few each
    people: dict[str, Listed] = field(default_factory=dict)
    changes: _Changes = field(default_factory=_Changes)
    grace_ends: dict[str, float] = field(default_factory=dict)  # by id, earliest first
    was_large: bool = False  # at the last announcement

    def has_here(self, person_id: str) -> bool:
        return person_id in self.sids or person_id in self.grace_ends

    def show(self, listed: Listed) -> None:
        self.people[listed["id"]] = listed
        self.changes.join(listed)


class Presence:
    """The people of each room: those who are here, and those whom other processes report.

    Somebody in several places is one person. Who is here is shown with the name that they have
    here, others with the newest one that was reported.

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
        self._elsewhere: dict[str, Elsewhere] = {}  # by room
        self._changes_here: dict[str, _Changes] = {}  # by room; kept if somebody asks for them
        self._keeps_changes_here = False

    def _room(self, room_id: str) -> _People:
        return self._rooms.get(room_id) or self._rooms.setdefault(room_id, _People())

    # People here

    def enter(self, room_id: str, sid: str, person: Person) -> None:
        """A connection of that person has joined the room."""
        room = self._room(room_id)
        was_here = room.grace_ends.pop(person.id, None) is not None or person.id in room.sids
        sids = room.sids.setdefault(person.id, [])
        if sid not in sids:
            sids.append(sid)
        listed = person.to_wire()
        if room.people.get(person.id) != listed:  # nowhere before, or with another name
            room.show(listed)
        elif was_here or not self._keeps_changes_here:
            return
        if self._keeps_changes_here:
            self._of_here(room_id).join(listed)
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
            grace += REPORTED_WITHIN if self._keeps_changes_here else 0
            room.grace_ends[person.id] = self._clock() + grace
        else:
            self._leave_here(room_id, room, person.id)
        self._changed(room_id, grace)

    def give_up_on(self, person_id: str) -> None:
        """End the grace periods of a person at once."""
        for room_id, room in self._rooms.items():
            if room.grace_ends.pop(person_id, None) is not None:
                self._leave_here(room_id, room, person_id)
                self._changed(room_id, 0)

    def _leave_here(self, room_id: str, room: _People, person_id: str) -> None:
        if self._keeps_changes_here:
            self._of_here(room_id).leave(person_id)
        self._remove(room_id, room, [person_id])

    def _remove(self, room_id: str, room: _People, person_ids: Iterable[str]) -> None:
        """Remove people from one place: those who are nowhere else any more have gone."""
        elsewhere = self._elsewhere.get(room_id)
        for id_ in person_ids:
            reported = elsewhere.find(id_) if elsewhere else []
            if room.has_here(id_) or room.people.get(id_) in reported:
                continue
            if reported:
                room.show(reported[-1])
            elif room.people.pop(id_, None):
                room.changes.leave(id_)

    # People elsewhere

    def set_elsewhere(self, process: str, room_id: str, people: Sequence[Listed]) -> None:
        """Another process reports all people whom it has in the room."""
        elsewhere = self._elsewhere.setdefault(room_id, Elsewhere())
        self._take_report(room_id, *elsewhere.replace(process, people))

    def change_elsewhere(
        self, process: str, room_id: str, joined: Sequence[Listed], left: Collection[str]
    ) -> None:
        """Another process reports what has changed in the room since its last report.

        Args:
            process: Its id.
            room_id: The room.
            joined: Who has joined there, or has a new name.
            left: The ids of those who have left.
        """
        self._elsewhere.setdefault(room_id, Elsewhere()).change(process, joined, left)
        self._take_report(room_id, joined, left)

    def _take_report(self, room_id: str, joined: Sequence[Listed], left: Collection[str]) -> None:
        room = self._room(room_id)
        for listed in joined:
            id_ = listed["id"]
            if id_ in room.sids or room.people.get(id_) == listed:
                continue
            room.show(listed)
            if room.grace_ends.pop(id_, None) is not None:  # nobody waits for the former name
                self._leave_here(room_id, room, id_)
        self._remove(room_id, room, left)
        self._changed(room_id, 0)

    def lose_process(self, process: str, after_s: float) -> None:
        """Another process is gone; its people leave after some seconds.

        Those stay whom this or another process has by then, or that process again.
        """
        for room_id, elsewhere in list(self._elsewhere.items()):
            if elsewhere.lose(process, self._clock() + after_s):
                self._changed(room_id, after_s)

    def forget_elsewhere(self, room_id: str) -> None:
        """Nobody is in the room here any more, so nothing is reported of it."""
        if elsewhere := self._elsewhere.pop(room_id, None):
            self._remove(room_id, self._room(room_id), elsewhere.ids())
            self._changed(room_id, 0)

    # Questions

    def people(self, room_id: str) -> list[Listed]:
        """The people of a room, LISTED at most."""
        room = self._rooms.get(room_id)
        return list(itertools.islice(room.people.values(), LISTED)) if room else []

    def here(self, room_id: str) -> list[Listed]:
        """Those people of a room whom this process has, all of them."""
        room = self._rooms.get(room_id)
        return [room.people[id_] for id_ in (*room.sids, *room.grace_ends)] if room else []

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

    # Announcements

    def take_changes(self, room_id: str) -> dict[str, Any] | None:
        """What has changed since the last call, as the `presence` event; None if nothing has."""
        room = self._rooms[room_id]
        self._end_grace_periods(room_id, room)
        self._end_lost(room_id, room)
        if not room.changes:
            return None
        changes, room.changes = room.changes, _Changes()
        change: dict[str, Any] = {"room": room_id, "count": len(room.people)}
        is_large = len(room.people) > LISTED
        if not is_large:
            # While the room was large, events had no names: now everybody is listed.
            news = room.people if room.was_large else changes.joined
            change |= {"joined": list(news.values()), "left": sorted(changes.left)}
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
            self._leave_here(room_id, room, person_id)

    def _end_lost(self, room_id: str, room: _People) -> None:
        if elsewhere := self._elsewhere.get(room_id):
            now = self._clock()
            self._remove(room_id, room, elsewhere.forget_lost(now))
            if until := elsewhere.next_end():
                self._changed(room_id, until - now)

    def keep_changes_here(self) -> None:
        """From now on keep for `take_changes_here` what changes."""
        self._keeps_changes_here = True

    def take_changes_here(self, room_id: str) -> dict[str, Any] | None:
        """Who has come, got a new name or gone in this process; None if nobody has.

        Call it after `take_changes`. Unlike that, it has the names however large the room is.

        Returns:
            `{"room", "joined": [{"id", "name"}], "left": [id]}`.
        """
        changes = self._changes_here.pop(room_id, None)
        if changes is None:
            return None
        joined, left = list(changes.joined.values()), sorted(changes.left)
        return {"room": room_id, "joined": joined, "left": left}

    def _of_here(self, room_id: str) -> _Changes:
        return self._changes_here.setdefault(room_id, _Changes())
