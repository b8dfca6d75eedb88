"""One of two containers is killed, and all of its people come back at the other one."""

from bench.cases.base import Case, Figure
from bench.cases.several import BETTER, SERVERS
from bench.trials import trial

# As many are at the container that stays: one of Cloud Chat takes at most 20,000 people, and on
# many machines a process may have as many files open.
LOST, ROOMS = 9_500, 190
RATE = 20  # messages a second, each to those in the room who are still there
SPREAD = 0.5  # seconds within which all come back; the same as in the browser's first attempts


def measure(server: str, _size: int) -> dict[str, float]:
    """Kill the second container while people at the first one send."""
    with trial(server, 2 * LOST, rooms=ROOMS, containers=2) as rooms:
        for _ in range(2):  # each within the time that a job has
            rooms.connect(LOST)
        rooms.send(RATE, 3)  # warm up
        lost = rooms.lose_last(RATE, SPREAD)
        return {
            "away": lost.away,
            "p99": lost.p99_ms,
            "p50": lost.p50_ms,
            "cpu": lost.cpu / LOST * 1e6,
            "failed": lost.closed,
        }


CASE = Case(
    "lost-container",
    f"One of two containers is killed: its {LOST:,} people come back at the other one, which has "
    f"{LOST:,} already",
    SERVERS,
    measure,
    (
        Figure("away", "until all are back", "s", BETTER),
        Figure("p99", "messages of the others meanwhile, 99th percentile", "ms", BETTER),
        Figure("p50", "messages of the others meanwhile, median", "ms"),
        Figure("cpu", "CPU per person who came back, messages included", "µs", BETTER),
        Figure("failed", "attempts that failed", "in all"),
    ),
)
