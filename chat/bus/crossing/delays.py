"""Delays: people see it while the bus doesn't work."""

from chat.bus.bus import Bus
from chat.realtime.delays import Delays as DelaysHere


class Delays:
    """Tells people while news of others may come late.

    Args:
        bus: Works, or doesn't.
        delays: Tells people.
    """

    def __init__(self, bus: Bus, delays: DelaysHere) -> None:
        bus.beats.when_state_changes(lambda is_working: delays.set(not is_working))
