"""The body of a request, with a deadline."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from gunicorn.http.body import ChunkedReader, LengthReader
from werkzeug.exceptions import ClientDisconnected

from chat.delivery.green import eventlet

# Seconds in which the whole body of a request has to arrive.
BODY_WITHIN = 15.0

# Bytes of an unread body that are read and discarded, so that the connection can be reused. With
# more, the connection is closed.
WASTE = 64 * 1024


class PeerGone(ClientDisconnected, ConnectionResetError):
    """The connection ended before the body did; Flask answers 400 and logs no server error."""


class RequestBody:
    """A file-like object; all of the body has to arrive within BODY_WITHIN seconds.

    Args:
        body: Gunicorn's body.
        waiting: Returns a context manager that is entered while data is awaited.
    """

    def __init__(self, body: Any, waiting: Callable[[], AbstractContextManager[None]]) -> None:
        self._body = body
        self._waiting = waiting
        self._ends = time.monotonic() + BODY_WITHIN

    def read(self, size: int | None = None) -> bytes:
        """Read like a file; raises `PeerGone`."""
        return self._in_time(self._body.read, size)

    def readline(self, size: int | None = None) -> bytes:
        """Read a line like a file; raises `PeerGone`."""
        return self._in_time(self._body.readline, size)

    def readlines(self, _hint: int | None = None) -> list[bytes]:
        """Read all lines like a file; raises `PeerGone`."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _in_time(self, read: Callable[[int | None], bytes], size: int | None) -> bytes:
        timeout = eventlet.Timeout(self._ends - time.monotonic())
        try:
            with self._waiting():
                return read(size)
        except (eventlet.Timeout, OSError) as error:
            if isinstance(error, eventlet.Timeout) and error is not timeout:
                raise
            self._body.failed = True
            raise PeerGone from error
        finally:
            timeout.cancel()


def is_long(body: Any) -> bool:
    """Whether more than WASTE bytes of a body are unread, or an unknown number (chunked)."""
    reader = body.reader
    if isinstance(reader, LengthReader):
        return bool(reader.length > WASTE)
    return isinstance(reader, ChunkedReader) and reader.parser is not None
