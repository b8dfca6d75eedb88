"""What clients are told without having asked: new messages, who is here, where something is up."""

from flask_socketio import SocketIO

from chat.broadcasts import Broadcasts
from chat.coalescing import Coalescer
from chat.connections import Connections
from chat.messages import Message
from chat.presence import Presence

INTERVAL = 1.0  # seconds between two announcements of presence, or of activity, for one room

# With thousands of rooms everybody would be told of every room once a second. This many events
# a second, over all connections, are enough for a number that people see from the corner of
# their eye.
ACTIVITY_EVENTS = 50_000


class Announcements:
    """Tells messages at once, presence and activity at most once a second per room.

    Args:
        broadcasts: The way out.
        connections: Those of the namespace /rooms.
        rooms: How many rooms there are.
        socketio: Runs what has to wait.
    """

    def __init__(
        self, broadcasts: Broadcasts, connections: Connections, rooms: int, socketio: SocketIO
    ) -> None:
        self._broadcasts = broadcasts
        self._connections = connections
        self._rooms = rooms
        self._latest: dict[str, str] = {}  # by room: the id of its newest message
        background = socketio.start_background_task, socketio.sleep
        self._activity = Coalescer(self._announce_activity, self._activity_interval, *background)
        self._people = Coalescer(self._announce_people, lambda: INTERVAL, *background)
        self.presence = Presence(self._people.mark)

    def message(self, message: Message) -> None:
        """A message was stored."""
        self._broadcasts.message(message)
        self._latest[message.room] = message.id
        self._activity.mark(message.room)

    def _activity_interval(self) -> float:
        return max(INTERVAL, self._rooms * len(self._connections) / ACTIVITY_EVENTS)

    def _announce_activity(self, room_id: str) -> None:
        self._broadcasts.activity(room_id, self._latest[room_id], self.presence.sids(room_id))

    def _announce_people(self, room_id: str) -> None:
        if change := self.presence.take_changes(room_id):
            self._broadcasts.presence(change)
