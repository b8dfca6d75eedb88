"""Many small rooms at two containers: what the second one costs, and what the bus takes."""

from bench.cases.base import Case, Figure, Target
from bench.cases.several import BETTER, SERVERS
from bench.cases.small_rooms import PEOPLE, PEOPLE_IN_EACH, RATE, ROOMS, SECONDS
from bench.trials import Outcome, trial

LITTLE_MORE = (Target("itself", 1.25),)  # times the CPU of one container for each message


def measure(server: str, _size: int) -> dict[str, float]:
    """Compare with one container without a bus; a balancer spreads people, not rooms.

    With twice the load, each container does as much as the one. With the same load each does half
    as much, and a container with little to do needs more for each message, also without a bus.
    """
    alone = _send(server, containers=1)
    spread = _send(server, containers=2, times=2)
    apart = _send(server, containers=2, times=2, apart=True)
    divided = _send(server, containers=2)
    half = _send(server, containers=1, times=0.5)
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
        "ratio_divided": _cpu(divided) / _cpu(alone),
        "cpu_divided": _cpu(divided),
        "half": _cpu(half),
    }


def _send(server: str, *, containers: int, times: float = 1, apart: bool = False) -> Outcome:
    people, rooms, rate = (int(times * each) for each in (PEOPLE, ROOMS, RATE))
    with trial(server, people, rooms=rooms, containers=containers, apart=apart) as trial_:
        trial_.connect(people)
        trial_.send(rate, 2)  # warm up
        return trial_.send(rate, SECONDS)


def _cpu(sent: Outcome) -> float:
    """Microseconds of all containers for each message."""
    return sent.cpu / sent.sent * 1e6


def _activity(sent: Outcome) -> float:
    return sum(sent.others) / sent.sent


CASE = Case(
    "containers",
    f"{2 * ROOMS:,} rooms of {PEOPLE_IN_EACH} people, who are at two containers at random, "
    f"{2 * RATE:,} messages a second, and half of all that at one container; "
    "Cloud Chat stores them, Node doesn't",
    SERVERS,
    measure,
    (
        Figure(
            "ratio",
            "CPU per message of both, divided by that of one",
            "times",
            LITTLE_MORE,
        ),
        Figure("cpu", "CPU per message of both", "µs", BETTER),
        Figure("alone", "CPU per message of one without a bus", "µs"),
        Figure("p99", "latency, 99th percentile", "ms"),
        Figure("bus", "CPU per message of the bus", "µs"),
        Figure("activity", "activity events for people in other rooms, per message", "events"),
        Figure("activity_alone", "the same of one container", "events"),
        Figure(
            "ratio_apart",
            "if all people of a room are at one container: CPU per message of both, divided by "
            "that of one",
            "times",
            LITTLE_MORE,
        ),
        Figure("cpu_apart", "the same: CPU per message of both", "µs", BETTER),
        Figure(
            "ratio_divided",
            "if two containers share the load of the one: CPU per message, divided by that of one",
            "times",
            LITTLE_MORE,
        ),
        Figure("cpu_divided", "the same: CPU per message of both", "µs", BETTER),
        Figure("half", "CPU per message of one without a bus, with half of the load", "µs"),
    ),
)
