"""The cost of a delivery must not depend on the number of people: from 100 to 10,000."""

from bench.cases.base import Case, Figure, Target
from bench.trials import trial

PEOPLE_IN_A_ROOM, RATE, SECONDS = 100, 250, 6


def measure(server: str, people: int) -> dict[str, float]:
    """Send at a fixed rate, to one room after the other; count all deliveries."""
    with trial(server, people, rooms=people // PEOPLE_IN_A_ROOM) as rooms:
        rooms.connect(people)
        rooms.send(RATE, 2)  # warm up
        sent = rooms.send(RATE, SECONDS)
        return {"cpu": sent.cpu / (sent.delivered + sum(sent.others)) * 1e6}


CASE = Case(
    "connections",
    f"Rooms of {PEOPLE_IN_A_ROOM} people, {RATE} messages a second",
    ("ours", "node", "floor"),
    measure,
    (Figure("cpu", "CPU per delivery", "µs", (Target("sizes", 1.25),)),),
    sizes=(100, 300, 1000, 3000, 10_000),
    size_title="people",
    only_once=("node",),
)
