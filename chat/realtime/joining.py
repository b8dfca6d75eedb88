"""The events `join` and `leave` of /rooms."""

from chat.errors import Unauthorized
from chat.history.reader import Reader
from chat.realtime.connections import Connection
from chat.realtime.continuity import Continuity
from chat.realtime.lateness import Lateness
from chat.realtime.namespace import Answer, ChatNamespace
from chat.realtime.payload import MessageId, PageLimit, Payload, RoomId, RoomPayload
from chat.realtime.presence import GRACE, Presence
from chat.realtime.reading import page_to_wire


class Join(Payload):
    """Enter a room, and get its newest page or all messages after a known one.

    `up_to` is the last one that the server sent: the client has every message up to that id.
    """

    room: RoomId
    after: MessageId | None = None
    up_to: MessageId | None = None
    limit: PageLimit | None = None

    @property
    def cost(self) -> int:
        """Missed messages are ten pages at most, and usually far fewer."""
        return 5 if self.after or self.up_to else 1


class Joining:
    """Lets people in and out of rooms.

    Args:
        namespace: /rooms.
        reader: Where messages are read.
        presence: Who is in each room.
        continuity: Counts the events of each room, and keeps its `up_to`.
        lateness: Started with the first join.
    """

    def __init__(
        self,
        namespace: ChatNamespace,
        reader: Reader,
        presence: Presence,
        continuity: Continuity,
        lateness: Lateness,
    ) -> None:
        self._namespace = namespace
        self._reader = reader
        self._presence = presence
        self._continuity = continuity
        self._lateness = lateness
        namespace.register("join", Join, self.join)
        namespace.register("leave", RoomPayload, self.leave)
        namespace.when_disconnected(self.disconnected)

    def join(self, connection: Connection, join: Join) -> Answer:
        """Enter a room and catch up with it.

        While the history can't be reached this fails, but the room has been entered: the client
        receives what is said from now on, keeps what it has, and joins again.
        """
        namespace = self._namespace
        room = namespace.room(connection, join.room)
        follows = self._continuity.enter(room.id)  # may block
        if namespace.connections.get(connection.sid) is None:
            raise Unauthorized("This connection has ended.")
        namespace.enter(connection, room)  # before the history is read: the rest arrives live
        self._presence.enter(room.id, connection.sid, connection.person)
        self._lateness.watch()
        found = self._reader.catch_up(room.id, join.after, join.up_to, join.limit)
        return {
            "room": room.id,
            "you": connection.person.to_wire(),
            **page_to_wire(found.page),
            "recovered": found.recovered,
            "follows": follows,
            "up_to": found.up_to,
            "people": self._presence.people(room.id),
            "count": self._presence.count(room.id),
        }

    def leave(self, connection: Connection, leave: RoomPayload) -> None:
        """Leave a room."""
        room = self._namespace.joined_room(connection, leave.room)
        self._namespace.exit(connection, room)
        self._presence.leave(room.id, connection.sid, connection.person)

    def disconnected(self, connection: Connection) -> None:
        """Leave all rooms; others see it after a grace period, because people often reconnect."""
        person, sessions = connection.person, self._namespace.rules.sessions
        has_ended = sessions.has_ended(connection.key)
        if not has_ended:
            sessions.keep_name(person)
        for room_id in connection.rooms:
            grace = 0 if has_ended else GRACE
            self._presence.leave(room_id, connection.sid, person, grace=grace)
