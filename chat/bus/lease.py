"""The record of this process in the storage: its right to write, and what it has stored lately."""

import itertools
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from chat.clocks import steady
from chat.errors import Unavailable
from chat.messages.message import Message
from chat.storage.base import APPEND_WITHIN, MAY_LAND_WITHIN
from chat.storage.containers import ROOMS_AT_MOST, Containers

log = logging.getLogger(__name__)

RENEW_EVERY = 5.0  # seconds at most between two renewals

# Seconds for which records name a message, from the first renewal that worked: everybody sees it
# who reads the records as often.
NAMED_FOR = 15.0

# Seconds for which a process may begin writes, from the moment at which it sent a renewal.
MAY_WRITE_FOR = 12.0

# Seconds after which others take a process for dead that doesn't renew its record, and read its
# rooms for the last time. Whatever it has written is stored by then, or never will be: the end of
# its last write is 19 seconds after it sent its last renewal. The 20th is for clocks that run
# faster than others.
DEAD_AFTER = MAY_WRITE_FOR + APPEND_WITHIN + MAY_LAND_WITHIN + 1.0


@dataclass(slots=True)
class _Newest:
    """The newest message of a room that this process has stored."""

    id: str
    until: float | None = None  # seconds, steady: named until then; None before the first renewal


class Lease:
    """Renews the record of this process, and knows whether the process may write.

    Others may have taken a process for dead that was frozen, or cut off from the storage. So it
    stores nothing before it has renewed its record: then they follow it again.

    Args:
        containers: The records.
        process: The id of this process.
        clock: Seconds, steady; counts those in which the process was frozen, too.
    """

    def __init__(
        self, containers: Containers, process: str, clock: Callable[[], float] = steady
    ) -> None:
        self.process = process
        self.has_ended = False
        self._containers = containers
        self._clock = clock
        self._numbers = itertools.count(1)
        self._newest: dict[str, _Newest] = {}  # by room
        self._ends_at = float("-inf")  # seconds, steady
        self._began_at = 0.0  # seconds, steady: since then it was always renewed in time
        self._lock = threading.Lock()

    def stored(self, message: Message) -> None:
        """Name a message that this process has stored in the next renewals."""
        with self._lock:
            newest = self._newest.get(message.room)
            if newest is None or newest.id < message.id:
                self._newest[message.room] = _Newest(message.id)

    def may_write(self) -> bool:
        """Whether a write may begin now; renews the record first if it has to.

        So the first write after the process was frozen waits for one call to the storage.
        """
        return self._is_valid() or (self.renew() and self._is_valid())

    def _is_valid(self) -> bool:
        return not self.has_ended and self._clock() < self._ends_at

    def renew(self) -> bool:
        """Renew the record; returns whether that worked."""
        if self.has_ended:
            return False
        sent_at = self._clock()
        number, newest = self._next(sent_at)
        named = dict(itertools.islice(newest.items(), ROOMS_AT_MOST))
        try:
            self._containers.renew(self.process, number, named)
        except Unavailable:  # the cause is in the log
            return False
        except Exception:
            log.exception("The record of this process could not be renewed")
            return False
        self._renewed(sent_at, newest)
        return True

    def _next(self, now: float) -> tuple[int, dict[str, str]]:
        """The number of the next renewal, and the newest ids by room that it has to name."""
        with self._lock:
            over = [room for room, each in self._newest.items() if each.until and each.until <= now]
            for room in over:
                del self._newest[room]
            return next(self._numbers), {room: each.id for room, each in self._newest.items()}

    def _renewed(self, sent_at: float, named: dict[str, str]) -> None:
        """Note that others can see a record with these ids, or a full one in place of some."""
        now = self._clock()
        with self._lock:
            if sent_at >= self._ends_at:
                self._began_at = now
            self._ends_at = max(self._ends_at, sent_at + MAY_WRITE_FOR)
            for room, newest in self._newest.items():
                if newest.until is None and newest.id == named.get(room):
                    newest.until = now + NAMED_FOR

    def end(self, is_idle: Callable[[], bool]) -> None:
        """Begin no more writes, and remove the record: then the others read the rooms at once.

        The record stays, and they do so after DEAD_AFTER, if a write is still on its way, or if
        some may not have seen the record yet.

        Args:
            is_idle: Whether no write is on its way.
        """
        self.has_ended = True
        if is_idle() and self._clock() - self._began_at >= NAMED_FOR:
            with suppress(Unavailable):
                self._containers.remove(self.process)
