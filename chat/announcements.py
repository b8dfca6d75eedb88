"""What clients are told without having asked: new messages, who is here, where something is up."""

import time
from collections.abc import Iterator

from flask_socketio import SocketIO

from chat.activity import Activity
from chat.broadcasts import Broadcasts
from chat.coalescing import Coalescer
from chat.connections import Connections
from chat.message_ids import id_at
from chat.messages import Message
from chat.presence import Presence

INTERVAL = 1.0  # seconds between two announcements of the people of one room

# Connections that are told of activity in one go; what else there is to do comes in between.
AUDIENCE = 250

# A resend that finds an older message than this tells nobody: whoever was here has had it, and
# whoever came since found it in the history (seconds).
NEWS_FOR = 60.0


class Announcements:
    """Tells messages at once, presence and activity at most once a second per room.

    Args:
        broadcasts: The way out.
        connections: Those of the namespace /rooms.
        socketio: Runs what has to wait.
    """

    def __init__(
        self, broadcasts: Broadcasts, connections: Connections, socketio: SocketIO
    ) -> None:
        self._broadcasts = broadcasts
        self._connections = connections
        self._latest: dict[str, str] = {}  # by room: the id of its newest message
        background = socketio.start_background_task, socketio.sleep
        self._activity = Activity(self._announce_activity, *background)
        self._people = Coalescer(self._announce_people, lambda: INTERVAL, *background)
        self.presence = Presence(self._people.mark)

    def message(self, message: Message) -> None:
        """A message was stored, now or by an earlier attempt to send it."""
        if message.id < id_at(time.time() - NEWS_FOR):
            return
        self._broadcasts.message(message)
        self._latest[message.room] = max(message.id, self._latest.get(message.room, ""))
        self._activity.mark(message.room)

    def _announce_activity(self, room_ids: list[str]) -> Iterator[int]:
        sids = self._connections.sids()
        for start in range(0, len(sids), AUDIENCE):
            part = sids[start : start + AUDIENCE]
            yield sum(self._tell_outside(room_id, part) for room_id in room_ids)

    def _tell_outside(self, room_id: str, sids: list[str]) -> int:
        """Tell those of the connections that are still there, and not in the room."""
        found = filter(None, map(self._connections.get, sids))
        outside = [each.sid for each in found if room_id not in each.rooms]
        self._broadcasts.activity(room_id, self._latest[room_id], outside)
        return len(outside)

    def _announce_people(self, room_id: str) -> None:
        if change := self.presence.take_changes(room_id):
            self._broadcasts.presence(change)
