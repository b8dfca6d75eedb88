"""Engine.IO's other transport, HTTP long-polling.

It is for networks that let no WebSocket through. Few clients stay on it, so each may hold a green
thread while its GET waits.

HTTP clients, browsers too, repeat a request by themselves when a kept connection breaks before the
answer. The official clients put another `t` into every URL, so a request with the `t` of the one
before is a repeated one: a GET gets the same answer again, a POST is not handled again.
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

# What we close with in good order: the client may fetch what was said before.
ORDERLY = {frames.NORMAL, frames.SERVICE_RESTART}

# Bytes of the answer to one GET: to compress a megabyte takes 50 ms, in which nobody is served.
AT_ONCE = 128 * 1024


class PayloadError(EngineIOError):  # type: ignore[misc]
    """What the client asked for or posted makes no sense; it is answered with the status 400."""


class Polling:
    """A transport that waits for the client to fetch."""

    def __init__(self, session: Session, limits: "Limits", environ: "WSGIEnvironment") -> None:
        self.limits = limits
        self.farewell: tuple[int, str] | None = None  # code and reason, while to be fetched
        self.probing = False  # a WebSocket to move to is open
        self.upgrading = False  # and has answered
        self._session = session
        self._outgoing: list[bytes] = []
        self._unsent = 0  # bytes in _outgoing
        self._closed = False
        self._client_has_left = False
        self._waiting: _WaitingGet | None = None
        # A client whose first two requests have the same `t`, or none, doesn't change it.
        self._constant = _tag(environ)
        self._answered: str | None = None  # `t` of the last GET that was answered
        self._answer: bytes | None = None  # to that; None if it was too much to keep
        self._posted: int | None = None  # hash of the last POST
        self._posting: Any = None  # an Event that is sent when the POST is done
        self._posting_tag: str | None = None
        self._paused: Any = None  # an Event that `resume` sends

    # To the client

    def send(self, frame: bytes) -> None:
        """Keep a packet until the client asks for it."""
        size = len(frame)
        if self._outgoing and self._unsent + size > self.limits.unsent:
            self._session.reject("too slow: too much is waiting to be read")
            return
        self._outgoing.append(frame)
        self._unsent += size
        if self._unsent + len(self._answer or b"") > self.limits.unsent:
            self._answer = None
        self._wake()
        self._count()

    def _count(self) -> None:
        """Count what is kept for the client, together with what is kept for all others."""
        held = self._session.engine.reactor.held
        held.set(self, self._unsent + len(self._answer or b""))

    def abort(self) -> None:
        """Forget what the client doesn't fetch, and the client."""
        self.clear()
        self._session.reject("too much is waiting to be read, by this client and others")
        if self.farewell is not None:
            self._session.fetched()

    def clear(self) -> None:
        """Keep nothing: the session has ended, or goes on elsewhere."""
        self._answer = None
        self.take()

    def get(self, environ: "WSGIEnvironment") -> bytes | None:
        """Return what there is to send; wait for it if there is nothing.

        The wait is no longer than until the next ping. None says that the service restarts.
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
        self._answer = None  # whoever asks for the next one has got this one
        if self.upgrading and not self._outgoing:
            self._spend()
        waiting = self._waiting = _WaitingGet(tag)
        if not self._outgoing and not self._closed and not self.upgrading:
            waiting.wait(self._session.engine.reactor, environ["eventlet.input"].get_socket())
        if self._waiting is not waiting:  # repeated meanwhile, on another connection
            return NOOP.encode()
        self._waiting = None
        if waiting.is_gone:  # what there is to send by now waits for the next GET
            return NOOP.encode()
        answer = self._payload()
        # After the end, or a move while this waited, `clear` has been called for the last time.
        goes_on = not self._session.closed and self._session.transport is self
        if tag is not None and goes_on:
            self._answered, self._answer = tag, answer
            self._count()
        return answer

    def _changing_tag(self, environ: "WSGIEnvironment") -> str | None:
        """Return the `t` of a request, from a client that changes it."""
        tag = _tag(environ)
        return None if self._constant in {None, tag} else tag

    def _payload(self) -> bytes | None:
        """Return the next answer: the close never comes together with what was said before.

        The official client would drop that. A restart is no close: python-socketio would not come
        back after one.
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
        """Return frames that have not been sent, up to so many bytes or one, and forget them."""
        count = size = 0
        while count < len(self._outgoing) and (not count or size < most):
            size += len(self._outgoing[count])
            count += 1
        taken, self._outgoing = self._outgoing[:count], self._outgoing[count:]
        self._unsent -= size
        self._count()
        return taken

    def release(self) -> None:
        """Let the GET that waits return, so that the client can stop polling."""
        self.upgrading = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None:
            self._waiting.wake(True)

    def close(self, code: int, reason: str = "") -> bool:
        """Tell the client with an answer of its own; return whether it has to ask for that.

        Who breaks a rule, is gone or has closed by itself hasn't.
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
        """Take the packets of a POST request; return when there is room for more."""
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
        """Return the body, whose length is given or which comes in chunks."""
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
                    session.fetched()  # it knows already, by an event
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
        """Let the client know if we have ended the session because of it."""
        if self._closed and not self._client_has_left and self.farewell is None:
            self._fail("the session has ended")

    def _spend(self) -> None:
        """Count a request that brings nothing new, as repeated ones do."""
        if not self._session.spend():
            raise PayloadError("too many packets")

    def _fail(self, error: str) -> NoReturn:
        self._session.reject(error)
        raise PayloadError(error)

    def pause(self) -> None:
        """Let the POST that brings too much wait."""
        self._paused = eventlet.Event()

    def resume(self) -> None:
        """Let the client post again."""
        if self._paused is not None:
            self._paused.send()
            self._paused = None


class _WaitingGet:
    """A GET that waits; the reactor tells when its connection breaks."""

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
        """Never called: nothing is written here."""

    def expired(self) -> None:
        """Never called: the session has the timeouts."""


def _tag(environ: "WSGIEnvironment") -> str | None:
    """Return what the client puts into each URL to make it a different one."""
    values = parse_qs(environ.get("QUERY_STRING", "")).get("t")
    return values[0] if values else None


def _packets(body: str) -> Iterator[str]:
    """Split a payload, one packet at a time: there may be hundreds of thousands."""
    start = 0
    while (end := body.find(SEPARATOR, start)) >= 0:
        yield body[start:end]
        start = end + 1
    yield body[start:]
