"""The ids of messages, which are also their keys in the history: timestamps, made unique."""

import re
import secrets
import threading
from datetime import datetime, timedelta

from chat.clocks import Clock, NeverBack

# Seconds. New ids of a room sort after its newest id, even if that is ahead of the clock. Only an
# id that is farther ahead than this doesn't count: its clock was badly wrong.
FARTHEST_AHEAD = 366 * 86_400.0

# These have the form of ids, and sort before and after all others.
FIRST_ID = "1970-01-01T00:00:00.000000Z.0000000000"
LAST_ID = "9999-12-31T23:59:59.999999Z.ffffffffff"

_ID = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\.[0-9a-f]{10}")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  in UTC
_MICROSECOND = timedelta(microseconds=1)


class MessageIds:
    """Makes the ids of one process: strictly increasing, and unique across processes.

    An id is the time in UTC with microseconds, `Z.`, and ten hexadecimal digits, eight of the
    process and two that count: `2026-11-22T10:47:12.123456Z.7f3ac21e00`. All are of one width,
    so the order of the text is the order of time. While the clock stands still, each id is a
    microsecond later than the one before.

    Args:
        clock: Seconds since the epoch.
        process: Eight hexadecimal digits, different in every process.
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

    def is_ahead(self, id_: str, seconds: float) -> bool:
        """Whether an id is of a moment that is at least so many seconds after now."""
        return id_ >= id_at(self._clock() + seconds)

    def learn(self, room: str, id_: str) -> None:
        """Make new ids of a room sort after an id that was read.

        Does nothing before the first `stay_after` for the room: its newest id still has to be read.
        """
        if self.knows(room):
            self.stay_after(room, id_)

    def knows(self, room: str) -> bool:
        """Whether `stay_after` has been called for the room."""
        return room in self._newest

    def stay_after(self, room: str, newest: str | None) -> None:
        """Make new ids of a room sort after its newest one, whatever the clock says.

        The server that wrote the newest message may have had a clock that was ahead. People have
        read that message, so new messages belong below it.

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
    """The id, if it sorts after `newest`; otherwise one that is a microsecond after `newest`."""
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
    """The lowest id of a moment: no id of that moment sorts before it, and all earlier ids do."""
    return _format(int(epoch_seconds * 1_000_000)) + FIRST_ID[27:]


def id_before(id_: str, seconds: float) -> str:
    """A text that sorts right before all ids of the moment `seconds` before `id_`."""
    return _format(max(0, _microseconds(id_) - int(seconds * 1_000_000)))
