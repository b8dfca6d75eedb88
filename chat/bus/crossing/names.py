"""Names in use: a name that somebody has in another process is taken here, too."""

from collections.abc import Callable
from typing import Any

from chat.accounts.names_in_use import NamesInUse, Wish
from chat.bus.bus import Bus
from chat.errors import Conflict
from chat.history.gathered_reads import GatheredReads

ASKED_AT_ONCE = 200  # names in one question: after a restart everybody comes back at once


class Names:
    """Asks the others whether a name is in use, and says whether it is here.

    Without the bus each process knows only those who are connected to it.

    Args:
        bus: Asks the other processes.
        names: Those in use here.
        disconnect: Called with the id of a person who has lost the name.
    """

    def __init__(self, bus: Bus, names: NamesInUse, disconnect: Callable[[str], None]) -> None:
        self._bus = bus
        self._names = names
        self._disconnect = disconnect
        self._wishes: GatheredReads[Wish, bool] = GatheredReads(self._ask, ASKED_AT_ONCE)
        names.is_used_elsewhere = lambda wish: bool(self._wishes.ask(wish))
        bus.answer("names", self._answer)

    def _ask(self, wishes: list[Wish]) -> dict[Wish, bool]:
        answers = self._bus.ask("names", [tuple(wish) for wish in wishes])
        return {wishes[place]: True for answer in answers for place in answer}

    def _answer(self, wishes: list[list[Any]]) -> list[int] | None:
        """The places of those names in the question that are in use here; None if none is."""
        used = []
        for place, (name, ours, comes_first) in enumerate(wishes):
            try:
                losers = self._names.give_up(Wish(name, tuple(ours), comes_first))
            except Conflict:
                used.append(place)
            else:
                for loser in losers:
                    self._disconnect(loser)
        return used or None
