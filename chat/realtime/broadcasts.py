"""The one door through which anything is sent to more than one client."""

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from flask_socketio import SocketIO

from chat.messages.message import Message
from chat.realtime.connections import Connection

ROOMS_NAMESPACE, TYPING_NAMESPACE = "/rooms", "/typing"


class Event(str):
    """The name of an event to clients: a constant of the module that tells it."""

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
    """The Socket.IO room of a chat room: no other room, such as one's own sid, is called so."""
    return f"room:{room_id}"


class Broadcasts:
    """Sends events to all who may have them, and to nobody else.

    What goes to everybody in a room on `/rooms` is counted: `follows` is how many such events went
    there before. Whoever misses one sees a number too many at the next. `up_to` tells up to where
    all messages were sent to those who are in the room. It goes with the next event there is, once.
    """

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio
        self._sent: Counter[str] = Counter()  # events, by room
        self._up_to: dict[str, str] = {}  # what the next event says, by room
        self._lock = threading.Lock()  # the order of the numbers is the order of sending

    def message(self, message: Message) -> None:
        """To everybody in its room, the sender included."""
        self.to_room(MESSAGE, message.to_wire(), message.room)

    def presence(self, change: dict[str, Any]) -> None:
        """To everybody in the room whose people have changed."""
        self.to_room(PRESENCE, change, change["room"])

    def vouch(self, room_id: str, up_to: str) -> None:
        """All messages of the room up to there were sent: the next event says so."""
        with self._lock:
            self._up_to[room_id] = up_to

    def mark(self, room_id: str, up_to: str) -> None:
        """To everybody in the room: how many events there were, and up to where all were sent."""
        with self._lock:
            self._up_to.pop(room_id, None)
            mark = {"room": room_id, "follows": self._sent[room_id], "up_to": up_to}
            self._to_channel(MARK, mark, ROOMS_NAMESPACE, room_id)

    def follows(self, room_id: str) -> int:
        """How many counted events were sent to the room."""
        return self._sent[room_id]

    def to_room(self, event: Event, payload: dict[str, Any], room_id: str) -> None:
        """To everybody in a room, with a number by which a client notices that it missed the event.

        Args:
            event: Its name.
            payload: What it says; `follows` and sometimes `up_to` are added.
            room_id: Of the room.
        """
        with self._lock:
            payload["follows"] = self._sent[room_id]
            self._sent[room_id] += 1
            if up_to := self._up_to.pop(room_id, None):
                payload["up_to"] = up_to
            self._to_channel(event, payload, ROOMS_NAMESPACE, room_id)

    def activity(self, room_id: str, latest: str, outside: Sequence[str]) -> None:
        """To connections that are not in the room, never with any content of it."""
        activity = {"room": room_id, "latest": latest}
        if outside:  # Socket.IO treats an empty list as everyone
            self._socketio.emit(ACTIVITY, activity, namespace=ROOMS_NAMESPACE, to=outside)

    def to_others(
        self, event: Event, payload: dict[str, Any], sender: Connection, room_id: str
    ) -> None:
        """To everybody in the room on /typing but the sender; nobody notices if it gets lost."""
        self._to_channel(event, payload, TYPING_NAMESPACE, room_id, skip_sid=sender.sid)

    def going_away(self, sid: str, reconnect_in_ms: int) -> None:
        """To one connection, which is about to be closed."""
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
