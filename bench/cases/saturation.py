"""One room at its limit: how much a server delivers before messages get slow or lost."""

from bench.cases.base import Case, Figure, Target
from bench.trials import Outcome, trial

PEOPLE, SECONDS = 1000, 3
LATENCY = 250.0  # milliseconds, for 99 % of the deliveries

LOWEST = 10.0  # messages a second
RUNGS = 8  # steps until the rate is doubled, so the result is exact to 9 percent


def measure(server: str, _size: int) -> dict[str, float]:
    """Raise the rate in large steps until the first failure, then in ever smaller steps."""
    rung, step, has_failed, best = 0, 2 * RUNGS, False, None
    while step:
        sent = _send(server, rung + step)
        if sent.is_complete and sent.p99_ms < LATENCY:
            rung, best = rung + step, sent
        else:
            has_failed = True
        if has_failed:
            step //= 2
    busy = best.busy if best else 0
    return {"rate": _rate(rung) * PEOPLE, "busy": busy * 100}


def _send(server: str, rung: int) -> Outcome:
    with trial(server, PEOPLE) as room:
        room.connect(PEOPLE)
        room.send(LOWEST, 1)  # warm up
        return room.try_to_send(_rate(rung), SECONDS)


def _rate(rung: int) -> float:
    return LOWEST * 2 ** (rung / RUNGS)


CASE = Case(
    "saturation",
    f"One room of {PEOPLE:,} people, as many messages as go through",
    ("ours", "node", "stock"),
    measure,
    (
        Figure(
            "rate",
            f"deliveries, none lost and 99 % within {LATENCY:g} ms",
            "a second",
            (Target("node", 4.0, at_least=True),),
        ),
        Figure("busy", "load generator's use of its core", "%"),
    ),
    only_once=("stock",),
)
