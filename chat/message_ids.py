"""The ids of messages, which are also their keys in the history: times that never collide."""

import re
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

MAX_STEP_BACK = 3600.0  # seconds that a clock may have stepped back without harm

_ID = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\.[0-9a-f]{10}")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  in UTC
_MICROSECOND = timedelta(microseconds=1)


class MessageIds:
    """Makes the ids of one process: strictly increasing, and unique across processes.

    An id is the time in UTC with microseconds, `Z.`, and ten hexadecimal digits, eight of the
    process and two that count: `2026-11-22T10:47:12.123456Z.7f3ac21e00`. All are of one width,
    so the order of the text is the order of time. Where the clock stands still or steps back,
    the ids go on by a microsecond.

    Args:
        clock: Seconds since the epoch.
        process: Eight hexadecimal digits, other ones in every process.
    """

    def __init__(self, clock: Callable[[], float] = time.time, process: str | None = None) -> None:
        self._clock = clock
        self._process = process or secrets.token_hex(4)
        self._last = 0  # microseconds since the epoch
        self._count = 0
        self._lock = threading.Lock()

    def make(self) -> str:
        """The next id."""
        with self._lock:
            self._last = max(int(self._clock() * 1_000_000), self._last + 1)
            self._count = (self._count + 1) % 256
            return f"{_format(self._last)}.{self._process}{self._count:02x}"

    def stay_after(self, id_: str) -> None:
        """Make no id that sorts before this one, whatever the clock says.

        A restart after the clock stepped back would otherwise write before messages that people
        have already read. A time far ahead of the clock is somebody's mistake and not followed.
        """
        microseconds = _microseconds(id_)
        with self._lock:
            if microseconds < (self._clock() + MAX_STEP_BACK) * 1_000_000:
                self._last = max(self._last, microseconds)


def _format(microseconds: int) -> str:
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return f"{moment.isoformat(timespec='microseconds')}Z"


def _microseconds(id_: str) -> int:
    return (datetime.fromisoformat(id_[:26]) - _EPOCH) // _MICROSECOND


def is_message_id(value: str) -> bool:
    """Whether the text has the form of an id and names a moment that exists."""
    try:
        return bool(_ID.fullmatch(value)) and _format(_microseconds(value)) == value[:27]
    except ValueError:
        return False


def id_at(epoch_seconds: float) -> str:
    """A text that sorts before every id of that moment and after every id before it."""
    return _format(int(epoch_seconds * 1_000_000))


def id_before(id_: str, seconds: float) -> str:
    """A text that sorts before every id of up to so many seconds before this one."""
    return _format(max(0, _microseconds(id_) - int(seconds * 1_000_000)))
