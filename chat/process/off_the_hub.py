"""Runs calls to the history in threads: under the gunicorn worker they must not block the hub."""

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from chat.delivery.extension import is_patched
from chat.storage import History

if TYPE_CHECKING:
    from chat.delivery.blocking import BlockingThreads

WRITES = {
    "advance",
    "append",
    "check",
    "claim_name",
    "give_back_name",
    "put_profile",
    "ban",
    "begin_session",
    "seen",
    "begin_check",
    "set_refresh_token",
    "end_session",
    "revoke",
    "set_level",
    "choose",
    "renew",
    "remove",
}
READERS = 3  # threads; each has a connection to the file, with a page cache
DIRECT = {"now"}  # called without a thread, because it doesn't block
PARTS = {"accounts", "memberships", "containers"}  # objects of the history whose calls block, too


def off_the_hub(history: History) -> History:
    """A history whose calls don't block the hub.

    SQLite's driver blocks, so its calls are made in threads. boto3 waits on sockets, which
    eventlet has patched.
    """
    if not (is_patched() and history.blocks):
        return history
    from chat.delivery.blocking import BlockingThreads

    return cast("History", _OffTheHub(history, BlockingThreads(1), BlockingThreads(READERS)))


class _OffTheHub:
    """One thread makes all writes, so that its page cache stays valid; others read concurrently."""

    def __init__(self, target: Any, writer: "BlockingThreads", readers: "BlockingThreads") -> None:
        self._target = target
        self._writer = writer
        self._readers = readers

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if name in PARTS:
            value = _OffTheHub(value, self._writer, self._readers)
        elif callable(value) and name not in DIRECT:
            value = partial((self._writer if name in WRITES else self._readers).call, value)
        setattr(self, name, value)  # cached: `__getattr__` isn't called for this name again
        return value
