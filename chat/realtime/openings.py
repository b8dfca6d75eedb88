"""Which rooms have people here, for those who have to know before the first one is let in."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# Seconds for which a room stays open that somebody has entered, even if it looks empty: who enters
# is not in the list of people yet.
STAYS_OPEN = 2.0

Listener = Callable[[str], None]  # called with the id of a room


@dataclass(slots=True)
class _Room:
    lock: threading.Lock = field(default_factory=threading.Lock)  # so one call follows the other
    is_open: bool = False
    entering: int = 0  # how many people are just entering
    entered_at: float = 0.0  # the last time that somebody had entered


class Openings:
    """Tells listeners when the first person enters a room, and when nobody is there any more.

    For each room the calls alternate, and one has returned before the next one.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rooms: dict[str, _Room] = {}
        self._opened: list[Listener] = []
        self._closed: list[Listener] = []

    def when_opened(self, listener: Listener) -> None:
        """Register a function that is called before the first person is let in.

        It may block for some milliseconds.
        """
        self._opened.append(listener)

    def when_closed(self, listener: Listener) -> None:
        """Register a function that is called some seconds after the last person has left."""
        self._closed.append(listener)

    @contextmanager
    def entering(self, room_id: str) -> Iterator[None]:
        """While somebody enters a room it is open; the listeners have returned before."""
        if not self._opened and not self._closed:
            yield
            return
        room = self._rooms.get(room_id) or self._rooms.setdefault(room_id, _Room())
        with room.lock:
            if not room.is_open:
                for listener in self._opened:
                    listener(room_id)
            room.is_open = True
            room.entering += 1
        try:
            yield
        finally:
            with room.lock:
                room.entering -= 1
                room.entered_at = self._clock()

    def close(self, room_id: str) -> bool:
        """Close a room that is empty; returns False if somebody is entering or has just entered.

        It doesn't wait: a listener may wait for whoever calls this.
        """
        room = self._rooms.get(room_id)
        if room is None:
            return True
        if not room.lock.acquire(blocking=False):
            return False
        try:
            if room.entering or self._clock() < room.entered_at + STAYS_OPEN:
                return False
            if room.is_open:
                room.is_open = False
                for listener in self._closed:
                    listener(room_id)
            return True
        finally:
            room.lock.release()
