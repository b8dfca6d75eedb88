"""Events that clients get without a request: messages, presence, activity in other rooms."""

from collections.abc import Callable, Iterator
from typing import Any

from flask_socketio import SocketIO

from chat.history.newest_ids import NewestIds
from chat.history.reader import Reader
from chat.messages.message import Message
from chat.realtime.activity import Activity, events_a_second
from chat.realtime.broadcasts import Broadcasts
from chat.realtime.coalescing import Coalescer
from chat.realtime.connections import Connection, Connections
from chat.realtime.continuity import Continuity
from chat.realtime.presence import Presence

INTERVAL = 1.0  # seconds between two announcements of the people of one room

# Connections that get `activity` in one batch; other tasks get their turn between batches.
AUDIENCE = 125


class Announcements:
    """Broadcasts messages at once, presence and activity at most once a second per room.

    Args:
        broadcasts: Sends the events.
        reader: Finds stored messages that were not broadcast.
        newest: Learns the newest message of each room.
        connections: Those of the namespace /rooms.
        socketio: Runs background tasks.
    """

    def __init__(
        self,
        broadcasts: Broadcasts,
        reader: Reader,
        newest: NewestIds,
        connections: Connections,
        socketio: SocketIO,
    ) -> None:
        self._broadcasts = broadcasts
        self._newest = newest
        self._connections = connections
        background = socketio.start_background_task, socketio.sleep
        self._activity = Activity(
            self._announce_activity, lambda: events_a_second(len(connections)), *background
        )
        self._people = Coalescer(self._announce_people, lambda: INTERVAL, *background)
        self.presence = Presence(self._people.request)
        self._people_listeners: list[Callable[[dict[str, Any]], None]] = []
        self.continuity = Continuity(
            reader, broadcasts, self.message, self.presence.is_empty, *background
        )

    def when_people_change(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Register a function that is called when people of this process come to a room or go.

        It gets what `Presence.take_changes_here` returns, at most once a second per room.
        """
        self._people_listeners.append(listener)
        self.presence.keep_changes_here()

    def message(self, message: Message) -> bool:
        """Broadcast a stored message, unless it was broadcast before; returns whether it was sent.

        In a room without people, old messages are not sent either: see `Continuity.is_news`.
        """
        if not self.continuity.is_news(message):
            return False
        self._broadcasts.message(message)
        self.continuity.sent(message.room)
        self._newest.saw(message.room, message.id)
        self._activity.request(message.room)
        return True

    def is_known(self, room_id: str, id_: str) -> bool:
        """Whether the message of that id was announced here."""
        return id_ <= self._newest.seen(room_id) and self.continuity.was_sent(room_id, id_)

    def elsewhere(self, room_id: str, id_: str) -> None:
        """Announce that another process has stored a message of that id."""
        if id_ > self._newest.seen(room_id):
            self._newest.saw(room_id, id_)
            self._activity.request(room_id)

    def _announce_activity(self, room_ids: list[str]) -> Iterator[int]:
        sids = self._connections.sids()
        for start in range(0, len(sids), AUDIENCE):
            batch = list(filter(None, map(self._connections.get, sids[start : start + AUDIENCE])))
            yield sum(self._send_outside(room_id, batch) for room_id in room_ids)

    def _send_outside(self, room_id: str, connections: list[Connection]) -> int:
        """Send `activity` to those connections that are not in the room; returns their number."""
        outside = [each.sid for each in connections if room_id not in each.rooms]
        self._broadcasts.activity(room_id, self._newest.seen(room_id), outside)
        return len(outside)

    def _announce_people(self, room_id: str) -> None:
        if change := self.presence.take_changes(room_id):
            self._broadcasts.presence(change)
            self.continuity.sent(room_id)
        if change := self.presence.take_changes_here(room_id):
            for listener in self._people_listeners:
                listener(change)
        self.continuity.left(room_id)
