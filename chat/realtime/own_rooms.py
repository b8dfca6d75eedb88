"""The events `rooms`, `read` and `set_level` of /rooms: what the rooms are to the reader.

A person may read on several devices. What one of them changes, the others learn at once if they are
connected here, otherwise when they next ask for their rooms.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from flask_socketio import SocketIO

from chat.accounts.person import Person
from chat.errors import ChatError, Invalid
from chat.history.newest_ids import NewestIds
from chat.history.shared_reads import SharedReads
from chat.messages.ids import MessageIds
from chat.realtime.broadcasts import Event
from chat.realtime.choosing import choices_to_wire
from chat.realtime.connections import Connection
from chat.realtime.devices import Devices
from chat.realtime.namespace import Answer, ChatNamespace
from chat.realtime.payload import MessageId, Payload, RoomId
from chat.realtime.read_markers import ReadMarkers
from chat.rooms.room import Room
from chat.storage.base import CLOCK_SKEW
from chat.storage.memberships import Membership, Memberships, ReadMarker, Shared

READ = Event("read")
ROOM = Event("room")

# Reads at the same time. After a restart everybody asks at once, and each read of DynamoDB needs a
# socket.
READS_AT_ONCE = 20


class Rooms(Payload):
    """Ask for all rooms."""

    @property
    def cost(self) -> int:
        """The storage is asked for all rooms of the person."""
        return 5


class Read(Payload):
    """The reader has seen the room up to the message of that id."""

    room: RoomId
    id: MessageId


class SetLevel(Payload):
    """The reader wants to be notified of all messages in a room, of mentions, or of nothing."""

    room: RoomId
    level: Literal["all", "mentions", "nothing"]

    @property
    def cost(self) -> int:
        """It is written at once, which costs as much as a message."""
        return 5


class OwnRooms:
    """Keeps the reader's place and level in each room the same on all devices.

    Args:
        namespace: /rooms.
        memberships: Where places and levels are stored.
        newest: The newest message of each room.
        devices: The other ones of the reader.
        ids: Makes the ids of changes.
        socketio: Runs background tasks.
    """

    def __init__(
        self,
        namespace: ChatNamespace,
        memberships: Memberships,
        newest: NewestIds,
        devices: Devices,
        ids: MessageIds,
        socketio: SocketIO,
    ) -> None:
        self._namespace = namespace
        self._memberships = memberships
        self._newest = newest
        self.devices = devices
        self._ids = ids
        self.markers = ReadMarkers(memberships, socketio.start_background_task, socketio.sleep)
        self._reads = SharedReads(self._read)
        self._reading = threading.BoundedSemaphore(READS_AT_ONCE)
        namespace.register("rooms", Rooms, self.rooms)
        namespace.register("read", Read, self.read)
        namespace.register("set_level", SetLevel, self.set_level)
        namespace.when_disconnected(self.disconnected)

    def rooms(self, connection: Connection, _rooms: Rooms) -> Answer:
        """All rooms that the reader may enter, in the order of the page, and the choices."""
        person = connection.person
        return self._to_wire(person, self._namespace.rules.access.rooms(person))

    def _to_wire(self, person: Person, rooms: Sequence[Room]) -> Answer:
        waiting = self.markers.waiting(person.id)  # first: it may be stored before the read ends
        shared = self._reads.ask(person.id)
        memberships = {each.room: each for each in shared.memberships}
        newest = self._newest.of([room.id for room in rooms])
        told = [
            _room_to_wire(
                room,
                memberships.get(room.id, Membership(room.id)),
                waiting.get(room.id, ""),
                newest.get(room.id),
            )
            for room in rooms
        ]
        return {"rooms": told, "choices": choices_to_wire(shared.choices)}

    def _read(self, person_id: str) -> Shared:
        with self._reading:
            return self._memberships.of(person_id)

    def read(self, connection: Connection, read: Read) -> Answer:
        """Move the reader's place forward."""
        room = self._namespace.room(connection, read.room)
        self._require_past(room, read.id)
        person = connection.person
        if self.markers.advance(ReadMarker(person.id, room.id, read.id)):
            self.devices.tell_others(connection, READ, read_to_wire(room.id, read.id))
        return {"read_up_to": max(read.id, self.markers.waiting(person.id).get(room.id, ""))}

    def _require_past(self, room: Room, id_: str) -> None:
        """Refuse ids later than now: later messages would all count as read.

        The newest message of a room may have such an id, by a server whose clock was ahead.
        """
        is_ahead = self._ids.is_ahead(id_, CLOCK_SKEW)
        if is_ahead and id_ > self._newest.of([room.id]).get(room.id, ""):
            raise Invalid("id: this is later than now")

    def set_level(self, connection: Connection, chosen: SetLevel) -> None:
        """Store the level, and tell the reader's other connections."""
        room = self._namespace.room(connection, chosen.room)
        person = connection.person
        change = self._ids.make("levels:")
        self._memberships.set_level(person.id, room.id, chosen.level, change)
        if self.devices.has_others(connection):
            with suppress(ChatError):  # they learn it when they next ask for their rooms
                [told] = self._to_wire(person, [room])["rooms"]
                self.devices.tell_others(connection, ROOM, told)

    def tell_waiting(self, person: str) -> None:
        """Tell the devices of a person how far was read, as far as it may not be stored yet."""
        for room_id, id_ in self.markers.waiting(person).items():
            self.devices.tell(person, READ, read_to_wire(room_id, id_))

    def disconnected(self, connection: Connection) -> None:
        """Store how far the person has read, who may go on reading elsewhere."""
        self.markers.hurry(connection.person.id)


def read_to_wire(room_id: str, read_up_to: str) -> dict[str, str]:
    """`{"room", "read_up_to"}`."""
    return {"room": room_id, "read_up_to": read_up_to}


def _room_to_wire(room: Room, membership: Membership, waiting: str, newest: str | None) -> Answer:
    """`{"id", "title", "topic", "kind", "read_up_to", "level", "latest"}`."""
    return {
        "id": room.id,
        "title": room.title,
        "topic": room.topic,
        "kind": "public",
        "read_up_to": max(membership.read_up_to, waiting) or None,
        "level": membership.level or None,
        "latest": newest,
    }
