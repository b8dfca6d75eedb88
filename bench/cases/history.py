"""The cost of a page must not depend on the number of messages: from 1,000 to a million."""

import random
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench import tools
from bench.cases.base import Case, Figure, Target
from bench.cookies import people
from bench.dynamodb import dynamodb, open_table
from bench.trials import Trial, trial
from chat.messages.ids import MessageIds
from chat.messages.message import Message
from chat.storage import History, open_history
from chat.storage.base import BATCH

ROOM, READERS, PAGES = "room-0", 4, 2000
BEGAN = 1_760_000_000.0  # seconds since the epoch: the time of the first message
IN_ONE_TRANSACTION = 10_000
TEXT = "The quick brown fox jumps over the lazy dog."


def measure_sqlite(server: str, size: int) -> dict[str, float]:
    """Read random pages of the room."""
    with trial(server, READERS, prepare=partial(_copy_database, size)) as room:
        return _read(room, size)


def measure_dynamodb(server: str, size: int) -> dict[str, float]:
    """Read random pages; only the server's CPU time counts, not that of the stand-in."""
    with dynamodb() as url:
        _fill(open_table(url), size, BATCH)
        with trial(server, READERS, dynamodb=url) as room:
            return _read(room, size)


def _read(room: Trial, size: int) -> dict[str, float]:
    room.connect(READERS)
    ids = room.folder / "ids"
    ids.write_text("\n".join(random.Random(1).choices(_ids(size)[100:], k=PAGES)))
    room.pages(50, ids)  # warm up
    read = room.pages(PAGES, ids)
    return {"cpu": read.cpu / PAGES * 1e6, "time": read.seconds / PAGES * 1e3 * READERS}


def _copy_database(size: int, folder: Path) -> None:
    """Copy a database; it is kept, because creating a million messages is slow."""
    kept = tools.BUILT / f"history-{size}.db"
    if not kept.exists():
        draft = kept.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        history = open_history(f"sqlite:///{draft}")
        history.check()
        _fill(history, size, IN_ONE_TRANSACTION)
        history.close()
        draft.rename(kept)
    shutil.copy(kept, folder / "chat.db")


def _fill(history: History, size: int, at_once: int) -> None:
    messages = list(_messages(size))
    for start in range(0, size, at_once):
        history.append(messages[start : start + at_once])


def _messages(size: int) -> Iterator[Message]:
    ((user_id, user_name),) = people(1)
    for number, id_ in enumerate(_ids(size)):
        client_id = f"00000000-0000-4000-8000-{number:012x}"
        yield Message(id_, ROOM, user_id, user_name, TEXT, client_id)


def _ids(size: int) -> list[str]:
    ids = MessageIds(lambda: BEGAN, "00000000")
    return [ids.make("general") for _ in range(size)]


FIGURES = (
    Figure("cpu", "CPU per page of 50", "µs", (Target("sizes", 1.25),)),
    Figure("time", "time per page", "ms"),
)
SQLITE = Case(
    "history",
    "Pages of history from a room in SQLite",
    ("ours",),
    measure_sqlite,
    FIGURES,
    sizes=(1000, 10_000, 100_000, 1_000_000),
    size_title="messages in the room",
)
DYNAMODB = Case(
    "history-dynamodb",
    "Pages of history from a room in DynamoDB (a stand-in)",
    ("ours",),
    measure_dynamodb,
    FIGURES[:1],
    sizes=(1000, 10_000),
    size_title="messages in the room",
)
