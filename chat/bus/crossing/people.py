"""People: who is connected to any process is here."""

from chat.bus.bus import Bus
from chat.history.gathered_reads import GatheredReads
from chat.realtime.connections import Connections
from chat.realtime.people import People as PeopleEvents

TOGETHER = 10  # requests in one question, of up to a hundred people each

Ids = tuple[str, ...]


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
        self._questions: GatheredReads[Ids, set[str]] = GatheredReads(self._ask, TOGETHER)
        people.here_elsewhere = lambda ids: self._questions.ask(tuple(ids)) or set()
        bus.answer("people", self._answer)

    def _ask(self, requests: list[Ids]) -> dict[Ids, set[str]]:
        asked = {id_ for ids in requests for id_ in ids}
        here = {id_ for answer in self._bus.ask("people", list(asked)) for id_ in answer}
        return {ids: here.intersection(ids) for ids in requests}

    def _answer(self, ids: list[str]) -> list[str] | None:
        return [id_ for id_ in ids if self._connections.is_connected(id_)] or None
