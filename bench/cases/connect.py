"""Everybody connects at once, as after a restart."""

from bench.cases.base import Case, Figure, Target
from bench.trials import trial

PEOPLE, ROOMS, PAGE = 2000, 20, 50


def measure(server: str, _size: int) -> dict[str, float]:
    """Connect and join; each gets a full page of history and the people of the room."""
    with trial(server, PEOPLE + ROOMS, rooms=ROOMS, typing=True) as rooms:
        rooms.connect(ROOMS)
        rooms.post(ROOMS, ROOMS * PAGE)
        came = rooms.connect(PEOPLE)
        return {"cpu": came.cpu / PEOPLE * 1e6, "rate": PEOPLE / came.seconds}


CASE = Case(
    "connect",
    f"{PEOPLE:,} people connect and join one of {ROOMS} rooms",
    ("ours", "node", "stock"),
    measure,
    (
        Figure("cpu", "CPU per connection", "µs", (Target("node", 1.0),)),
        Figure("rate", "connections", "a second"),
    ),
)
