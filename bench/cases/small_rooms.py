"""Many small rooms: what a message costs where few people hear it."""

from bench.cases.base import Case, Figure, Target
from bench.trials import trial

ROOMS, PEOPLE_IN_EACH, RATE, SECONDS = 1000, 5, 500, 8


def measure(server: str, _size: int) -> dict[str, float]:
    """Send at a fixed rate, to one room after the other."""
    people = ROOMS * PEOPLE_IN_EACH
    with trial(server, people, rooms=ROOMS) as rooms:
        rooms.connect(people)
        rooms.send(RATE, 2)  # warm up
        sent = rooms.send(RATE, SECONDS)
        return {"cpu": sent.cpu / sent.sent * 1e6, "p99": sent.p99_ms}


CASE = Case(
    "small-rooms",
    f"{ROOMS:,} rooms of {PEOPLE_IN_EACH} people, {RATE} messages a second",
    ("ours", "node"),
    measure,
    (
        Figure("cpu", "CPU per message", "µs", (Target("node", 1.0),)),
        Figure("p99", "latency, 99th percentile", "ms"),
    ),
)
