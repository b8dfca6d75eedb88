"""64 people send the next message as soon as the last is acknowledged; stored in DynamoDB."""

from bench.cases.base import Case, Figure, Target
from bench.dynamodb import dynamodb, open_table
from bench.trials import TrialError, trial

SENDERS, WARM_UP, MESSAGES = 64, 500, 2000


def measure(server: str, _size: int) -> dict[str, float]:
    """Count the server's CPU time only: the stand-in is slower than any of the servers."""
    with dynamodb() as url, trial(server, SENDERS, dynamodb=url) as room:
        room.connect(SENDERS)
        room.post(SENDERS, WARM_UP)
        posted = room.post(SENDERS, MESSAGES)
        _check_that_all_are_stored(url)
        return {"cpu": posted.cpu / MESSAGES * 1e6, "rate": MESSAGES / posted.seconds}


def _check_that_all_are_stored(url: str) -> None:
    said = WARM_UP + MESSAGES
    stored = open_table(url).count_after("room-0", "0", said + 1)
    if stored != said:
        raise TrialError(f"{said} messages were acknowledged, but {stored} are stored")


CASE = Case(
    "post",
    f"{SENDERS} people in one room post as fast as they can; stored in DynamoDB (a stand-in)",
    ("ours", "node"),
    measure,
    (
        Figure("cpu", "CPU per message", "µs", (Target("node", 0.5),)),
        Figure("rate", "messages, limited by the stand-in", "a second"),
    ),
)
