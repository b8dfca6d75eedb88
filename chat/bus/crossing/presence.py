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

# Seconds; a random part of it passes before rooms are compared with another process. After a start
# or an outage all processes do it with each other, for many rooms and reasons.
COMPARE_WITHIN = 1.0

# Seconds that pass before all processes are asked. Each of them is heard again by then, which is a
# reason to compare with it alone.
ALL_AFTER = 1.0

# Seconds for each of them, a random part of which passes, too. After an outage all processes ask
# all others, and what they answer must not be more than the bus can carry.
FOR_EACH = 0.25


class Presence:
    """Tells of people who come and go here, and learns who is at the others.

    A process asks who is in a room when the first one enters it here, and says who still counts as
    present here: somebody who comes back within the grace period is no difference. Otherwise it
    gets the differences. Who may have missed something of another process asks it, and tells it the
    same. What was missed may have been a question, also about a room that nobody here is in any
    more: so the other process is requested to ask again.

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
        # Rooms that are compared soon, by process; '' is all processes.
        self._suspects: dict[str, dict[str, None]] = {}
        # Answers that have more parts, by process and room.
        self._incomplete: dict[str, dict[str, list[Any]]] = {}
        announcements.when_people_change(self._changed)
        announcements.continuity.when_opened(self._open)
        announcements.continuity.when_closed(self._close)
        bus.handle("people", self._told)
        bus.handle("who", self._asked)
        bus.handle("here", self._answered)
        bus.handle("please ask", lambda told: self._compare_all_later(told.sender))
        bus.when_suspect(self._suspect)
        bus.beats.when_new(self._compare_all_later)
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
        channel = room_channel(room_id)
        self._bus.publish(channel, "who", {"rooms": [room_id]})
        if self._presence.here(room_id):
            self._start_task(self._tell, channel, [room_id])

    def _close(self, room_id: str) -> None:
        self._rooms.pop(room_id, None)
        self._presence.forget_elsewhere(room_id)

    def _suspect(self, sender: str, channel: str) -> None:
        """Compare rooms with a process of which something was missed, or with all processes."""
        room_id = room_of(channel)
        if room_id in self._rooms:
            self._compare_later(sender, {room_id: None})
        elif channel in {"", ALL, self._own_channel}:
            self._compare_all_later(sender)
            if sender:
                self._bus.publish(f"process:{sender}", "please ask", None)

    def _compare_all_later(self, process: str) -> None:
        """Compare all rooms; if all processes are asked soon, that is enough."""
        self._compare_later("" if "" in self._suspects else process, self._rooms)

    def _compare_later(self, process: str, rooms: dict[str, None]) -> None:
        is_first = process not in self._suspects
        self._suspects.setdefault(process, {}).update(rooms)
        if is_first:
            self._start_task(self._compare, process)

    def _compare(self, process: str) -> None:
        """Ask about rooms, and tell of them; who misses a question to all will request it again."""
        after, within = 0.0, COMPARE_WITHIN
        if not process:
            after, within = ALL_AFTER, max(within, FOR_EACH * len(self._bus.peers))
        self._sleep(after + random.uniform(0, within))  # noqa: S311
        rooms = [each for each in self._suspects.pop(process) if each in self._rooms]
        channel = f"process:{process}" if process else ALL
        for start in range(0, len(rooms), ASKED):
            self._bus.publish(channel, "who", {"rooms": rooms[start : start + ASKED]})
        if process:
            self._tell(channel, rooms)

    def _asked(self, who: Publication) -> None:
        self._start_task(self._tell, f"process:{who.sender}", who.data["rooms"])

    def _tell(self, channel: str, rooms: list[str]) -> None:
        for parts in self._answers(rooms):
            for number, part in enumerate(parts, 1):
                told = {"rooms": part, "number": number, "of": len(parts)}
                self._bus.publish(channel, "here", told)
            self._sleep(0)

    def _answers(self, rooms: list[str]) -> Iterator[list[dict[str, list[Any]]]]:
        """The people of rooms in parts, about TOLD in each; a large room has several ones.

        Who takes an answer has to publish its parts without a pause, and then asks for the next
        one: a difference that was told before an old answer would be undone by it.
        """
        part: dict[str, list[Any]] = {}
        size = 0
        for room_id in rooms:
            people = self._presence.here(room_id)
            part[room_id] = people[:TOLD]
            size += len(people) + 1  # rooms without people take space, too
            if size > TOLD:
                more = [people[start : start + TOLD] for start in range(TOLD, len(people), TOLD)]
                yield [part, *[{room_id: each} for each in more]]
                part, size = {}, 0
        if part:
            yield [part]

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
