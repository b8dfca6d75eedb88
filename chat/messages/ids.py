"""The ids of messages, which are also their keys in the history: times that never collide."""

import re
import secrets
import threading
from datetime import datetime, timedelta

from chat.clocks import Clock, NeverBack

# Seconds by which the ids of a room may be ahead of the clock. What is farther ahead is no work of
# a clock that was wrong for a while, and is not followed.
FARTHEST_AHEAD = 366 * 86_400.0

# In form ids, these sort before and behind all others.
FIRST_ID = "1970-01-01T00:00:00.000000Z.0000000000"
LAST_ID = "9999-12-31T23:59:59.999999Z.ffffffffff"

_ID = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\.[0-9a-f]{10}")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  in UTC
_MICROSECOND = timedelta(microseconds=1)


class MessageIds:
    """Makes the ids of one process: strictly increasing, and unique across processes.

    An id is the time in UTC with microseconds, `Z.`, and ten hexadecimal digits, eight of the
    process and two that count: `2026-11-22T10:47:12.123456Z.7f3ac21e00`. All are of one width,
    so the order of the text is the order of time. Where the clock stands still, the ids go on by a
    microsecond.

    Args:
        clock: Seconds since the epoch.
        process: Eight hexadecimal digits, other ones in every process.
    """

    def __init__(self, clock: Clock | None = None, process: str | None = None) -> None:
        self._clock = clock or NeverBack()
        self._process = process or secrets.token_hex(4)
        self._last = 0  # microseconds since the epoch
        self._newest: dict[str, int] = {}  # by room: microseconds of the newest id that was seen
        self._count = 0
        self._lock = threading.Lock()

    def make(self, room: str) -> str:
        """The next id of a room."""
        with self._lock:
            self._last = max(int(self._clock() * 1_000_000), self._last + 1)
            microseconds = self._last
            if self._newest.get(room, 0) >= microseconds:
                microseconds = self._newest[room] = self._newest[room] + 1
            self._count = (self._count + 1) % 256
            return f"{_format(microseconds)}.{self._process}{self._count:02x}"

    def learn(self, room: str, id_: str) -> None:
        """Stay after an id that was found in a room.

        Only if `stay_after` was called for the room before. Otherwise its newest id is not known,
        and has to be asked for.
        """
        if self.knows(room):
            self.stay_after(room, id_)

    def knows(self, room: str) -> bool:
        """Whether `stay_after` has been called for the room."""
        return room in self._newest

    def stay_after(self, room: str, newest: str | None) -> None:
        """Make no id of the room that sorts before its newest, whatever the clock says.

        The clock of whoever wrote that may have been ahead. People have read it, so what is
        written next belongs below it.

        Args:
            room: Its id.
            newest: The id of the newest message in the history; None if there is none.
        """
        microseconds = _microseconds(newest) if newest else 0
        with self._lock:
            if microseconds > (self._clock() + FARTHEST_AHEAD) * 1_000_000:
                microseconds = 0
            self._newest[room] = max(self._newest.get(room, 0), microseconds)


def following(newest: str, id_: str) -> str:
    """The id, or if it doesn't sort after the newest one of its room, one like it that does."""
    return id_ if id_ > newest else f"{_format(_microseconds(newest) + 1)}{id_[27:]}"


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
    """What sorts before every id of that moment and after every id before it; in form an id."""
    return _format(int(epoch_seconds * 1_000_000)) + FIRST_ID[27:]


def id_before(id_: str, seconds: float) -> str:
    """A text that sorts before every id of up to so many seconds before this one."""
    return _format(max(0, _microseconds(id_) - int(seconds * 1_000_000)))
