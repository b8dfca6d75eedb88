"""Presence: the people of a room are those at all processes, each of them once."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chat.bus.beats import ALL
from chat.bus.bus import Bus
from chat.bus.crossing import room_channel, room_of
from chat.bus.envelope import Publication
from chat.realtime.announcements import Announcements
from chat.realtime.presence import GRACE

TOLD = 500  # people in one publication
ASKED = 500  # rooms in one publication

# Seconds; a random part of it passes before all rooms are asked about. After an outage all
# processes ask each other.
ASK_WITHIN = 1.0


class Presence:
    """Tells of people who come and go here, and learns who is at the others.

    A process asks who is in a room when the first one enters it here, and when something may have
    been missed. Otherwise it gets the differences.

    Args:
        bus: Tells the other processes.
        announcements: Knows who is here, and announces everybody.
        start_task: Runs a function with its arguments in the background.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        bus: Bus,
        announcements: Announcements,
        start_task: Callable[..., object],
        sleep: Callable[[float], object],
    ) -> None:
        self._bus = bus
        self._presence = announcements.presence
        self._start_task = start_task
        self._sleep = sleep
        self._own_channel = f"process:{bus.process}"
        self._rooms: dict[str, None] = {}  # with people here
        # Answers that have more parts, by process and room.
        self._incomplete: dict[str, dict[str, list[Any]]] = {}
        announcements.when_people_change(self._changed)
        announcements.continuity.when_opened(self._open)
        announcements.continuity.when_closed(self._close)
        bus.handle("people", self._told)
        bus.handle("who", self._asked)
        bus.handle("here", self._answered)
        bus.when_suspect(self._suspect)
        bus.beats.when_new(lambda process: self._suspect(process, ""))
        bus.beats.when_gone(self._gone)

    def _gone(self, process: str, is_planned: bool) -> None:
        """Its people leave; after a planned stop they have a moment to connect to another one."""
        self._incomplete.pop(process, None)
        self._presence.lose_process(process, GRACE if is_planned else 0.0)

    # Differences

    def _changed(self, change: dict[str, Any]) -> None:
        channel = room_channel(change["room"])
        for joined, left in _parts(change["joined"], change["left"]):
            told = {"room": change["room"], "joined": joined, "left": left}
            self._bus.publish(channel, "people", told)

    def _told(self, told: Publication) -> None:
        change = told.data
        if change["room"] in self._rooms:
            self._presence.change_elsewhere(
                told.sender, change["room"], change["joined"], change["left"]
            )

    # Questions about everybody

    def _open(self, room_id: str) -> None:
        self._rooms[room_id] = None
        self._bus.publish(room_channel(room_id), "who", {"rooms": [room_id]})

    def _close(self, room_id: str) -> None:
        self._rooms.pop(room_id, None)
        self._presence.forget_elsewhere(room_id)

    def _suspect(self, sender: str, channel: str) -> None:
        room_id = room_of(channel)
        if room_id in self._rooms:
            asked = f"process:{sender}" if sender else channel
            self._bus.publish(asked, "who", {"rooms": [room_id]})
        elif channel in {"", ALL, self._own_channel}:  # the last has the answers
            self._start_task(self._ask_about_all, sender)

    def _ask_about_all(self, process: str) -> None:
        self._sleep(random.uniform(0, ASK_WITHIN))  # noqa: S311
        asked = f"process:{process}" if process else ALL
        rooms = list(self._rooms)
        for start in range(0, len(rooms), ASKED):
            self._bus.publish(asked, "who", {"rooms": rooms[start : start + ASKED]})

    def _asked(self, who: Publication) -> None:
        self._start_task(self._answer, who.sender, who.data["rooms"])

    def _answer(self, process: str, rooms: list[str]) -> None:
        for parts in self._answers(rooms):
            for number, part in enumerate(parts, 1):  # with no difference in between
                told = {"rooms": part, "number": number, "of": len(parts)}
                self._bus.publish(f"process:{process}", "here", told)
            self._sleep(0)

    def _answers(self, rooms: list[str]) -> Iterator[list[dict[str, Sequence[Any]]]]:
        """The people of rooms, at most TOLD in each part; a large room has several parts."""
        small: dict[str, Sequence[Any]] = {}
        size = 0
        for room_id in rooms:
            people = self._presence.here(room_id)
            if len(people) > TOLD:
                starts = range(0, len(people), TOLD)
                yield [{room_id: people[start : start + TOLD]} for start in starts]
                continue
            if size + len(people) > TOLD:
                yield [small]
                small, size = {}, 0
            small[room_id] = people
            size += len(people) + 1  # rooms without people take space, too
        if small:
            yield [small]

    def _answered(self, here: Publication) -> None:
        if here.data["number"] == 1:  # the last part of an earlier one may have been lost
            self._incomplete[here.sender] = {}
        people = self._incomplete.setdefault(here.sender, {})
        for room_id, part in here.data["rooms"].items():
            people[room_id] = [*people.get(room_id, ()), *part]
        if here.data["number"] == here.data["of"]:
            del self._incomplete[here.sender]
            for room_id in self._rooms.keys() & people.keys():
                self._presence.set_elsewhere(here.sender, room_id, people[room_id])


def _parts(joined: Sequence[Any], left: Sequence[str]) -> list[tuple[Sequence[Any], Sequence[str]]]:
    """A difference in parts that are small enough to publish; those who left go first."""
    parts: list[tuple[Sequence[Any], Sequence[str]]] = [
        ([], left[start : start + TOLD]) for start in range(0, len(left), TOLD)
    ]
    parts += [(joined[start : start + TOLD], []) for start in range(0, len(joined), TOLD)]
    return parts
