"""Schedules `activity` events, which tell people outside a room that it has a new message."""

import itertools
import time
from collections.abc import Callable, Iterable

INTERVAL = 1.0  # seconds between two announcements for one room

# Rooms announced in one pass: the events for one connection then leave in one write.
TOGETHER = 16

# Most `activity` events a second: one for each connection, and some more where there are few.
# Without a limit, thousands of busy rooms would cause an event per room and connection every
# second. The events only refresh the numbers of unread messages, which may be a little late. The
# limit follows the connections so that people who are spread over several processes cost no more.
EVENTS_A_SECOND = 5_000
LEAST_EVENTS_A_SECOND = 2_000


def events_a_second(connections: int) -> int:
    """Most events a second for so many connections."""
    return max(LEAST_EVENTS_A_SECOND, min(connections, EVENTS_A_SECOND))


class Activity:
    """Announces requested rooms soon, in passes of a few rooms, and each room once per INTERVAL.

    `request` takes constant time, however many rooms there are.

    Args:
        announce: Sends the events of some rooms, one batch of connections after the other; yields
            the number of events sent for each batch.
        limit: Gives the most events a second.
        start_task: Runs a function in the background.
        sleep: Waits for seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        announce: Callable[[list[str]], Iterable[int]],
        limit: Callable[[], int],
        start_task: Callable[[Callable[[], None]], object],
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._announce = announce
        self._limit = limit
        self._start_task = start_task
        self._sleep = sleep
        self._clock = clock
        self._waiting: dict[str, None] = {}  # rooms to announce, in order
        self._announcing = False
        self._resting: dict[str, float] = {}  # room: when its INTERVAL is over; earliest first
        self._requested_again: set[str] = set()  # resting rooms that were requested meanwhile

    def request(self, room_id: str) -> None:
        """Announce the room soon: at the next pass, or when its INTERVAL is over."""
        if room_id in self._resting:
            self._requested_again.add(room_id)
        else:
            self._wait(room_id)

    def _wait(self, room_id: str) -> None:
        self._waiting[room_id] = None
        if not self._announcing:
            self._announcing = True
            self._start_task(self._announce_waiting)

    def _announce_waiting(self) -> None:
        try:
            while self._waiting:
                for events in self._announce(self._take()):
                    self._sleep(events / self._limit())
        finally:
            self._announcing = False

    def _take(self) -> list[str]:
        room_ids = list(itertools.islice(self._waiting, TOGETHER))
        for room_id in room_ids:
            del self._waiting[room_id]
            self._rest(room_id)
        return room_ids

    def _rest(self, room_id: str) -> None:
        self._resting[room_id] = self._clock() + INTERVAL
        if len(self._resting) == 1:
            self._start_task(self._end_rests)

    def _end_rests(self) -> None:
        while self._resting:
            room_id, until = next(iter(self._resting.items()))
            self._sleep(max(0.0, until - self._clock()))
            del self._resting[room_id]
            if room_id in self._requested_again:
                self._requested_again.remove(room_id)
                self._wait(room_id)
