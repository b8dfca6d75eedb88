"""The one door through which anything is sent to more than one client."""

from collections.abc import Sequence
from typing import Any

from flask_socketio import SocketIO

from chat import events
from chat.connections import Connection
from chat.messages import Message

ROOMS_NAMESPACE, TYPING_NAMESPACE = "/rooms", "/typing"


def channel(room_id: str) -> str:
    """The Socket.IO room of a chat room: no other room, such as one's own sid, is called so."""
    return f"room:{room_id}"


class Broadcasts:
    """Sends events to all who may have them, and to nobody else."""

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio

    def message(self, message: Message) -> None:
        """To everybody in its room, the sender included."""
        self._to_room(events.MESSAGE, message.to_wire(), ROOMS_NAMESPACE, message.room)

    def presence(self, change: dict[str, Any]) -> None:
        """To everybody in the room whose people have changed."""
        self._to_room(events.PRESENCE, change, ROOMS_NAMESPACE, change["room"])

    def activity(self, room_id: str, latest: str, outside: Sequence[str]) -> None:
        """To connections that are not in the room, never with any content of it."""
        activity = {"room": room_id, "latest": latest}
        if outside:  # to nobody would be to everybody
            self._socketio.emit(events.ACTIVITY, activity, namespace=ROOMS_NAMESPACE, to=outside)

    def typing(self, typist: Connection, room_id: str, *, active: bool) -> None:
        """To everybody else in the room."""
        typing = {"room": room_id, "user": typist.person.to_wire(), "active": active}
        self._to_room(events.TYPING, typing, TYPING_NAMESPACE, room_id, skip_sid=typist.sid)

    def going_away(self, sid: str, reconnect_in_ms: int) -> None:
        """To one connection, which is about to be closed."""
        plan = {"reconnect_in_ms": reconnect_in_ms}
        self._socketio.emit(events.GOING_AWAY, plan, namespace=ROOMS_NAMESPACE, to=sid)

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
