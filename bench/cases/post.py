"""Sixty-four people post as fast as they get answers, and every message is stored in DynamoDB."""

from bench.cases.base import Case, Figure, Target
from bench.dynamodb import dynamodb
from bench.trials import trial

SENDERS, MESSAGES = 64, 1500


def measure(server: str, _size: int) -> dict[str, float]:
    """Count the server's CPU time only: the stand-in is slower than any of the servers."""
    with dynamodb() as url, trial(server, SENDERS, dynamodb=url) as room:
        room.connect(SENDERS)
        room.post(SENDERS, 200)  # warm up
        posted = room.post(SENDERS, MESSAGES)
        return {"cpu": posted.cpu / MESSAGES * 1e6, "rate": MESSAGES / posted.seconds}


CASE = Case(
    "post",
    f"{SENDERS} people in one room post as fast as they can; stored in DynamoDB (a stand-in)",
    ("ours", "node"),
    measure,
    (
        Figure("cpu", "CPU per message", "µs", (Target("node", 0.5),)),
        Figure("rate", "messages, as fast as the stand-in goes", "a second"),
    ),
)
