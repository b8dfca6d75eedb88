"""The feeds of rooms in which nobody was."""

from collections.abc import Callable

from chat.errors import ChatError
from chat.history.reader import Reader
from chat.history.shared_reads import SharedReads
from chat.messages.ids import LAST_ID
from chat.realtime.feed import Feed


class NewFeeds:
    """Makes feeds in which all stored messages count as broadcast: people who enter read them.

    Args:
        reader: Reads rooms.
        clock: Seconds, monotonic.
    """

    def __init__(self, reader: Reader, clock: Callable[[], float]) -> None:
        self._reader = reader
        self._clock = clock
        self._reads = SharedReads(self._read)
        self._unfinished: dict[str, Feed] = {}  # by room, while it is read

    def make(self, room_id: str) -> Feed:
        """The feed of a room; may block."""
        try:
            return self._reads.ask(room_id)
        except ChatError:  # recent messages are broadcast later, perhaps a second time
            return self._feed(self._reader.settled() or "")

    def _read(self, room_id: str) -> Feed:
        feed = self._unfinished[room_id] = self._feed("")
        try:
            settled = self._reader.settled()
            if settled is None:
                feed.settle(self._reader.newest_id(room_id))
            else:
                feed.settle(settled)
                for message in self._reader.between(room_id, settled, LAST_ID):
                    feed.add(message.id)
        finally:
            del self._unfinished[room_id]
        return feed

    def _feed(self, up_to: str) -> Feed:
        now = self._clock()
        return Feed(up_to, touched_at=now, sent_at=now)

    def sent(self, room_id: str, message_id: str) -> None:
        """A message was broadcast; if the room is just being read, the read may not have it."""
        if feed := self._unfinished.get(room_id):
            feed.add(message_id)
