"""Green threads under the gunicorn worker, threads under `flask run`: one place that knows."""

import sys
from functools import partial
from typing import Any, cast

from chat.history import History
from chat.history.sqlite import SqliteHistory

READERS = 3  # threads; each holds a connection to the file, and its cache


def is_green() -> bool:
    """Whether eventlet has patched this process."""
    return "eventlet" in sys.modules and bool(
        sys.modules["eventlet"].patcher.is_monkey_patched("socket")
    )


def off_the_hub(history: History) -> History:
    """A history whose calls don't stop all green threads.

    The driver of SQLite blocks, so its calls go to threads. boto3 waits on sockets, which are
    green already.
    """
    if not is_green() or not isinstance(history, SqliteHistory):
        return history
    return cast("History", _OffTheHub(history))


class _OffTheHub:
    """One thread writes, so that its cache of the file stays right; others read beside it."""

    def __init__(self, history: History) -> None:
        from chat.delivery.blocking import BlockingThreads

        self._history = history
        self._writer = BlockingThreads(1)
        self._readers = BlockingThreads(READERS)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._history, name)
        if callable(value):
            value = partial((self._writer if name == "append" else self._readers).call, value)
        setattr(self, name, value)  # asked for once
        return value
