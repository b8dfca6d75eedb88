"""The events of /typing: who is typing where. The server keeps no state of it."""

from collections.abc import Callable
from typing import Any

from chat.realtime.broadcasts import Broadcasts, Event
from chat.realtime.connections import Connection
from chat.realtime.namespace import ChatNamespace
from chat.realtime.payload import Payload, RoomId, RoomPayload

TYPING = Event("typing")


class Typing(Payload):
    """Somebody begins to type, goes on, or stops."""

    room: RoomId
    active: bool


class TypingIndicators:
    """Tells the others in a room that somebody types.

    Args:
        namespace: /typing.
        broadcasts: Sends the events.
    """

    def __init__(self, namespace: ChatNamespace, broadcasts: Broadcasts) -> None:
        self._namespace = namespace
        self._broadcasts = broadcasts
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        namespace.register("join", RoomPayload, self.join)
        namespace.register("leave", RoomPayload, self.leave)
        namespace.register("typing", Typing, self.typing)

    def when_told(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Call a function with the payload of each event that somebody here causes."""
        self._listeners.append(listener)

    def join(self, connection: Connection, join: RoomPayload) -> None:
        """Begin to get the `typing` events of a room."""
        self._namespace.enter(connection, self._namespace.room(connection, join.room))

    def leave(self, connection: Connection, leave: RoomPayload) -> None:
        """Get no more `typing` events of a room."""
        room = self._namespace.joined_room(connection, leave.room)
        self._namespace.exit(connection, room)

    def typing(self, connection: Connection, typing: Typing) -> None:
        """Send the event to everybody else in the room."""
        room = self._namespace.joined_room(connection, typing.room)
        user = connection.person.to_wire()
        told = {"room": room.id, "user": user, "active": typing.active}
        self._broadcasts.to_others(TYPING, told, connection, room.id)
        for listener in self._listeners:
            listener(told)

    def tell_here(self, told: dict[str, Any]) -> None:
        """Send the event of somebody who is connected to another process."""
        self._broadcasts.to_others(TYPING, told, None, told["room"])
