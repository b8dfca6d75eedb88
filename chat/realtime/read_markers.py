"""How far people have read, until the storage has it."""

import logging
import time
from collections import deque
from collections.abc import Callable

from chat.errors import Unavailable
from chat.realtime.agenda import Agenda
from chat.storage.base import BATCH
from chat.storage.memberships import Memberships, ReadMarker

log = logging.getLogger(__name__)

Key = tuple[str, str]  # the ids of a person and of a room

# Seconds that a marker waits, so that somebody who reads on costs few writes. It doesn't wait when
# the person's connection ends.
WRITE_AFTER = 10.0

TICK = 0.5  # seconds between two looks at what is due
RETRY_AFTER = 5.0  # seconds, while the storage can't be reached

# Markers. When more wait, because the storage can't be reached for long, new ones are refused: the
# clients have them, too, and send them again.
MOST_WAITING = 50_000

DRAIN_WRITERS = 4  # writes at the same time in a planned stop
DRAIN_POLL = 0.02  # seconds


class ReadMarkers:
    """The newest markers, which are written to the storage a little later.

    Args:
        memberships: Where they are stored.
        start_task: Runs a function with its arguments in the background.
        sleep: Waits for seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        memberships: Memberships,
        start_task: Callable[..., object],
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._memberships = memberships
        self._start_task = start_task
        self._sleep = sleep
        self._clock = clock
        self._waiting: dict[str, dict[str, str]] = {}  # ids by person and room; also while written
        self._count = 0
        self._due: Agenda[Key] = Agenda()
        self._is_watching = False

    def waiting(self, person: str) -> dict[str, str]:
        """The markers of a person that may not be stored yet, by room."""
        return dict(self._waiting.get(person, {}))

    def advance(self, marker: ReadMarker) -> bool:
        """Note how far somebody has read; returns whether that is news.

        Raises:
            chat.errors.Unavailable: Too many markers wait.
        """
        waiting = self._waiting.get(marker.person, {})
        if marker.id <= waiting.get(marker.room, ""):
            return False
        is_planned = marker.room in waiting
        if not is_planned and self._count >= MOST_WAITING:
            raise Unavailable("the storage can't be reached")
        self._waiting.setdefault(marker.person, waiting)[marker.room] = marker.id
        if not is_planned:
            self._count += 1
            self._plan(marker, WRITE_AFTER)
        return True

    def hurry(self, person: str) -> None:
        """Write the markers of somebody who has gone."""
        for marker in self._markers_of(person):
            self._plan(marker, 0)

    def _markers_of(self, person: str) -> list[ReadMarker]:
        return [ReadMarker(person, *each) for each in self._waiting.get(person, {}).items()]

    def _plan(self, marker: ReadMarker, after: float) -> None:
        self._due.add((marker.person, marker.room), self._clock() + after)
        self._watch()

    def _watch(self) -> None:
        if not self._is_watching:
            self._is_watching = True
            self._start_task(self._keep_watch)

    def _keep_watch(self) -> None:
        try:
            while self._due:
                self._sleep(TICK)
                self._write_all(self._take_due(self._clock()))
        finally:
            self._is_watching = False
        if self._due:  # planned by another thread after the loop had ended
            self._watch()

    def _take_due(self, until: float) -> deque[list[ReadMarker]]:
        """What is due by then, in groups that can be written together."""
        markers = [
            ReadMarker(person, room, id_)
            for person, room in self._due.due(until)
            if (id_ := self._waiting.get(person, {}).get(room))
        ]
        starts = range(0, len(markers), BATCH)
        return deque(markers[start : start + BATCH] for start in starts)

    def _write_all(self, groups: deque[list[ReadMarker]]) -> None:
        while groups:
            self._write(groups.popleft())

    def _write(self, markers: list[ReadMarker]) -> None:
        try:
            self._memberships.advance(markers)
        except Unavailable:  # the cause is in the log
            for marker in markers:
                self._plan(marker, RETRY_AFTER)
        except Exception:
            log.exception("Read markers could not be stored")
            self._forget(markers)  # they would fail again; the clients have them, too
        else:
            self._forget(markers)

    def _forget(self, markers: list[ReadMarker]) -> None:
        """Forget markers, except for those that have moved on meanwhile."""
        for marker in markers:
            waiting = self._waiting.get(marker.person, {})
            if waiting.get(marker.room) == marker.id:
                self._count -= 1
                del waiting[marker.room]
                if not waiting:
                    del self._waiting[marker.person]
            elif marker.room in waiting:
                self._plan(marker, WRITE_AFTER)

    def drain(self, seconds: float) -> None:
        """Write all markers, because the process has to end.

        Args:
            seconds: The time limit.
        """
        deadline = self._clock() + seconds
        while self._waiting and self._clock() < deadline:
            # Again and again: a marker that moves on while it is written is planned anew.
            if groups := self._take_due(float("inf")):
                for _ in range(DRAIN_WRITERS):
                    self._start_task(self._write_all, groups)
            self._sleep(DRAIN_POLL)
