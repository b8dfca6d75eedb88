"""Devices: what a person changes on one device, those at other processes learn at once."""

import threading
from typing import Any

from chat.bus.bus import Bus
from chat.bus.crossing import person_channel
from chat.bus.envelope import Publication
from chat.realtime.broadcasts import Event
from chat.realtime.connections import Connection
from chat.realtime.namespace import ChatNamespace
from chat.realtime.own_rooms import OwnRooms


class Devices:
    """Tells of changes by devices that are connected here, and passes on those by others.

    What was missed, a device learns when it next asks for its rooms.

    Args:
        bus: Tells the other processes.
        namespace: /rooms.
        own_rooms: Knows the devices that are connected here, and what is not stored yet.
    """

    def __init__(self, bus: Bus, namespace: ChatNamespace, own_rooms: OwnRooms) -> None:
        self._bus = bus
        self._connections = namespace.connections
        self._devices = own_rooms.devices
        self._own_rooms = own_rooms
        self._lock = threading.Lock()  # under `flask run` somebody comes while another one goes
        self._devices.when_told(self._changed)
        namespace.when_connected(self._connected)
        namespace.when_disconnected(self._disconnected)
        bus.handle("device", self._told)
        bus.handle("came", self._came)

    def _changed(self, person: str, event: str, payload: dict[str, Any]) -> None:
        told = {"person": person, "event": event, "payload": payload}
        self._bus.publish(person_channel(person), "device", told)

    def _told(self, told: Publication) -> None:
        event = told.data["event"]
        if event in Event.names:  # a later release may have others
            self._devices.tell_here(told.data["person"], Event(event), told.data["payload"])

    def _connected(self, connection: Connection) -> None:
        person = connection.person.id
        with self._lock:
            self._bus.subscribe(person_channel(person))
        self._bus.publish(person_channel(person), "came", {"person": person})

    def _disconnected(self, connection: Connection) -> None:
        person = connection.person.id
        with self._lock:
            if not self._connections.is_connected(person):
                self._bus.unsubscribe(person_channel(person))

    def _came(self, came: Publication) -> None:
        """Tell a device that has just come what is not stored yet, and so not in its answer."""
        self._own_rooms.tell_waiting(came.data["person"])
