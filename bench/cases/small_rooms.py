"""Many small rooms: the cost of a message with few receivers."""

from bench.cases.base import Case, Figure, Target
from bench.dynamodb import dynamodb
from bench.trials import trial

ROOMS, PEOPLE_IN_EACH, SECONDS = 1000, 5, 8
PEOPLE = ROOMS * PEOPLE_IN_EACH
RATE = 500  # messages a second
STORED_RATE = 300  # the stand-in for DynamoDB takes at most 500 single messages a second


def measure(server: str, _size: int) -> dict[str, float]:
    """Cloud Chat stores in SQLite, Node keeps messages in memory."""
    return _send(server, RATE)


def measure_stored(server: str, _size: int) -> dict[str, float]:
    """Both store in DynamoDB."""
    with dynamodb() as url:
        return _send(server, STORED_RATE, url)


def _send(server: str, rate: float, url: str | None = None) -> dict[str, float]:
    with trial(server, PEOPLE, rooms=ROOMS, dynamodb=url) as rooms:
        rooms.connect(PEOPLE)
        rooms.send(rate, 2)  # warm up
        sent = rooms.send(rate, SECONDS)
        return {
            "cpu": sent.cpu / sent.sent * 1e6,
            "p99": sent.p99_ms,
            "activity": sum(sent.others) / sent.sent,
        }


FIGURES = (
    Figure("cpu", "CPU per message", "µs", (Target("node", 1.0),)),
    Figure("p99", "latency, 99th percentile", "ms"),
    Figure("activity", "activity events for people in other rooms, per message", "events"),
)
CASE = Case(
    "small-rooms",
    f"{ROOMS:,} rooms of {PEOPLE_IN_EACH} people, {RATE} messages a second; "
    "Cloud Chat stores them, Node doesn't",
    ("ours", "node"),
    measure,
    FIGURES,
)
STORED = Case(
    "small-rooms-dynamodb",
    f"{ROOMS:,} rooms of {PEOPLE_IN_EACH} people, {STORED_RATE} messages a second; "
    "both store them in DynamoDB (a stand-in)",
    ("ours", "node"),
    measure_stored,
    FIGURES,
)
