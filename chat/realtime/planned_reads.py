"""Reads of rooms that were planned: which ones run together, and how many at the same time."""

from collections import deque
from collections.abc import Callable

from chat.realtime.agenda import Agenda

READERS = 4  # reads at the same time
READ_TOGETHER = 20  # most rooms in one read


class PlannedReads:
    """Reads rooms when they are due, several of them with one read.

    Args:
        read: Called with the ids of rooms; may block.
        start_task: Runs a function in the background.
    """

    def __init__(
        self,
        read: Callable[[list[str]], None],
        start_task: Callable[[Callable[[], None]], object],
    ) -> None:
        self._read = read
        self._start_task = start_task
        self._agenda: Agenda[str] = Agenda()
        self._to_read: deque[list[str]] = deque()  # each entry: the rooms of one read
        self._readers = 0

    def plan(self, room_id: str, at: float) -> None:
        """Read a room at a time, unless an earlier read of it is planned."""
        self._agenda.add(room_id, at)

    def start(self, now: float) -> None:
        """Start to read the rooms that are due."""
        due = self._agenda.due(now)
        share = min(READ_TOGETHER, -(-len(due) // READERS)) or 1
        self._to_read += [due[start : start + share] for start in range(0, len(due), share)]
        for _ in range(min(READERS - self._readers, len(self._to_read))):
            self._readers += 1
            self._start_task(self._read_due)

    def _read_due(self) -> None:
        try:
            while self._to_read:
                self._read(self._to_read.popleft())
        finally:
            self._readers -= 1

    def __bool__(self) -> bool:
        """Whether any read is planned."""
        return bool(self._agenda)
