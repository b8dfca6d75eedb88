"""The metrics of the bus."""

from chat.bus.bus import Bus
from chat.metric import Metric


def metrics_of(bus: Bus) -> list[Metric]:
    """Whether the bus works, and what got lost on it."""
    return [
        Metric(
            "gauge",
            "cloud_chat_bus_up",
            "Whether the bus works: 1 or 0.",
            lambda: int(bus.beats.is_working),
        ),
        Metric(
            "gauge",
            "cloud_chat_neighbours",
            "Other processes of the chat that are heard on the bus.",
            lambda: len(bus.peers.speaking),
        ),
        Metric(
            "counter",
            "cloud_chat_bus_gaps_total",
            "How often something on the bus may have been missed.",
            lambda: bus.gaps,
        ),
        Metric(
            "counter",
            "cloud_chat_publications_dropped_total",
            "Publications that were not sent to the bus.",
            lambda: bus.dropped,
        ),
    ]
