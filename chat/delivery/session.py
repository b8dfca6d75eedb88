"""An Engine.IO session: the state of a client that doesn't depend on its transport.

Messages of one client are handled in order, one at a time, in a green thread that exists only
while there are any. The queue of messages (the backlog) is bounded: while it is full, the
transport stops reading, which is backpressure on the client.
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

# Limits of one client's backlog. At either of them the transport stops reading.
MOST_MESSAGES = 16
MOST_CHARACTERS = 64 * 1024

# A message with more characters is charged to a budget of all clients until it is handled: its
# handler may wait for seconds.
LONG = 16 * 1024

# Seconds that a polling client has to fetch the packets sent before a close, and the close.
FAREWELL = 5

# Seconds in which a refused client may connect to another namespace, or close by itself.
AFTER_REFUSAL = 1


class Transport(Protocol):
    """How packets get to the client and back."""

    limits: Limits

    def send(self, frame: bytes) -> None:
        """Send a packet, given as a WebSocket frame whatever the transport is."""

    def pause(self) -> None:
        """Stop reading packets from the client."""

    def resume(self) -> None:
        """Read packets again."""

    def close(self, code: int, reason: str = "") -> bool | None:
        """Close after the packets sent before, with a WebSocket status code.

        Returns:
            Whether the client has to fetch the close; `Session.fetched` is called when it has.
        """


class Session:
    """The session of one client."""

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

    # python-engineio's server reads it. A session is created after the handshake, so it is True.
    connected = True

    transport: Transport

    def __init__(self, engine: "Engine", sid: str) -> None:
        self.engine = engine
        self.sid = sid
        self.due: int | None = None
        self.ended: str | None = None  # the reason; from then on nothing is sent or received
        self.closed = False  # removed from the engine's table: no request can find it any more
        self._handled = False  # the disconnect handlers have run
        self._fetching = False  # a polling client still has to fetch the close
        self._is_new = True  # until connect_timeout is over, or until its first ping
        self._deadline: float | None = None  # for connecting to a namespace; None: no deadline
        self._awaiting_pong = False
        self._backlog: list[str] | None = None
        self._working = False
        self._paused = False
        self._user_session: dict[str, Any] | None = None

    @property
    def session(self) -> dict[str, Any]:
        """The dictionary of python-socketio's `save_session` and `get_session`."""
        if self._user_session is None:
            self._user_session = {}
        return self._user_session

    @session.setter
    def session(self, value: dict[str, Any]) -> None:
        self._user_session = value

    # Called by python-engineio's server for a request with the id of this session

    @property
    def upgraded(self) -> bool:
        """Whether the transport is a WebSocket, so that HTTP requests are invalid."""
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

    # Called by the transport

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
            if self._awaiting_pong:  # a pong without a ping doesn't extend the timeout
                self._awaiting_pong = False
                self.engine.timeouts.set(self, self.engine.ping_interval)
        elif kind == CLOSE:
            self._end(self.engine.reason.CLIENT_DISCONNECT, frames.NORMAL)
        else:
            self.reject("unexpected Engine.IO packet")

    def spend(self, cost: int = 1) -> bool:
        """Charge `cost` control packets; reject the client if they exceed its budget.

        Returns:
            Whether the session goes on.
        """
        if self.ended is None and not self.engine.afford(self.sid, cost):
            self.reject("too many packets")
        return self.ended is None

    def lost(self, error: str | None) -> None:
        """End the session: the connection is gone. Messages received before are still handled."""
        reason = self.engine.reason
        self._end(reason.TRANSPORT_ERROR if error else reason.TRANSPORT_CLOSE, frames.NORMAL)

    def move_to(self, transport: Transport) -> None:
        """Replace the transport."""
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
        """Handle the messages of the backlog, and then the disconnection; never raises."""
        while self._backlog:
            message = self._backlog.pop(0)
            self.engine.handle("message", self.sid, message)
            self._uncount(message)
            if self._paused and not self._is_full():
                self._paused = False
                self.transport.resume()
                if self._awaiting_pong:  # the pong may be behind data that was not read yet
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

    def _uncount(self, message: str) -> None:
        if len(message) > LONG:
            self.engine.long_messages.remove(len(message))

    # Timeouts

    def opened(self) -> None:
        """Start the timeouts of a new session: to connect to a namespace, and the first ping."""
        engine = self.engine
        self._deadline = time.monotonic() + engine.connect_timeout
        first_ping = engine.until_first_ping()
        self._is_new = engine.connect_timeout < first_ping
        engine.timeouts.set(self, min(engine.connect_timeout, first_ping))

    def refused(self) -> None:
        """Shorten the deadline to AFTER_REFUSAL seconds; further refusals don't extend it."""
        moment = time.monotonic() + AFTER_REFUSAL
        if self._deadline is None or moment < self._deadline:
            self._deadline = moment
            self._is_new = False
            if not self._awaiting_pong:
                self.engine.timeouts.set(self, AFTER_REFUSAL)

    def expired(self) -> None:
        """Ping the client, or close if it didn't answer the last ping; called by the wheel."""
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
            # Also while the backlog is full: the pong may be behind data that we don't read, and
            # a client that gets no pings disconnects.
            self._awaiting_pong = True
            self.transport.send(PING_FRAME)
            self._wait_for_pong()

    def _may_stay(self) -> bool:
        """Whether the client is connected to a namespace, or still has time to connect to one."""
        now = time.monotonic()
        if self.engine.is_used(self.sid):
            self._deadline = None
        elif self._deadline is None:  # it has left its last namespace
            self._deadline = now + self.engine.connect_timeout
        return self._deadline is None or now < self._deadline

    def _wait_for_pong(self) -> None:
        if self.ended is None:
            self.engine.timeouts.set(self, self.engine.ping_timeout)

    # The end

    def close(self, code: int = frames.NORMAL, reason: str = "") -> None:
        """Close the connection; messages in the backlog are dropped."""
        if self._backlog:
            for message in self._backlog:
                self._uncount(message)
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
        """Register that the client has fetched the close, or won't fetch it."""
        self._fetching = False
        self._forget()

    def _forget(self) -> None:
        if self._handled and not self._fetching and not self.closed:
            self.closed = True
            self.engine.timeouts.cancel(self)
            self.engine.forget(self)
