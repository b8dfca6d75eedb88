"""Green threads under the gunicorn worker, threads under `flask run`: one place that knows."""

import sys
from typing import cast

from chat.history import History
from chat.history.sqlite import SqliteHistory


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
    from eventlet import tpool

    return cast("History", tpool.Proxy(history))
