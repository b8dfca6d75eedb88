"""A message costs a container nothing where nobody has joined its room."""

from bench.cases.base import Case, Figure, Target
from bench.cases.several import SERVERS
from bench.trials import trial

ROOMS, PEOPLE_IN_EACH, SECONDS = 2, 20, 10
PEOPLE = ROOMS * PEOPLE_IN_EACH
RATE = 1000  # messages a second: the kernel counts CPU time in steps of 10 ms

NOTHING = 5.0  # µs for each message, which is less than that of one delivery


def measure(server: str, _size: int) -> dict[str, float]:
    """Send in the first container's room; what the other one needs while idle doesn't count."""
    with trial(server, PEOPLE, rooms=ROOMS, containers=2, apart=True) as rooms:
        rooms.connect(PEOPLE)
        rooms.send(RATE, 3)  # warm up
        _, idle = rooms.idle(SECONDS).cpus
        sent = rooms.send_at_first(RATE, SECONDS)
        first, other = sent.cpus
        more = other - idle * sent.seconds / SECONDS
        return {
            "other": max(more, 0.0) / sent.sent * 1e6,  # those steps may make it negative
            "first": first / sent.sent * 1e6,
            "idle": idle / SECONDS * 1e3,
        }


CASE = Case(
    "elsewhere",
    f"{RATE:,} messages a second in a room that nobody at the other container has joined",
    SERVERS,
    measure,
    (
        Figure(
            "other",
            "CPU at the other container per message",
            "µs",
            (Target("itself", NOTHING), Target("node-redis", 1.0)),
        ),
        Figure("first", "CPU at the container of the room per message", "µs"),
        Figure("idle", "CPU of an idle container a second", "ms"),
    ),
)
