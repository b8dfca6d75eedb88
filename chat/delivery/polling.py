"""Engine.IO's other transport, HTTP long-polling, and the upgrade from it to WebSocket.

It is for networks that let no WebSocket through. Few clients stay on it, so each may hold a green
thread while its GET waits.
"""

import sys
from typing import TYPE_CHECKING, Any

from engineio.exceptions import EngineIOError

from chat.delivery import frames
from chat.delivery.green import eventlet
from chat.delivery.session import CLOSE, NOOP, PING, PONG, UPGRADE, Session

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from chat.delivery.held import Held
    from chat.delivery.websocket import Limits, WebSocket

SEPARATOR = "\x1e"
MOST_PACKETS = 16  # in one POST

# Bytes of the answer to one GET: to compress a megabyte takes 50 ms, in which nobody is served.
AT_ONCE = 128 * 1024

PROBE = "probe"
PROBE_TIMEOUT = 10  # seconds


class PayloadError(EngineIOError):  # type: ignore[misc]
    """What the client posted is no payload; Engine.IO's server closes the session."""


class Polling:
    """A transport that waits for the client to fetch."""

    def __init__(self, session: Session, limits: "Limits") -> None:
        self.limits = limits
        self._session = session
        self._outgoing: list[bytes] = []
        self._unsent = 0  # bytes in _outgoing
        self._closed = False
        self._posting = False
        self._paused: Any = None  # an Event that `resume` sends
        self._getting: Any = None  # an Event that `send` sends
        self.probing = False  # a WebSocket to move to is open
        self.upgrading = False  # and has answered

    # To the client

    def send(self, frame: bytes) -> None:
        """Keep a packet until the client asks for it."""
        size = len(frame)
        if self._outgoing and self._unsent + size > self.limits.unsent:
            self._session.reject("too slow: too much is waiting to be read")
            return
        self._outgoing.append(frame)
        self._unsent += size
        self._answer()
        if self._getting is None:
            self._held.set(self, self._unsent)

    @property
    def _held(self) -> "Held":
        return self._session.engine.reactor.held

    def abort(self) -> None:
        """Forget what the client doesn't fetch, and the client."""
        self.take()
        self._session.reject("too much is waiting to be read, by this client and others")

    def get(self) -> bytes:
        """Return what there is to send; wait for it if there is nothing.

        The wait is no longer than until the next ping.
        """
        if self._getting is not None:
            raise PayloadError("two GET requests at a time")
        if not self._outgoing and not self._closed and not self.upgrading:
            self._getting = eventlet.Event()
            try:
                self._getting.wait()
            finally:
                self._getting = None
        packets = [frames.payload_of(frame) for frame in self.take(AT_ONCE)]
        return SEPARATOR.encode().join(packets) or NOOP.encode()

    def take(self, most: int = sys.maxsize) -> list[bytes]:
        """Return frames that have not been sent, up to so many bytes or one, and forget them."""
        count = size = 0
        while count < len(self._outgoing) and (not count or self._closed or size < most):
            size += len(self._outgoing[count])
            count += 1
        taken, self._outgoing = self._outgoing[:count], self._outgoing[count:]
        self._unsent -= size
        self._held.set(self, max(self._unsent, 0))
        return taken

    def release(self) -> None:
        """Let the GET that waits return, so that the client can stop polling."""
        self.upgrading = True
        self._answer()

    def _answer(self) -> None:
        if self._getting is not None and not self._getting.ready():
            self._getting.send()

    def close(self, _code: int, _reason: str = "") -> None:
        """Tell the client with the answer to its GET."""
        self._closed = True
        self._outgoing.append(frames.text_frame(CLOSE))
        self._answer()
        self.resume()

    # From the client

    def post(self, environ: "WSGIEnvironment") -> None:
        """Take the packets of a POST request; return when there is room for more."""
        if self._posting:
            raise PayloadError("two POST requests at a time")
        self._posting = True
        try:
            for packet in self._read(environ):
                self._session.received(packet)
            if self._paused is not None:
                self._paused.wait()
        finally:
            self._posting = False

    def _read(self, environ: "WSGIEnvironment") -> list[str]:
        try:
            size = int(environ.get("CONTENT_LENGTH") or 0)
            if not 0 < size <= self.limits.message:
                raise PayloadError("payload is empty or too big")
            packets: list[str] = environ["wsgi.input"].read(size).decode().split(SEPARATOR)
        except (ValueError, OSError) as error:
            raise PayloadError("payload is not text") from error
        if len(packets) > MOST_PACKETS:
            raise PayloadError("too many packets in one payload")
        return packets

    def pause(self) -> None:
        """Let the POST that brings too much wait."""
        self._paused = eventlet.Event()

    def resume(self) -> None:
        """Let the client post again."""
        if self._paused is not None:
            self._paused.send()
            self._paused = None


class Probe:
    """Owner of a WebSocket that a polling session may move to.

    The client sends `2probe`, we answer `3probe`, it stops polling and sends `5`.
    """

    def __init__(self, session: Session, polling: Polling) -> None:
        self.due: int | None = None
        self._session = session
        self._polling = polling
        self._websocket: WebSocket

    def start(self, websocket: "WebSocket") -> None:
        """Wait for the probe."""
        self._websocket = websocket
        self._polling.probing = True
        self._session.engine.timeouts.set(self, PROBE_TIMEOUT)

    def received(self, message: str | bytes) -> None:
        """Take one step of the upgrade."""
        if message == PING + PROBE:
            self._websocket.send(frames.text_frame(PONG + PROBE))
            self._polling.release()
        elif message == UPGRADE and self._polling.upgrading:
            self._upgrade()
        else:
            self._websocket.close(frames.POLICY_VIOLATION, "not an upgrade")
            self.lost(None)

    def spend(self) -> bool:
        """Count a frame that says nothing against the session."""
        goes_on = self._session.spend()
        if not goes_on:
            self._websocket.close(frames.POLICY_VIOLATION, "too many packets")
            self.lost(None)
        return goes_on

    def _upgrade(self) -> None:
        session, websocket = self._session, self._websocket
        session.engine.timeouts.cancel(self)
        if session.ended is not None or session.transport is not self._polling:
            websocket.close(frames.POLICY_VIOLATION, "nothing to upgrade")
            return
        websocket.owner = session
        websocket.limits = self._polling.limits
        session.move_to(websocket)
        for frame in self._polling.take():
            websocket.send(frame)

    def lost(self, _error: str | None) -> None:
        """Go on polling."""
        self._session.engine.timeouts.cancel(self)
        self._polling.probing = self._polling.upgrading = False

    def expired(self) -> None:
        """Give up on a client that doesn't complete the upgrade."""
        self._websocket.close(frames.POLICY_VIOLATION, "the upgrade took too long")
        self.lost(None)
