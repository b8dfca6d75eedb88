"""Engine.IO's other transport, HTTP long-polling.

It is for networks that block WebSockets. Few clients stay on it, so each may occupy a green thread
while its GET waits.

HTTP clients, including browsers, retry a request by themselves when a keep-alive connection breaks
before the answer. The official clients put a different `t` into every URL, so a request with the
`t` of the previous one is a retry. Retries are idempotent: a GET gets the same answer again, and a
POST is not handled again.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qs

from engineio.exceptions import EngineIOError

from chat.delivery import frames
from chat.delivery.green import eventlet
from chat.delivery.reactor import GONE
from chat.delivery.session import CLOSE, NOOP, Session

if TYPE_CHECKING:
    import socket
    from wsgiref.types import WSGIEnvironment

    from chat.delivery.reactor import Reactor
    from chat.delivery.transport import Limits

SEPARATOR = "\x1e"

# Status codes of an orderly close: the client may still fetch the packets sent before.
ORDERLY = {frames.NORMAL, frames.SERVICE_RESTART}

# Bytes in the answer to one GET. Compression blocks the hub, for 50 ms per megabyte.
AT_ONCE = 128 * 1024


class PayloadError(EngineIOError):  # type: ignore[misc]
    """The client's request is invalid; it is answered with the status 400."""


class Polling:
    """A transport that buffers packets until the client fetches them."""

    def __init__(self, session: Session, limits: "Limits", environ: "WSGIEnvironment") -> None:
        self.limits = limits
        self.farewell: tuple[int, str] | None = None  # code and reason of an orderly close
        self.probing = False  # a WebSocket for an upgrade is open
        self.upgrading = False  # it has sent its probe, so GETs return at once
        self._session = session
        self._outgoing: list[bytes] = []
        self._unsent = 0  # bytes in _outgoing
        self._closed = False
        self._client_has_left = False
        self._waiting: _WaitingGet | None = None
        # The `t` of the first request. A client that sends it again, or sent none, doesn't use
        # `t` to tell requests apart.
        self._first_tag = _tag(environ)
        self._answered: str | None = None  # `t` of the last GET that was answered
        self._answer: bytes | None = None  # its answer, for a retry; None if dropped for the memory
        self._posted: int | None = None  # hash of the last POST
        self._posting: Any = None  # an Event; sent when the POST in progress is done
        self._posting_tag: str | None = None
        self._paused: Any = None  # an Event; `resume` sends it

    # To the client

    def send(self, frame: bytes) -> None:
        """Buffer a packet until the client fetches it."""
        size = len(frame)
        if self._outgoing and self._unsent + size > self.limits.unsent:
            self._session.engine.reactor.held.dropped += 1
            self._session.reject("too slow: too much is waiting to be read")
            return
        self._outgoing.append(frame)
        self._unsent += size
        if self._unsent + len(self._answer or b"") > self.limits.unsent:
            self._answer = None
        self._wake()
        self._count()

    def _count(self) -> None:
        """Charge the buffered bytes to the budget of all connections."""
        self._session.engine.reactor.held.set(self, self._unsent + len(self._answer or b""))

    def abort(self) -> None:
        """Drop the buffered packets and end the session; `Held` calls this for the memory."""
        self.clear()
        self._session.reject("too much is waiting to be read, by this client and others")
        if self.farewell is not None:
            self._session.fetched()

    def clear(self) -> None:
        """Drop all buffers: the session has ended, or has moved to a WebSocket."""
        self._answer = None
        self.take()

    def get(self, environ: "WSGIEnvironment") -> bytes | None:
        """Return the answer to a GET: packets to send. Wait for some if there are none.

        The next ping ends the wait. None means that the service restarts.
        """
        tag = self._changing_tag(environ)
        if tag is not None and tag == self._answered:
            self._spend()
            if self._answer is None:
                self._fail("an answer was lost and is no longer here")
            return self._answer
        if self._waiting is not None:
            if tag is None or tag != self._waiting.tag:
                self._fail("two GET requests at a time")
            self._spend()
            self._waiting.wake(False)
        self._answer = None  # a GET that is no retry means that the last answer has arrived
        if self.upgrading and not self._outgoing:
            self._spend()
        waiting = self._waiting = _WaitingGet(tag)
        if not self._outgoing and not self._closed and not self.upgrading:
            waiting.wait(self._session.engine.reactor, environ["eventlet.input"].get_socket())
        if self._waiting is not waiting:  # a retry on another connection has taken over
            return NOOP.encode()
        self._waiting = None
        if waiting.is_gone:  # this connection is broken: leave the packets to the next GET
            return NOOP.encode()
        answer = self._payload()
        # After the session has ended or moved, `clear` isn't called again, so store nothing then.
        goes_on = not self._session.closed and self._session.transport is self
        if tag is not None and goes_on:
            self._answered, self._answer = tag, answer
            self._count()
        return answer

    def _changing_tag(self, environ: "WSGIEnvironment") -> str | None:
        """Return the `t` of a request; None if the client doesn't change it between requests."""
        tag = _tag(environ)
        return None if self._first_tag in {None, tag} else tag

    def _payload(self) -> bytes | None:
        """Return the next answer. The close is never in one answer with earlier packets.

        The official client would drop those. For a restart no close is sent but None is returned:
        python-socketio's client doesn't reconnect after a close.
        """
        if self._outgoing:
            packets = [frames.payload_of(frame) for frame in self.take(AT_ONCE)]
            return SEPARATOR.encode().join(packets)
        if self._closed and not self._client_has_left:
            restarts = self.farewell is not None and self.farewell[0] == frames.SERVICE_RESTART
            self._session.fetched()
            return None if restarts else CLOSE.encode()
        return NOOP.encode()

    def take(self, most: int = sys.maxsize) -> list[bytes]:
        """Remove and return buffered frames, until they are `most` bytes or the buffer is empty."""
        count = size = 0
        while count < len(self._outgoing) and (not count or size < most):
            size += len(self._outgoing[count])
            count += 1
        taken, self._outgoing = self._outgoing[:count], self._outgoing[count:]
        self._unsent -= size
        self._count()
        return taken

    def release(self) -> None:
        """Make the waiting GET return, so that the client can stop polling."""
        self.upgrading = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None:
            self._waiting.wake(True)

    def close(self, code: int, reason: str = "") -> bool:
        """Close; return whether the client still has to fetch the close.

        Not if it broke a rule, is gone, or has closed the session itself.
        """
        self._closed = True
        if code in ORDERLY and not self._client_has_left:
            self.farewell = code, reason
        else:
            self.clear()
        self._wake()
        self.resume()
        return self.farewell is not None

    # From the client

    def post(self, environ: "WSGIEnvironment") -> None:
        """Take the packets of a POST request; return when the backlog has room for more."""
        tag = self._changing_tag(environ)
        if self._posting is not None:
            if tag is None or tag != self._posting_tag:
                self._fail("two POST requests at a time")
            self._spend()
            self._posting.wait()
            self._check_end()
            return
        self._posting, self._posting_tag = eventlet.Event(), tag
        try:
            body = self._read(environ)
            this = hash((tag, body))
            if tag is not None and this == self._posted:
                self._spend()
            else:
                self._posted = this
                self._receive(body)
        finally:
            self._posting.send()
            self._posting = None

    def _read(self, environ: "WSGIEnvironment") -> str:
        """Return the body: with a Content-Length, or chunked."""
        most = self.limits.message
        try:
            if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
                data = environ["wsgi.input"].read(most + 1)
                size = len(data)
            else:
                size = int(environ.get("CONTENT_LENGTH") or 0)
                data = environ["wsgi.input"].read(size) if size <= most else b""
            if not 0 < size <= most:
                self._fail("payload is empty or too big")
            if len(data) < size:
                self._fail("payload is incomplete")
            return str(data, "utf-8")
        except (ValueError, OSError):
            self._fail("payload is not text")

    def _receive(self, body: str) -> None:
        session, turns = self._session, self._session.engine.reactor.turns
        for packet in _packets(body):
            if session.ended is not None:
                if packet == CLOSE:
                    session.fetched()  # the client closes, too: it won't fetch our close
                break
            if session.transport is not self:
                self._fail("moved to a WebSocket in the middle of a POST")
            self._client_has_left = packet == CLOSE
            session.received(packet)
            if self._paused is not None:
                self._paused.wait()
            elif turns.is_over():
                turns.wait()
        self._check_end()

    def _check_end(self) -> None:
        """Answer 400 if we have ended the session and the client doesn't fetch a close."""
        if self._closed and not self._client_has_left and self.farewell is None:
            self._fail("the session has ended")

    def _spend(self) -> None:
        """Charge a request without new data, such as a retry, as a control packet."""
        if not self._session.spend():
            raise PayloadError("too many packets")

    def _fail(self, error: str) -> NoReturn:
        self._session.reject(error)
        raise PayloadError(error)

    def pause(self) -> None:
        """Make the POST in progress wait: the backlog is full."""
        self._paused = eventlet.Event()

    def resume(self) -> None:
        """Let the POST in progress go on."""
        if self._paused is not None:
            self._paused.send()
            self._paused = None


class _WaitingGet:
    """A GET that waits; the reactor calls it when its connection breaks."""

    def __init__(self, tag: str | None) -> None:
        self.tag = tag
        self.due: int | None = None
        self.is_gone = False
        self._woken: Any = eventlet.Event()

    def wait(self, reactor: "Reactor", sock: "socket.socket") -> None:
        reactor.add(sock.fileno(), self, GONE)
        try:
            self._woken.wait()
        finally:
            reactor.remove(sock.fileno())

    def wake(self, is_there: bool) -> None:
        if not self._woken.ready():
            self.is_gone = not is_there
            self._woken.send()

    def ready(self, _events: int) -> None:
        self.wake(False)

    def abort(self) -> None:
        self.wake(False)

    def flush(self) -> None:
        """Never called: nothing is written through the reactor."""

    def expired(self) -> None:
        """Never called: timeouts are set for the session instead."""


def _tag(environ: "WSGIEnvironment") -> str | None:
    """Return the parameter `t`, with which clients make each URL unique."""
    values = parse_qs(environ.get("QUERY_STRING", "")).get("t")
    return values[0] if values else None


def _packets(body: str) -> Iterator[str]:
    """Split a payload lazily: it may have hundreds of thousands of packets."""
    start = 0
    while (end := body.find(SEPARATOR, start)) >= 0:
        yield body[start:end]
        start = end + 1
    yield body[start:]
