"""The same room at two containers: how much later a message is at the other one, and its cost."""

from functools import partial

from bench.cases.base import Case, Figure, Target
from bench.cases.several import BETTER, SERVERS
from bench.trials import trial

PEOPLE = 100
EVERYDAY, EVERYDAY_SECONDS = 10, 20  # messages a second; each comes alone
BUSY, BUSY_SECONDS = 200, 8  # so many that some are stored together


def _measure(rate: float, seconds: float, server: str, _size: int) -> dict[str, float]:
    """Let only people at the first container send, so that the other one just receives."""
    with trial(server, PEOPLE, containers=2) as room:
        room.connect(PEOPLE)
        room.send_at_first(BUSY, 3)  # warm up: Node compiles what is called often
        sent = room.send_at_first(rate, seconds)
        first, other = sent.cpus
        return {
            "added": sent.crossed_p50_ms - sent.stayed_p50_ms,
            "p50": sent.crossed_p50_ms,
            "p99": sent.crossed_p99_ms,
            "stayed_p50": sent.stayed_p50_ms,
            "stayed_p99": sent.stayed_p99_ms,
            "first": first / (sent.delivered - sent.crossed) * 1e6,
            "other": other / sent.crossed * 1e6,
        }


FIGURES = (
    Figure(
        "added", "added by the way to the other container, median", "ms", (Target("itself", 5),)
    ),
    Figure("p50", "to people at the other container, median", "ms", BETTER),
    Figure("p99", "to people at the other container, 99th percentile", "ms", BETTER),
    Figure("stayed_p50", "to people at the same container, median", "ms"),
    Figure("stayed_p99", "to people at the same container, 99th percentile", "ms"),
    Figure("first", "CPU per delivery at the sender's container", "µs", BETTER),
    Figure("other", "CPU per delivery at the other container", "µs", BETTER),
)


def _title(rate: float) -> str:
    return (
        f"One room of {PEOPLE} people, half of them at each of two containers, {rate} messages "
        "a second from one; Cloud Chat stores them, Node doesn't"
    )


CASE = Case(
    "crossing", _title(EVERYDAY), SERVERS, partial(_measure, EVERYDAY, EVERYDAY_SECONDS), FIGURES
)
MANY = Case("crossing-busy", _title(BUSY), SERVERS, partial(_measure, BUSY, BUSY_SECONDS), FIGURES)
