"""Engine.IO 4 on eventlet's hub, instead of python-engineio's transports.

python-engineio's server still checks and answers HTTP requests (origin, version, transport,
session id, compression of polling payloads). Sessions and connections are handled here.
"""

import logging
import random
import re
import sys
import zlib
from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import engineio
import orjson

from chat.delivery import frames, handshake
from chat.delivery.admission import FULL, Admission
from chat.delivery.frames import text_frame
from chat.delivery.green import eventlet
from chat.delivery.green_threads import GreenThreads
from chat.delivery.held import LongMessages
from chat.delivery.polling import Polling
from chat.delivery.reactor import Reactor
from chat.delivery.responses import Response, empty, poll_answer, refusal, text
from chat.delivery.session import MESSAGE, OPEN, Session
from chat.delivery.transport import Limits
from chat.delivery.upgrade import Probe
from chat.delivery.websocket import WebSocket

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from chat.delivery.wheel import Wheel

logger = logging.getLogger(__name__)

METHODS = {"GET", "POST", "OPTIONS"}
TRANSPORT = re.compile(r"(^|&)transport=[^&]")  # in a query

# Limit of one message, in bytes, from a session that is not admitted yet. A request to connect to
# a namespace is short, and many clients could each begin a long message and never complete it.
NEWCOMERS_MESSAGE = 16 * 1024

BYTES_OF_CHARACTER = 4  # at most, in memory

FASTEST = 1  # level of zlib

UPGRADE_COST = 3  # control packets that a WebSocket for an upgrade is charged as


class Engine(engineio.Server):  # type: ignore[misc]
    """Serves Engine.IO sessions; `sockets` maps their ids to `Session` objects."""

    def __init__(
        self,
        *,
        max_unsent_bytes: int = 1 << 20,
        max_held_bytes: int = 128 << 20,
        max_sessions: int = sys.maxsize,
        max_handshakes: int = 0,
        member_of: Callable[["WSGIEnvironment"], str | None] | None = None,
        connect_timeout: float = 10,
        **options: Any,
    ) -> None:
        """Set up the server.

        Args:
            max_unsent_bytes: Send buffer of one client that doesn't read.
            max_held_bytes: Budget of all buffers together: incomplete messages, and send buffers
                of clients that don't read. Over it, the clients with the largest buffers are
                disconnected. Long messages that wait for their handler have a second budget, half
                as large; a client whose message exceeds that is disconnected.
            max_sessions: See `Admission`.
            max_handshakes: How many sessions a member may open in ten seconds, and all strangers
                of one address in two seconds, there at most ten; 0 for no limit.
            member_of: Returns the member that sent a request, or None for a stranger. Without it
                every client is a member, identified by its address.
            connect_timeout: Seconds that a client has to connect to a namespace.
            options: See `engineio.Server`.
        """
        super().__init__(**options | {"async_mode": "eventlet", "monitor_clients": False})
        self._limits = Limits(self.max_http_buffer_size, max_unsent_bytes)
        self._limits_of_newcomers = self._limits._replace(
            message=min(NEWCOMERS_MESSAGE, self.max_http_buffer_size)
        )
        self._upgrades = [
            each for each in ("websocket",) if self.allow_upgrades and each in self.transports
        ]
        self.connect_timeout = connect_timeout
        self.draining = False
        self._most_held = max_held_bytes
        self.long_messages = LongMessages(max_held_bytes // BYTES_OF_CHARACTER // 2)
        self._admission = Admission(max_sessions, max_handshakes, member_of)
        # Whether a session is connected to any namespace; if not, it is closed after a timeout.
        self.is_used: Callable[[str], bool] = lambda _sid: True

    # Created at the first use, so in the worker and not in a parent process: they use its hub.

    @cached_property
    def reactor(self) -> Reactor:
        """Watches all connections."""
        # A client gives up after ping_interval + ping_timeout, so a tick must be short beside them.
        shortest = min(self.ping_interval, self.ping_timeout)
        return Reactor(self._most_held, tick=min(1.0, shortest / 8))

    @property
    def timeouts(self) -> "Wheel":
        """The timeouts of all sessions."""
        return self.reactor.timeouts

    @cached_property
    def threads(self) -> GreenThreads:
        """Green threads in which messages are handled."""
        return GreenThreads()

    # Requests

    def handle_request(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer an HTTP request. `transport` is required; python-engineio defaults to polling."""
        query = environ.get("QUERY_STRING", "")
        if environ["REQUEST_METHOD"] not in METHODS or not TRANSPORT.search(query):
            start_response("400 BAD REQUEST", [("Content-Type", "text/plain")])
            return [b"unknown method or transport"]
        answer: Iterable[bytes] = super().handle_request(environ, start_response)
        return answer

    def _ok(self, *_args: Any, **_kwargs: Any) -> Response:
        """The answer to a POST."""
        return text(b"ok")

    # Opening

    def _handle_connect(
        self,
        environ: "WSGIEnvironment",
        _start_response: "StartResponse",
        transport: str,
        _jsonp_index: int | None = None,
    ) -> Response:
        """Open a session; called by python-engineio."""
        who = self._admission.who(environ)
        if self.draining:
            return empty(FULL)
        if status := self._admission.refuse(who, len(self.sockets)):
            return empty(status)
        session = Session(self, self.generate_id())
        self._admission.add(session.sid, who)
        if transport == "polling":
            polling = session.transport = Polling(session, self._limits_of_newcomers, environ)
            self._open(session, environ, upgrades=self._upgrades)
            return poll_answer(polling.get(environ))
        try:
            websocket, read_ahead = self._switch_protocols(environ, session)
        except handshake.HandshakeError as error:
            self._admission.discard(session.sid)
            return refusal(error)
        session.transport = websocket
        self._open(session, environ, upgrades=[])
        websocket.arrived(read_ahead)
        return []

    def _switch_protocols(
        self, environ: "WSGIEnvironment", owner: Session | Probe
    ) -> tuple[WebSocket, bytes]:
        response = handshake.accept(environ)
        sock, read_ahead = handshake.take_socket(environ)
        websocket = WebSocket(sock, self.reactor, self._limits_of_newcomers, owner)
        websocket.send(response)
        return websocket, read_ahead

    def _open(self, session: Session, environ: "WSGIEnvironment", upgrades: list[str]) -> None:
        self.sockets[session.sid] = session
        greeting = {
            "sid": session.sid,
            "upgrades": upgrades,
            "pingInterval": int(self.ping_interval * 1000),
            "pingTimeout": int(self.ping_timeout * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        session.send(text_frame(OPEN + orjson.dumps(greeting).decode()))
        self.handle("connect", session.sid, environ)
        session.opened()

    def until_first_ping(self) -> float:
        """Seconds from the greeting to the first ping: half a ping interval to a whole one.

        Random, so that clients that connect at the same time are not all pinged at the same time.
        """
        return float(self.ping_interval * random.uniform(0.5, 1))  # noqa: S311

    # Polling and the upgrade

    def poll(self, session: Session, environ: "WSGIEnvironment") -> Response:
        """Answer a GET request for a polling session."""
        polling = session.transport
        assert isinstance(polling, Polling)  # noqa: S101 - python-engineio checks `upgraded`
        if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            return poll_answer(polling.get(environ))
        if not self._upgrades:
            return refusal(handshake.HandshakeError("there are no upgrades here"))
        if polling.probing:
            return refusal(handshake.HandshakeError("another upgrade is under way"))
        if not session.spend(UPGRADE_COST):
            return refusal(handshake.HandshakeError("too many packets"))
        probe = Probe(session, polling)
        try:
            websocket, read_ahead = self._switch_protocols(environ, probe)
        except handshake.HandshakeError as error:
            return refusal(error)
        probe.start(websocket)
        websocket.arrived(read_ahead)
        return []

    def post(self, session: Session, environ: "WSGIEnvironment") -> None:
        """Take the packets of a POST request for a polling session."""
        polling = session.transport
        assert isinstance(polling, Polling)  # noqa: S101 - as above
        polling.post(environ)

    # Sending

    def send(self, sid: str, data: str) -> None:
        """Send a message to one client."""
        self.broadcast((sid,), data)

    def send_packet(self, sid: str, pkt: Any) -> None:
        """Send an `engineio.packet.Packet` whose data is text."""
        self._send_frames((sid,), text_frame(pkt.encode()))

    def broadcast(self, sids: Iterable[str], data: str) -> None:
        """Send the same message to many clients: it is encoded and framed once.

        Never yields to other green threads.
        """
        self._send_frames(sids, text_frame(MESSAGE + data))

    def _send_frames(self, sids: Iterable[str], frame: bytes) -> None:
        sessions = self.sockets
        for sid in sids:
            session = sessions.get(sid)
            if session is not None and session.ended is None:
                session.transport.send(frame)

    # Called by sessions

    def handle(self, event: str, sid: str, data: Any) -> None:
        """Run Socket.IO's handler of `connect`, `message` or `disconnect`.

        Exceptions are logged and not raised.
        """
        try:
            self.handlers[event](sid, data)
        except (Exception, eventlet.Timeout):
            self.logger.exception("%s handler error", event)

    def afford(self, sid: str, cost: int = 1) -> bool:
        """Charge `cost` control packets to a session; False if it exceeds its budget."""
        return self._admission.afford(sid, cost)

    def spend(self, sid: str) -> bool:
        """Charge one control packet; return whether the session goes on."""
        session = self.sockets.get(sid)
        return session is not None and session.spend()

    def answered(self, sid: str) -> None:
        """Register that a namespace has admitted or refused a client."""
        session = self.sockets.get(sid)
        if session is None:
            return
        if self.is_used(sid):
            self._admission.discard(sid)
            session.transport.limits = self._limits
        else:
            session.refused()

    def forget(self, session: Session) -> None:
        """Drop a session that has ended."""
        self.sockets.pop(session.sid, None)
        self._admission.discard(session.sid)
        if isinstance(session.transport, Polling):
            session.transport.clear()

    # Closing

    def reject(self, sid: str, error: str) -> None:
        """Disconnect a client that violates the Socket.IO protocol."""
        if session := self.sockets.get(sid):
            session.reject(error)

    def disconnect(self, sid: str | None = None) -> None:
        """Disconnect one client, or all."""
        self.close([sid] if sid else list(self.sockets))

    def close(self, sids: Collection[str], code: int = frames.NORMAL, reason: str = "") -> None:
        """Disconnect clients, with a WebSocket status code."""
        for sid in sids:
            if session := self.sockets.get(sid):
                session.close(code, reason)

    @property
    def is_empty(self) -> bool:
        """Whether all sessions and all connections have ended."""
        return not self.sockets and not self.reactor

    def _gzip(self, response: bytes) -> bytes:
        """Compress the answer to a poll; level 1 is five times as fast and hardly larger."""
        return zlib.compress(response, FASTEST, wbits=31)

    def _deflate(self, response: bytes) -> bytes:
        return zlib.compress(response, FASTEST)

    def _log_error_once(self, message: str, message_key: str) -> None:
        """Log without control characters: part of the message may come from the request."""
        super()._log_error_once(message.encode("unicode_escape").decode(), message_key)
