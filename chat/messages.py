"""What a message is: its text, its key, its form on the wire."""

import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from chat.errors import Invalid, TooLong

# The largest text, whatever the settings say: DynamoDB takes items of 400 KB, and written as JSON,
# where each byte may become two, it still fits the smallest buffer (settings.MIN_SOCKET_BUFFER).
MAX_TEXT_BYTES = 200_000

# The most text in one answer, which has to fit that buffer too, with the names and ids around it.
PAGE_BYTES = 128 * 1024

# Letters that are drawn as nothing, beside all that Unicode calls a separator or a format control.
INVISIBLE_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"


class Message(NamedTuple):
    """A message as it is stored. `id` orders the messages of a room and is unique in it."""

    id: str
    room: str
    user_id: str
    user_name: str
    text: str
    client_id: str

    @property
    def sent_at(self) -> str:
        """UTC, ISO 8601 with microseconds: `2026-11-22T10:47:12.123456Z`."""
        return self.id[:27]

    def to_wire(self) -> dict[str, Any]:
        """The Message of the wire contract."""
        return {
            "id": self.id,
            "room": self.room,
            "user": {"id": self.user_id, "name": self.user_name},
            "text": self.text,
            "sent_at": self.sent_at,
            "client_id": self.client_id,
        }


class Draft(NamedTuple):
    """A message that has no id yet."""

    room: str
    user_id: str
    user_name: str
    text: str
    client_id: str

    def with_id(self, id_: str) -> Message:
        """The message that this draft becomes."""
        return Message(id_, *self)


def clean_text(text: str, limit: int) -> str:
    """The text to be stored.

    Args:
        text: As the client sent it.
        limit: Most characters; 0 for as many as the history takes.

    Raises:
        Invalid: Nothing would be seen, or control characters could forge a line of a log or a
            terminal.
        TooLong: It is over the limit.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if limit and len(text) > limit:
        raise TooLong(f"text: {len(text):,} characters are too many, at most {limit:,} go through")
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise TooLong(f"text: at most {MAX_TEXT_BYTES:,} bytes go through")
    if any(_is_control(character) for character in text):
        raise Invalid("text: control characters are not allowed")
    if all(_is_invisible(character) for character in text):
        raise Invalid("text: there is nothing to see in it")
    return text


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\n\t"


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character)[0] in "ZC" or character in INVISIBLE_LETTERS


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


MAX_STEP_BACK = 3600.0  # seconds that a clock may have stepped back without harm

_ID = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\.[0-9a-f]{10}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _format(microseconds: int) -> str:
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _microseconds(id_: str) -> int:
    return (datetime.fromisoformat(id_[:27]) - _EPOCH) // _MICROSECOND


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


def newest_that_fit(messages: list[Message]) -> list[Message]:
    """The newest messages, in the same order, whose text is within PAGE_BYTES; at least one."""
    size = 0
    for index in range(len(messages) - 1, -1, -1):
        size += len(messages[index].text.encode())
        if size > PAGE_BYTES and index < len(messages) - 1:
            return messages[index + 1 :]
    return messages
