"""Typing: who is in a room sees who types there, wherever they are connected."""

from typing import Any

from chat.bus.bus import Bus
from chat.bus.crossing import room_channel
from chat.bus.envelope import Publication
from chat.realtime.typing_indicators import TypingIndicators


class Typing:
    """Tells of those who type here, and shows here those who type elsewhere.

    Args:
        bus: Tells the other processes.
        indicators: Sends the events here.
    """

    def __init__(self, bus: Bus, indicators: TypingIndicators) -> None:
        self._bus = bus
        self._indicators = indicators
        indicators.when_told(self._typed)
        bus.handle("typing", self._told)

    def _typed(self, told: dict[str, Any]) -> None:
        self._bus.publish(room_channel(told["room"]), "typing", told)

    def _told(self, told: Publication) -> None:
        self._indicators.tell_here(told.data)
