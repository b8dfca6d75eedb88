"""What clients are told without having asked: new messages, who is here, where something is up."""

import time

from flask_socketio import SocketIO

from chat.activity import Activity
from chat.broadcasts import Broadcasts
from chat.coalescing import Coalescer
from chat.connections import Connections
from chat.message_ids import id_at
from chat.messages import Message
from chat.presence import Presence

INTERVAL = 1.0  # seconds between two announcements of the people of one room

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

    def _announce_activity(self, room_id: str) -> int:
        members = set(self.presence.sids(room_id))
        self._broadcasts.activity(room_id, self._latest[room_id], members)
        return len(self._connections) - len(members)

    def _announce_people(self, room_id: str) -> None:
        if change := self.presence.take_changes(room_id):
            self._broadcasts.presence(change)
