"""People: who is connected to any process is here."""

from collections.abc import Sequence

from chat.bus.bus import Bus
from chat.realtime.connections import Connections
from chat.realtime.people import People as PeopleEvents


class People:
    """Asks the others who is connected to them, and says who is connected here.

    Args:
        bus: Asks the other processes.
        people: Answers those who ask about people.
        connections: Those of /rooms.
    """

    def __init__(self, bus: Bus, people: PeopleEvents, connections: Connections) -> None:
        self._bus = bus
        self._connections = connections
        people.here_elsewhere = self._ask
        bus.answer("people", self._answer)

    def _ask(self, ids: Sequence[str]) -> set[str]:
        return {id_ for answer in self._bus.ask("people", ids) for id_ in answer}

    def _answer(self, ids: list[str]) -> list[str] | None:
        return [id_ for id_ in ids if self._connections.is_connected(id_)] or None
