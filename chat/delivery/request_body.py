"""The body of a request, which has to arrive in time."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from gunicorn.http.body import ChunkedReader, LengthReader
from werkzeug.exceptions import ClientDisconnected

from chat.delivery.green import eventlet

# Seconds that a peer has for the body of a request.
BODY_WITHIN = 15.0

# Bytes of a body that nobody wants, which are thrown away for the sake of the connection.
WASTE = 64 * 1024


class PeerGone(ClientDisconnected, ConnectionResetError):
    """The peer has ended the connection, or we have: for Flask a bad request, and no mistake."""


class RequestBody:
    """The body of a request, all of which has to arrive in time."""

    def __init__(self, body: Any, waiting: Callable[[], AbstractContextManager[None]]) -> None:
        self._body = body
        self._waiting = waiting
        self._ends = time.monotonic() + BODY_WITHIN

    def read(self, size: int | None = None) -> bytes:
        """As of a file."""
        return self._in_time(self._body.read, size)

    def readline(self, size: int | None = None) -> bytes:
        """As of a file."""
        return self._in_time(self._body.readline, size)

    def readlines(self, _hint: int | None = None) -> list[bytes]:
        """As of a file."""
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
    """Whether much of a body has not been read, or nobody knows how much."""
    reader = body.reader
    if isinstance(reader, LengthReader):
        return bool(reader.length > WASTE)
    return isinstance(reader, ChunkedReader) and reader.parser is not None
