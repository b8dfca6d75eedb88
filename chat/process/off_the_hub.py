"""Where calls to the history are made: under the gunicorn worker they must not stop the hub."""

from functools import partial
from typing import Any, cast

from chat.delivery.extension import is_patched
from chat.storage import History

WRITES = {"append", "check", "end_session"}
READERS = 3  # threads; each holds a connection to the file, and its cache
DIRECT = {"now"}  # doesn't block


def off_the_hub(history: History) -> History:
    """A history whose calls don't stop all green threads.

    The driver of SQLite blocks, so its calls go to threads. boto3 waits on sockets, which are
    green already.
    """
    if not (is_patched() and history.blocks):
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
        if callable(value) and name not in DIRECT:
            value = partial((self._writer if name in WRITES else self._readers).call, value)
        setattr(self, name, value)  # asked for once
        return value
