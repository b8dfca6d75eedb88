"""Resends: a first attempt that another process refused need not be waited for."""

from chat.bus.bus import Bus
from chat.history.gathered_reads import GatheredReads
from chat.history.outcomes import Key
from chat.history.writer import Writer

ASKED_AT_ONCE = 200  # messages in one question: after an outage all outboxes are sent again


class Resends:
    """Asks the others whether they refused a message, and says so.

    Args:
        bus: Asks the other processes.
        writer: Stores messages.
    """

    def __init__(self, bus: Bus, writer: Writer) -> None:
        self._bus = bus
        self._writer = writer
        self._questions: GatheredReads[Key, bool] = GatheredReads(self._ask, ASKED_AT_ONCE)
        writer.was_refused_elsewhere = lambda key: bool(self._questions.ask(key))
        bus.answer("refused", self._answer)

    def _ask(self, keys: list[Key]) -> dict[Key, bool]:
        answers = self._bus.ask("refused", keys)
        return {keys[place]: True for answer in answers for place in answer}

    def _answer(self, keys: list[list[str]]) -> list[int] | None:
        """The places of those keys in the question that were refused here; None if none was."""
        refused = [
            place
            for place, (user, client_id) in enumerate(keys)
            if self._writer.was_refused((user, client_id))
        ]
        return refused or None
