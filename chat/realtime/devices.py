"""Tells the devices of a person what one of them has changed."""

from collections.abc import Callable
from typing import Any

from chat.realtime.broadcasts import Broadcasts, Event
from chat.realtime.connections import Connection, Connections

Listener = Callable[[str, Event, dict[str, Any]], None]


class Devices:
    """The devices of each person that are connected to /rooms.

    Args:
        connections: Those of /rooms.
        broadcasts: Sends the events.
    """

    def __init__(self, connections: Connections, broadcasts: Broadcasts) -> None:
        self._connections = connections
        self._broadcasts = broadcasts
        self._listeners: list[Listener] = []

    def when_told(self, listener: Listener) -> None:
        """Call a function with each event, and with the id of the person it is for."""
        self._listeners.append(listener)

    def has_others(self, connection: Connection) -> bool:
        """Whether a person may have other devices than that of the connection."""
        return bool(self._listeners or self._connections.others(connection))

    def tell_others(self, connection: Connection, event: Event, payload: dict[str, Any]) -> None:
        """Send an event to the other devices of the person of a connection."""
        others = self._connections.others(connection)
        self._broadcasts.to_connections(event, payload, others)
        self._tell_elsewhere(connection.person.id, event, payload)

    def tell(self, person: str, event: Event, payload: dict[str, Any]) -> None:
        """Send an event to all devices of a person, given by the id."""
        self.tell_here(person, event, payload)
        self._tell_elsewhere(person, event, payload)

    def _tell_elsewhere(self, person: str, event: Event, payload: dict[str, Any]) -> None:
        for listener in self._listeners:
            listener(person, event, payload)

    def tell_here(self, person: str, event: Event, payload: dict[str, Any]) -> None:
        """Send an event to all devices of a person, given by the id, that are connected here."""
        self._broadcasts.to_connections(event, payload, self._connections.sids(person))
