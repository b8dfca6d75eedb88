"""Runs calls to the history in threads: under the gunicorn worker they must not block the hub."""

from functools import partial
from typing import Any, cast

from chat.delivery.extension import is_patched
from chat.storage import History

WRITES = {"append", "check", "end_session"}
READERS = 3  # threads; each has a connection to the file, with a page cache
DIRECT = {"now"}  # called without a thread, because it doesn't block


def off_the_hub(history: History) -> History:
    """A history whose calls don't block the hub.

    SQLite's driver blocks, so its calls are made in threads. boto3 waits on sockets, which
    eventlet has patched.
    """
    if not (is_patched() and history.blocks):
        return history
    return cast("History", _OffTheHub(history))


class _OffTheHub:
    """One thread makes all writes, so that its page cache stays valid; others read concurrently."""

    def __init__(self, history: History) -> None:
        from chat.delivery.blocking import BlockingThreads

        self._history = history
        self._writer = BlockingThreads(1)
        self._readers = BlockingThreads(READERS)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._history, name)
        if callable(value) and name not in DIRECT:
            value = partial((self._writer if name in WRITES else self._readers).call, value)
        setattr(self, name, value)  # cached: `__getattr__` isn't called for this name again
        return value
