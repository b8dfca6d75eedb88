"""One busy room: the cost of a delivery to one more person."""

from bench.cases.base import Case, Figure, Target
from bench.trials import trial

PEOPLE, RATE, SECONDS = 1000, 50, 8


def measure(server: str, _size: int) -> dict[str, float]:
    """Send at a fixed rate."""
    with trial(server, PEOPLE) as room:
        room.connect(PEOPLE)
        room.send(RATE, 2)  # warm up
        sent = room.send(RATE, SECONDS)
        return {
            "cpu": sent.cpu / sent.delivered * 1e6,
            "p99": sent.p99_ms,
            "p50": sent.p50_ms,
            "busy": sent.busy * 100,
        }


CASE = Case(
    "fan-out",
    f"One room of {PEOPLE:,} people, {RATE} messages a second",
    ("ours", "node", "stock", "floor"),
    measure,
    (
        Figure("cpu", "CPU per delivery", "µs", (Target("node", 0.75), Target("floor", 1.3))),
        Figure("p50", "latency, median", "ms"),
        Figure("p99", "latency, 99th percentile", "ms", (Target("node", 1.0),)),
        Figure("busy", "load generator's use of its core", "%"),
    ),
)
