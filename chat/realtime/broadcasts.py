"""The only module that sends events to more than one client."""

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from flask_socketio import SocketIO

from chat.messages.message import Message
from chat.realtime.connections import Connection

ROOMS_NAMESPACE, TYPING_NAMESPACE = "/rooms", "/typing"


class Event(str):
    """The name of an event that clients get without a request; a constant of the sending module."""

    __slots__ = ()
    names: ClassVar[set[str]] = set()  # of all

    def __new__(cls, name: str) -> "Event":
        """Add the name to those of all events."""
        cls.names.add(name)
        return super().__new__(cls, name)


MESSAGE = Event("message")
PRESENCE = Event("presence")
MARK = Event("mark")
ACTIVITY = Event("activity")
GOING_AWAY = Event("going_away")


def channel(room_id: str) -> str:
    """The name of a room's channel, which is what Socket.IO calls a room.

    The prefix tells it from other channels, such as the one that each connection has for itself.
    """
    return f"room:{room_id}"


class Broadcasts:
    """Sends each event to the connections that may get it, and to no others.

    Events to everybody in a room on `/rooms` are counted. `follows` is how many counted events were
    sent to the room before this one, so a client that missed an event sees a gap. `up_to` has the
    form of an id: all messages up to it were sent to everybody in the room. Each `up_to` is sent
    once, with the next counted event or with a mark.
    """

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio
        self._sent: Counter[str] = Counter()  # events, by room
        self._up_to: dict[str, str] = {}  # for the next counted event, by room
        self._lock = threading.Lock()  # the order of the numbers is the order of sending

    def message(self, message: Message) -> None:
        """Send a message to everybody in its room, the sender included."""
        self.to_room(MESSAGE, message.to_wire(), message.room)

    def presence(self, change: dict[str, Any]) -> None:
        """Send the `presence` event to everybody in the room whose people have changed."""
        self.to_room(PRESENCE, change, change["room"])

    def set_up_to(self, room_id: str, up_to: str) -> None:
        """Have the next counted event say that all messages up to `up_to` were sent."""
        with self._lock:
            self._up_to[room_id] = up_to

    def mark(self, room_id: str, up_to: str) -> None:
        """Send a mark to everybody in the room: the number of counted events, and `up_to`."""
        with self._lock:
            self._up_to.pop(room_id, None)
            mark = {"room": room_id, "follows": self._sent[room_id], "up_to": up_to}
            self._to_channel(MARK, mark, ROOMS_NAMESPACE, room_id)

    def follows(self, room_id: str) -> int:
        """How many counted events were sent to the room."""
        return self._sent[room_id]

    def to_room(self, event: Event, payload: dict[str, Any], room_id: str) -> None:
        """Send a counted event to everybody in a room, the sender included.

        Args:
            event: Its name.
            payload: Its fields; `follows` and sometimes `up_to` are added.
            room_id: The room.
        """
        with self._lock:
            payload["follows"] = self._sent[room_id]
            self._sent[room_id] += 1
            if up_to := self._up_to.pop(room_id, None):
                payload["up_to"] = up_to
            self._to_channel(event, payload, ROOMS_NAMESPACE, room_id)

    def activity(self, room_id: str, latest: str, outside: Sequence[str]) -> None:
        """Send `activity` to connections that are not in the room, without content of messages."""
        self.to_connections(ACTIVITY, {"room": room_id, "latest": latest}, outside)

    def to_connections(self, event: Event, payload: dict[str, Any], sids: Sequence[str]) -> None:
        """Send an uncounted event to some connections to /rooms."""
        if sids:  # Socket.IO treats an empty list as everyone
            self._socketio.emit(event, payload, namespace=ROOMS_NAMESPACE, to=sids)

    def to_others(
        self, event: Event, payload: dict[str, Any], sender: Connection | None, room_id: str
    ) -> None:
        """Send an uncounted event to everybody in the room on /typing except the sender.

        The sender is None if it is connected to another process.
        """
        skip_sid = sender.sid if sender else None
        self._to_channel(event, payload, TYPING_NAMESPACE, room_id, skip_sid=skip_sid)

    def going_away(self, sid: str, reconnect_in_ms: int) -> None:
        """Send `going_away` to one connection, which is about to be closed."""
        plan = {"reconnect_in_ms": reconnect_in_ms}
        self._socketio.emit(GOING_AWAY, plan, namespace=ROOMS_NAMESPACE, to=sid)

    def _to_channel(
        self,
        event: str,
        payload: dict[str, Any],
        namespace: str,
        room_id: str,
        skip_sid: str | None = None,
    ) -> None:
        to = channel(room_id)
        self._socketio.emit(event, payload, namespace=namespace, to=to, skip_sid=skip_sid)
