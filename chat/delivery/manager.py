"""Which client is connected to which namespace and channel, and how an event reaches all of them.

A *channel* is what Socket.IO calls a room; the names here keep python-socketio's word `room`.

The tables have the shape of python-socketio's manager, `rooms[namespace][room][sid]`, so that its
managers for several processes can be derived (`class Bus(RedisManager, Manager)`). But they are
plain dictionaries with an index: joining, leaving and disconnecting touch only the channels
concerned, where python-socketio's manager scans all channels of the namespace.

Each client's own channel, which is named like its sid, is not stored.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

import socketio
from socketio.packet import EVENT

Members = dict[str, str]  # sid → Engine.IO sid


class Manager(socketio.Manager):  # type: ignore[misc]
    """Stores the members of channels, and sends them events."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms: dict[str, dict[str | None, Members]] = {}  # under None: everyone
        self.pending_connect: dict[str, set[str]] = {}
        self.pending_disconnect: dict[str, set[str]] = {}
        self._sids: dict[str, dict[str, str]] = {}  # namespace → Engine.IO sid → sid
        self._joined: dict[str, dict[str, list[str]]] = {}  # namespace → sid → rooms

    # Sending

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | Iterable[str] | None = None,
        skip_sid: str | Container[str] | None = None,
        callback: Callable[..., None] | None = None,
        to: str | Iterable[str] | None = None,
        **_kwargs: Any,
    ) -> None:
        """Send an event to a client, a channel, several channels or everyone in the namespace.

        Args:
            event: The name of the event.
            data: One JSON value, or a tuple of several arguments.
            namespace: The namespace of the event and of the receivers.
            room: A channel, a sid, or a list of them; None for everyone.
            skip_sid: A sid, or a container of sids such as a set.
            callback: Called with the arguments of each client's acknowledgement.
            to: Takes precedence over `room`, unless it is empty: as in python-socketio, an empty
                list here and no `room` mean everyone.
        """
        members = self._members(namespace, to or room)
        if skip_sid:
            skipped = {skip_sid} if isinstance(skip_sid, str) else skip_sid
            members = {sid: eio for sid, eio in members.items() if sid not in skipped}
        if not members:
            return
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        packet = self.server.packet_class(EVENT, [event, *arguments], namespace)
        if callback is None:
            self.server.deliver(members.values(), packet.encode())
            return
        for sid, eio_sid in list(members.items()):
            packet.id = self._generate_ack_id(sid, callback)
            self.server.deliver((eio_sid,), packet.encode())

    def _members(self, namespace: str, room: Any) -> Members:
        """Return the members of a channel; the result may be the table itself: don't change it."""
        rooms = self.rooms.get(namespace)
        if rooms is None:
            return {}
        everyone = rooms[None]
        if room is None:
            pending = self.pending_connect.get(namespace)
            if not pending:
                return everyone
            return {sid: eio for sid, eio in everyone.items() if sid not in pending}
        if isinstance(room, str):
            if room in everyone:
                return {room: everyone[room]}
            return rooms.get(room, {})
        members: Members = {}
        for each in room:
            if eio_sid := everyone.get(each):  # most entries of a list are sids
                members[each] = eio_sid
            else:
                members |= self._members(namespace, each)
        return members

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """Iterate over the members of a channel: pairs of sid and Engine.IO sid."""
        yield from list(self._members(namespace, room).items())

    # Connecting

    def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """Register a client that the connect handler has not accepted yet.

        Returns:
            The client's new sid; None if it is connected to the namespace already.
        """
        sids = self._sids.setdefault(namespace, {})
        if eio_sid in sids:
            return None
        sid: str = self.server.eio.generate_id()
        sids[eio_sid] = sid
        self.rooms.setdefault(namespace, {None: {}})[None][sid] = eio_sid
        self.pending_connect.setdefault(namespace, set()).add(sid)
        return sid

    def connect(self, sid: str, namespace: str) -> str:
        """Register that the connect handler has accepted the client."""
        self.pending_connect[namespace].discard(sid)
        return sid

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """Register that a client's disconnect handler is about to run."""
        self.pending_disconnect.setdefault(namespace, set()).add(sid)
        return self.rooms[namespace][None].get(sid)

    def basic_disconnect(self, sid: str, namespace: str, **_kwargs: Any) -> None:
        """Remove a client from all tables of the namespace."""
        if namespace not in self.rooms:
            return
        for room in list(self._joined.get(namespace, {}).get(sid, ())):
            self.basic_leave_room(sid, namespace, room)
        eio_sid = self.rooms[namespace][None].pop(sid, None)
        if eio_sid is not None:
            del self._sids[namespace][eio_sid]
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            pending.get(namespace, set()).discard(sid)

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        """Return a client's sid in a namespace; None if it isn't connected to that."""
        return self._sids.get(namespace, {}).get(eio_sid)

    def is_used(self, eio_sid: str) -> bool:
        """Whether a client is connected to any namespace."""
        return any(eio_sid in sids for sids in self._sids.values())

    # Channels

    def basic_enter_room(
        self, sid: str, namespace: str, room: str, eio_sid: str | None = None
    ) -> None:
        """Add a client to a channel.

        Raises:
            ValueError: The client isn't connected, or the channel is another client's own one.
        """
        everyone = self.rooms.get(namespace, {}).get(None, {})
        if sid not in everyone:
            raise ValueError("sid is not connected to requested namespace")
        if room == sid:
            return
        if room in everyone:
            raise ValueError("cannot enter a sid room")
        self.rooms[namespace].setdefault(room, {})[sid] = eio_sid or everyone[sid]
        joined = self._joined.setdefault(namespace, {}).setdefault(sid, [])
        if room not in joined:
            joined.append(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str) -> None:
        """Remove a client from a channel, and the channel itself when it is empty."""
        joined = self._joined.get(namespace, {})
        if room not in joined.get(sid, ()):
            return
        joined[sid].remove(room)
        if not joined[sid]:
            del joined[sid]
        members = self.rooms[namespace][room]
        del members[sid]
        if not members:
            del self.rooms[namespace][room]

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        """Return the channels of a client, including its own one."""
        if sid not in self.rooms.get(namespace, {}).get(None, {}):
            return []
        return [sid, *self._joined.get(namespace, {}).get(sid, ())]
