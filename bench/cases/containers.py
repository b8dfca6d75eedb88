"""Many small rooms at two containers: what the second one costs, and what the bus takes."""

from bench.cases.base import Case, Figure, Target
from bench.cases.several import BETTER, SERVERS
from bench.cases.small_rooms import PEOPLE, PEOPLE_IN_EACH, RATE, ROOMS, SECONDS
from bench.trials import Outcome, trial

MOST = 1.25  # times the CPU of one container


def measure(server: str, _size: int) -> dict[str, float]:
    """Compare with one container without a bus; a balancer spreads people, not rooms."""
    alone = _send(server, containers=1)
    spread = _send(server, containers=2)
    apart = _send(server, containers=2, apart=True)
    return {
        "ratio": _cpu(spread) / _cpu(alone),
        "cpu": _cpu(spread),
        "alone": _cpu(alone),
        "p99": spread.p99_ms,
        "bus": spread.bus / spread.sent * 1e6,
        "activity": _activity(spread),
        "activity_alone": _activity(alone),
        "ratio_apart": _cpu(apart) / _cpu(alone),
        "cpu_apart": _cpu(apart),
        "bus_apart": apart.bus / apart.sent * 1e6,
    }


def _send(server: str, *, containers: int, apart: bool = False) -> Outcome:
    with trial(server, PEOPLE, rooms=ROOMS, containers=containers, apart=apart) as rooms:
        rooms.connect(PEOPLE)
        rooms.send(RATE, 2)  # warm up
        return rooms.send(RATE, SECONDS)


def _cpu(sent: Outcome) -> float:
    """Microseconds of all containers for each message."""
    return sent.cpu / sent.sent * 1e6


def _activity(sent: Outcome) -> float:
    return sum(sent.others) / sent.sent


CASE = Case(
    "containers",
    f"{ROOMS:,} rooms of {PEOPLE_IN_EACH} people, who are at two containers at random, "
    f"{RATE} messages a second; Cloud Chat stores them, Node doesn't",
    SERVERS,
    measure,
    (
        Figure("ratio", "CPU of both, divided by that of one", "times", (Target("itself", MOST),)),
        Figure("cpu", "CPU of both per message", "µs", BETTER),
        Figure("alone", "CPU of one without a bus per message", "µs"),
        Figure("p99", "latency, 99th percentile", "ms"),
        Figure("bus", "CPU of the bus per message", "µs"),
        Figure("activity", "activity events for people in other rooms, per message", "events"),
        Figure("activity_alone", "the same of one container", "events"),
        Figure(
            "ratio_apart",
            "if all people of a room are at one container: CPU of both, divided by that of one",
            "times",
            (Target("itself", MOST),),
        ),
        Figure("cpu_apart", "the same: CPU of both per message", "µs", BETTER),
        Figure("bus_apart", "the same: CPU of the bus per message", "µs"),
    ),
)
