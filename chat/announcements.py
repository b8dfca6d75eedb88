"""What clients are told without having asked: new messages, who is here, where something is up."""

import time

from flask_socketio import SocketIO

from chat.broadcasts import Broadcasts
from chat.coalescing import Coalescer
from chat.connections import Connections
from chat.messages import Message, id_at
from chat.presence import Presence

INTERVAL = 1.0  # seconds between two announcements of presence, or of activity, for one room

# A resend that finds an older message than this tells nobody: whoever was here has had it, and
# whoever came since found it in the history (seconds).
NEWS_FOR = 60.0

# With thousands of rooms everybody would be told of every room once a second. This many events
# a second, over all connections, are enough for a number that people see from the corner of
# their eye.
ACTIVITY_EVENTS = 5_000


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
        self._start_task, self._sleep = socketio.start_background_task, socketio.sleep
        self._waiting: dict[str, None] = {}  # rooms whose activity is to be announced
        self._latest: dict[str, str] = {}  # by room: the id of its newest message
        background = socketio.start_background_task, socketio.sleep
        self._activity = Coalescer(self._announce_activity, lambda: INTERVAL, *background)
        self._people = Coalescer(self._announce_people, lambda: INTERVAL, *background)
        self.presence = Presence(self._people.mark)

    def message(self, message: Message) -> None:
        """A message was stored, now or by an earlier attempt to send it."""
        if message.id < id_at(time.time() - NEWS_FOR):
            return
        self._broadcasts.message(message)
        self._latest[message.room] = max(message.id, self._latest.get(message.room, ""))
        self._activity.mark(message.room)

    def _announce_activity(self, room_id: str) -> None:
        self._waiting[room_id] = None
        if len(self._waiting) == 1:
            self._start_task(self._announce_waiting)

    def _announce_waiting(self) -> None:
        """Tell of one room after the other, no faster than ACTIVITY_EVENTS."""
        while self._waiting:
            room_id = next(iter(self._waiting))
            members = set(self.presence.sids(room_id))
            self._broadcasts.activity(room_id, self._latest[room_id], members)
            self._sleep((len(self._connections) - len(members)) / ACTIVITY_EVENTS)
            del self._waiting[room_id]

    def _announce_people(self, room_id: str) -> None:
        if change := self.presence.take_changes(room_id):
            self._broadcasts.presence(change)
