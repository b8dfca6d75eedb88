"""Resends: a first attempt that another process refused need not be waited for."""

from typing import Any

from chat.bus.bus import Bus
from chat.history.writer import Writer
from chat.messages.message import Draft


class Resends:
    """Asks the others whether they refused a message, and says so.

    Args:
        bus: Asks the other processes.
        writer: Stores messages.
    """

    def __init__(self, bus: Bus, writer: Writer) -> None:
        self._bus = bus
        self._writer = writer
        writer.was_refused_elsewhere = self._ask
        bus.answer("refused", self._answer)

    def _ask(self, draft: Draft) -> bool:
        asked = {"room": draft.room, "user": draft.user_id, "client_id": draft.client_id}
        return bool(self._bus.ask("refused", asked))

    def _answer(self, asked: dict[str, Any]) -> bool | None:
        draft = Draft(asked["room"], asked["user"], "", "", asked["client_id"])
        return self._writer.was_refused(draft) or None
