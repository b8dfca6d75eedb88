"""Deletes expired messages, where the history doesn't do so by itself."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from chat.errors import Unavailable
from chat.storage.base import History

log = logging.getLogger(__name__)

EVERY = 86_400.0  # seconds between two rounds
PAUSE = 5.0  # seconds between two batches; leaves the capacity of a table to other requests
AFTER_TROUBLE = 600.0  # seconds to wait after an error

BEGINNING = "0"  # sorts before every id


class Expiry:
    """Goes through all rooms once a day, a batch at a time.

    Args:
        history: Where messages are kept.
        rooms: The ids of all rooms.
        sleep: Waits for seconds.
    """

    def __init__(
        self, history: History, rooms: Sequence[str], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._history = history
        self._rooms = rooms
        self._sleep = sleep

    def start(self) -> None:
        """Start a thread that runs until the process ends."""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            for room in self._rooms:
                self.clear(room)
            self._sleep(EVERY)

    def clear(self, room: str) -> None:
        """Delete all expired messages of a room."""
        after: str | None = BEGINNING
        while after:
            self._sleep(PAUSE)
            try:
                after = self._history.delete_expired(room, after)
            except Unavailable:
                log.warning("Old messages of %s can't be deleted now", room)
                self._sleep(AFTER_TROUBLE)
            except Exception:
                log.exception("Old messages of %s could not be deleted", room)
                self._sleep(AFTER_TROUBLE)
