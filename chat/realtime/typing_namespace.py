"""The Socket.IO namespace /typing: who is typing where. The server keeps no state of it."""

from chat.realtime import contract
from chat.realtime.broadcasts import TYPING_NAMESPACE, Broadcasts
from chat.realtime.connections import Connection, Connections
from chat.realtime.namespace import ChatNamespace, Rules


class TypingNamespace(ChatNamespace):
    """Passes on that somebody types to everybody else in the room."""

    accepts = contract.TYPING_REQUESTS

    def __init__(self, rules: Rules, connections: Connections, broadcasts: Broadcasts) -> None:
        super().__init__(TYPING_NAMESPACE, rules, connections)
        self._broadcasts = broadcasts

    def handle_join(self, connection: Connection, join: contract.RoomPayload) -> None:
        """Begin to hear who types in a room."""
        self.enter(connection, self.rules.access.room(connection.person, join.room))

    def handle_leave(self, connection: Connection, leave: contract.RoomPayload) -> None:
        """Hear no more of a room."""
        self.exit(connection, self.joined_room(connection, leave.room))

    def handle_typing(self, connection: Connection, typing: contract.Typing) -> None:
        """Tell the others of the room."""
        room = self.joined_room(connection, typing.room)
        self._broadcasts.typing(connection, room.id, active=typing.active)
