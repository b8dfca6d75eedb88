"""An Engine.IO session: what stays the same when the transport changes.

It keeps the order. Messages of one client are handled one at a time, in a green thread that
exists only while there are any. Those that wait are few: while the backlog is full, the transport
doesn't read.
"""

import time
from typing import TYPE_CHECKING, Any, Protocol

from chat.delivery import frames
from chat.delivery.frames import text_frame
from chat.delivery.transport import Limits
from chat.delivery.websocket import WebSocket

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from chat.delivery.engine import Engine

# Engine.IO packet types; a packet is one of these digits and its data.
OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"

PING_FRAME = text_frame(PING)

# The backlog of one client; over it, reading pauses.
MOST_MESSAGES = 16
MOST_CHARACTERS = 64 * 1024

# Characters of a message that is counted, with those of all other clients, until it is handled: its
# handler may wait for seconds.
LONG = 16 * 1024

# Seconds in which a client that polls may fetch what was said before the close, and the close.
FAREWELL = 5

# Seconds in which a client that was refused may ask for something else, or close by itself.
AFTER_REFUSAL = 1


class Transport(Protocol):
    """How packets get to the client and back."""

    limits: Limits

    def send(self, frame: bytes) -> None:
        """Send a packet, given as the WebSocket frame that it may become."""

    def pause(self) -> None:
        """Take no more packets from the client."""

    def resume(self) -> None:
        """Take packets again."""

    def close(self, code: int, reason: str = "") -> bool | None:
        """Close after what was sent before; the code is WebSocket's.

        Returns:
            Whether the client has to ask for that; then `Session.fetched` tells that it did.
        """


class Session:
    """One client."""

    __slots__ = (
        "_awaiting_pong",
        "_backlog",
        "_deadline",
        "_fetching",
        "_handled",
        "_is_new",
        "_paused",
        "_user_session",
        "_working",
        "closed",
        "due",
        "ended",
        "engine",
        "sid",
        "transport",
    )

    # Engine.IO's server asks for it: a session is made when the handshake is done.
    connected = True

    transport: Transport

    def __init__(self, engine: "Engine", sid: str) -> None:
        self.engine = engine
        self.sid = sid
        self.due: int | None = None
        self.ended: str | None = None  # why; from then on nothing is sent or received
        self.closed = False  # nothing is left to do: no request can name it any more
        self._handled = False  # the disconnect handlers have run
        self._fetching = False  # the client, which polls, has not been told the end
        self._is_new = True  # until it has had its time to open something, or its first ping
        self._deadline: float | None = None  # for opening something, while nothing is open
        self._awaiting_pong = False
        self._backlog: list[str] | None = None
        self._working = False
        self._paused = False
        self._user_session: dict[str, Any] | None = None

    @property
    def session(self) -> dict[str, Any]:
        """What the application has saved with python-socketio's `save_session`."""
        if self._user_session is None:
            self._user_session = {}
        return self._user_session

    @session.setter
    def session(self, value: dict[str, Any]) -> None:
        self._user_session = value

    # What Engine.IO's server asks for when a request names this session

    @property
    def upgraded(self) -> bool:
        """Whether the transport is a WebSocket, so that HTTP requests make no sense."""
        return isinstance(self.transport, WebSocket)

    def handle_get_request(self, environ: "WSGIEnvironment", _start_response: Any) -> Any:
        """Answer a GET request: the long poll, or the upgrade."""
        return self.engine.poll(self, environ)

    def handle_post_request(self, environ: "WSGIEnvironment") -> None:
        """Take the packets of a POST request."""
        self.engine.post(self, environ)

    def send(self, frame: bytes) -> None:
        """Send a packet, given as a WebSocket frame."""
        if self.ended is None:
            self.transport.send(frame)

    # What the transport reports

    def received(self, packet: str | bytes) -> None:
        """Take a packet from the client."""
        if self.ended is not None:
            return
        if isinstance(packet, bytes):
            self.close(frames.UNSUPPORTED_DATA, "binary messages are not supported")
            return
        kind = packet[:1]
        if kind != MESSAGE and not self.spend():
            return
        if kind == MESSAGE:
            self._enqueue(packet[1:])
        elif kind == PONG:
            if self._awaiting_pong:  # one that nobody waits for gives no more time
                self._awaiting_pong = False
                self.engine.timeouts.set(self, self.engine.ping_interval)
        elif kind == CLOSE:
            self._end(self.engine.reason.CLIENT_DISCONNECT, frames.NORMAL)
        else:
            self.reject("unexpected Engine.IO packet")

    def spend(self, cost: int = 1) -> bool:
        """Count something that costs us work and says nothing; the end of who does too much."""
        if self.ended is None and not self.engine.afford(self.sid, cost):
            self.reject("too many packets")
        return self.ended is None

    def lost(self, error: str | None) -> None:
        """Learn from the transport that it is gone; what it received before is still handled."""
        reason = self.engine.reason
        self._end(reason.TRANSPORT_ERROR if error else reason.TRANSPORT_CLOSE, frames.NORMAL)

    def move_to(self, transport: Transport) -> None:
        """Go on with another transport."""
        before, self.transport = self.transport, transport
        if self._paused:
            transport.pause()
            before.resume()

    # One message at a time

    def _enqueue(self, message: str) -> None:
        if len(message) > LONG and not self.engine.long_messages.add(len(message)):
            self.reject("too much waits to be handled, of all clients together")
            return
        if self._backlog is None:
            self._backlog = []
        self._backlog.append(message)
        if not self._paused and self._is_full():
            self._paused = True
            self.transport.pause()
        self._wake()

    def _is_full(self) -> bool:
        backlog = self._backlog or ()
        return len(backlog) >= MOST_MESSAGES or sum(map(len, backlog)) >= MOST_CHARACTERS

    def _wake(self) -> None:
        if not self._working:
            self._working = True
            self.engine.threads.run(self._work)

    def _work(self) -> None:
        """Handle what has come in, last of all the end; never raises."""
        while self._backlog:
            message = self._backlog.pop(0)
            self.engine.handle("message", self.sid, message)
            self._done_with(message)
            if self._paused and not self._is_full():
                self._paused = False
                self.transport.resume()
                if self._awaiting_pong:  # it may be behind what was not read
                    self._wait_for_pong()
            if self._backlog and self.engine.reactor.turns.is_over():
                self.engine.reactor.turns.wait()
        self._backlog = None
        if self.ended is None:
            self._working = False
        else:
            self.engine.handle("disconnect", self.sid, self.ended)
            self._handled = True
            self._forget()

    def _done_with(self, message: str) -> None:
        if len(message) > LONG:
            self.engine.long_messages.remove(len(message))

    # Timeouts

    def opened(self) -> None:
        """Give the client its time to open something."""
        engine = self.engine
        self._deadline = time.monotonic() + engine.connect_timeout
        first_ping = engine.until_first_ping()
        self._is_new = engine.connect_timeout < first_ping
        engine.timeouts.set(self, min(engine.connect_timeout, first_ping))

    def refused(self) -> None:
        """Give the client, which has nothing open, just a moment more, however often it asks."""
        moment = time.monotonic() + AFTER_REFUSAL
        if self._deadline is None or moment < self._deadline:
            self._deadline = moment
            self._is_new = False
            if not self._awaiting_pong:
                self.engine.timeouts.set(self, AFTER_REFUSAL)

    def expired(self) -> None:
        """Ping the client, or give up on one that didn't answer; called by the sweep."""
        if self.ended is not None:
            self.fetched()
        elif not self._may_stay():
            self.close(frames.POLICY_VIOLATION, "no namespace is connected")
        elif self._is_new:
            self._is_new = False
            rest = self.engine.until_first_ping() - self.engine.connect_timeout
            self.engine.timeouts.set(self, rest)
        elif self._awaiting_pong and not self._paused:
            self._end(self.engine.reason.PING_TIMEOUT, frames.POLICY_VIOLATION, "no pong")
        else:
            # While the backlog is full, a pong may be behind the messages that we don't read, and
            # a client that gets no pings gives up.
            self._awaiting_pong = True
            self.transport.send(PING_FRAME)
            self._wait_for_pong()

    def _may_stay(self) -> bool:
        """Whether the client has something open, or still time to open something."""
        now = time.monotonic()
        if self.engine.is_used(self.sid):
            self._deadline = None
        elif self._deadline is None:  # it has left the last one
            self._deadline = now + self.engine.connect_timeout
        return self._deadline is None or now < self._deadline

    def _wait_for_pong(self) -> None:
        if self.ended is None:
            self.engine.timeouts.set(self, self.engine.ping_timeout)

    # The end

    def close(self, code: int = frames.NORMAL, reason: str = "") -> None:
        """Close the connection; messages that wait to be handled are dropped."""
        if self._backlog:
            for message in self._backlog:
                self._done_with(message)
            self._backlog.clear()
        self._end(self.engine.reason.SERVER_DISCONNECT, code, reason)

    def reject(self, error: str) -> None:
        """Close the connection because the client breaks a rule."""
        self.close(frames.POLICY_VIOLATION, error)

    def _end(self, why: str, code: int, reason: str = "") -> None:
        if self.ended is not None:
            return
        self.ended = why
        self.engine.timeouts.cancel(self)
        if self.transport.close(code, reason):
            self._fetching = True
            self.engine.timeouts.set(self, FAREWELL)
        self._wake()

    def fetched(self) -> None:
        """Learn from the transport that the client has been told the end."""
        self._fetching = False
        self._forget()

    def _forget(self) -> None:
        if self._handled and not self._fetching and not self.closed:
            self.closed = True
            self.engine.timeouts.cancel(self)
            self.engine.forget(self)
