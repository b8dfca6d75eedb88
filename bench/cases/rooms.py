"""The cost of joining and leaving must not depend on the number of rooms: from 10 to 1,000."""

from bench.cases.base import Case, Figure, Target
from bench.trials import trial

VISITS = 1000


def measure(server: str, rooms: int) -> dict[str, float]:
    """Join and leave one room, while one person is in each of the others."""
    with trial(server, rooms + VISITS, rooms=rooms) as house:
        house.connect(rooms)
        house.visit(100)  # warm up
        visited = house.visit(VISITS)
        return {"cpu": visited.cpu / VISITS * 1e6}


CASE = Case(
    "rooms",
    "People join and leave one of many rooms",
    ("ours", "node"),
    measure,
    (Figure("cpu", "CPU per visit", "µs", (Target("sizes", 1.25),)),),
    sizes=(10, 100, 1000),
    size_title="rooms",
    only_once=("node",),
)
