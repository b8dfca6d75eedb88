"""Ten thousand idle people."""

from bench.cases.base import Case, Figure, Target
from bench.trials import trial

FIRST, PEOPLE, ROOMS = 2000, 10_000, 100


def measure(server: str, _size: int) -> dict[str, float]:
    """Compare the memory with few and with many connections: fixed costs cancel out."""
    with trial(server, PEOPLE, rooms=ROOMS, typing=True) as rooms:
        rooms.connect(FIRST)
        rooms.idle(3)
        before = rooms.server.resident_bytes()
        rooms.connect(PEOPLE - FIRST)
        rooms.idle(5)
        held = rooms.server.resident_bytes() - before
        return {"memory": held / (PEOPLE - FIRST) / 1000}


CASE = Case(
    "memory",
    f"{PEOPLE:,} people signed in, each in one of {ROOMS} rooms, idle",
    ("ours", "node", "stock"),
    measure,
    (
        Figure(
            "memory",
            "memory per connection",
            "KB",
            (Target("itself", 12.0), Target("node", 0.7)),
        ),
    ),
    only_once=("stock",),
)
