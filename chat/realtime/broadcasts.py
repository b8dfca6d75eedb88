"""The one door through which anything is sent to more than one client."""

import threading
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from flask_socketio import SocketIO

from chat.messages.message import Message
from chat.realtime.connections import Connection

ROOMS_NAMESPACE, TYPING_NAMESPACE = "/rooms", "/typing"


class Event(StrEnum):
    """What clients are told without having asked."""

    MESSAGE = "message"
    PRESENCE = "presence"
    MARK = "mark"
    ACTIVITY = "activity"
    GOING_AWAY = "going_away"
    TYPING = "typing"


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
        self._counted(Event.MESSAGE, message.to_wire(), message.room)

    def presence(self, change: dict[str, Any]) -> None:
        """To everybody in the room whose people have changed."""
        self._counted(Event.PRESENCE, change, change["room"])

    def vouch(self, room_id: str, up_to: str) -> None:
        """All messages of the room up to there were sent: the next event says so."""
        with self._lock:
            self._up_to[room_id] = up_to

    def mark(self, room_id: str, up_to: str) -> None:
        """To everybody in the room: how many events there were, and up to where all were sent."""
        with self._lock:
            self._up_to.pop(room_id, None)
            mark = {"room": room_id, "follows": self._sent[room_id], "up_to": up_to}
            self._to_room(Event.MARK, mark, ROOMS_NAMESPACE, room_id)

    def follows(self, room_id: str) -> int:
        """How many counted events were sent to the room."""
        return self._sent[room_id]

    def _counted(self, event: str, payload: dict[str, Any], room_id: str) -> None:
        with self._lock:
            payload["follows"] = self._sent[room_id]
            self._sent[room_id] += 1
            if up_to := self._up_to.pop(room_id, None):
                payload["up_to"] = up_to
            self._to_room(event, payload, ROOMS_NAMESPACE, room_id)

    def activity(self, room_id: str, latest: str, outside: Sequence[str]) -> None:
        """To connections that are not in the room, never with any content of it."""
        activity = {"room": room_id, "latest": latest}
        if outside:  # Socket.IO treats an empty list as everyone
            self._socketio.emit(Event.ACTIVITY, activity, namespace=ROOMS_NAMESPACE, to=outside)

    def typing(self, typist: Connection, room_id: str, *, active: bool) -> None:
        """To everybody else in the room."""
        typing = {"room": room_id, "user": typist.person.to_wire(), "active": active}
        self._to_room(Event.TYPING, typing, TYPING_NAMESPACE, room_id, skip_sid=typist.sid)

    def going_away(self, sid: str, reconnect_in_ms: int) -> None:
        """To one connection, which is about to be closed."""
        plan = {"reconnect_in_ms": reconnect_in_ms}
        self._socketio.emit(Event.GOING_AWAY, plan, namespace=ROOMS_NAMESPACE, to=sid)

    def _to_room(
        self,
        event: str,
        payload: dict[str, Any],
        namespace: str,
        room_id: str,
        skip_sid: str | None = None,
    ) -> None:
        to = channel(room_id)
        self._socketio.emit(event, payload, namespace=namespace, to=to, skip_sid=skip_sid)
