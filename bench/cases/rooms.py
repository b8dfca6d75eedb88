"""Ten rooms or a thousand: what coming and going costs must not depend on it."""

from bench.cases.base import Case, Figure, Target
from bench.trials import trial

VISITS = 1000


def measure(server: str, rooms: int) -> dict[str, float]:
    """Come into one room and go, while somebody is in each of the others."""
    with trial(server, rooms + VISITS, rooms=rooms) as house:
        house.connect(rooms)
        house.visit(100)  # warm up
        visited = house.visit(VISITS)
        return {"cpu": visited.cpu / VISITS * 1e6}


CASE = Case(
    "rooms",
    "People come into one of many rooms and go again",
    ("ours", "node"),
    measure,
    (Figure("cpu", "CPU per visit", "µs", (Target("sizes", 1.25),)),),
    sizes=(10, 100, 1000),
    size_title="rooms",
    only_once=("node",),
)
