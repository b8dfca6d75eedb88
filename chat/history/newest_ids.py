"""The id of the newest message in each room: it tells whether a room has something unread."""

import time
from collections.abc import Callable, Sequence

from chat.errors import ChatError
from chat.history.reader import Reader
from chat.history.shared_reads import SharedReads

# Seconds after which a room is read again if somebody asks: another server may have stored a
# message that this one doesn't know.
READ_EVERY = 10.0


class NewestIds:
    """Knows the newest ids from reads, at most one each READ_EVERY, and from what is broadcast.

    Args:
        reader: Reads rooms.
        clock: Seconds, monotonic.
    """

    def __init__(self, reader: Reader, clock: Callable[[], float] = time.monotonic) -> None:
        self._reads = SharedReads(self._read)
        self._reader = reader
        self._clock = clock
        self._ids: dict[str, str] = {}
        self._read_at: dict[str, float] = {}

    def saw(self, room_id: str, id_: str) -> None:
        """There is a message of that id."""
        self._ids[room_id] = max(id_, self._ids.get(room_id, ""))

    def seen(self, room_id: str) -> str:
        """The newest id that was seen so far; empty before the first. Reads nothing."""
        return self._ids.get(room_id, "")

    def of(self, room_ids: Sequence[str]) -> dict[str, str]:
        """The newest ids by room: FIRST_ID for a room without messages.

        Rooms that can't be read now are left out.
        """
        if stale := tuple(id_ for id_ in room_ids if not self._is_fresh(id_)):
            try:
                self._reads.ask(*stale)
            except ChatError:  # the cause is in the log
                room_ids = [id_ for id_ in room_ids if id_ not in stale]
        return {id_: self._ids[id_] for id_ in room_ids}

    def _is_fresh(self, room_id: str) -> bool:
        return self._clock() < self._read_at.get(room_id, float("-inf")) + READ_EVERY

    def _read(self, *room_ids: str) -> bool:
        began_at = self._clock()
        for room_id, id_ in zip(room_ids, self._reader.newest_ids(room_ids), strict=True):
            self.saw(room_id, id_)
            self._read_at[room_id] = began_at
        return True
