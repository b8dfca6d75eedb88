"""One WebSocket connection after its opening handshake: RFC 6455, sections 5 to 7.

It is a small object that the reactor calls when its socket can be read or written. What it has
to say goes to its owner; both are called from the hub, so neither may block.
"""

import contextlib
import socket
import time

from chat.delivery import frames
from chat.delivery.frames import CLOSE, CONTINUATION, PING, Violation
from chat.delivery.reactor import DEAD, READABLE, WRITABLE, Reactor
from chat.delivery.transport import Limits, Owner

# Section 7: CLOSING from the moment we send a Close frame, or answer one, until TCP is closed.
OPEN, CLOSING, CLOSED = range(3)

LINGER = 5.0  # seconds that the peer has for its part of the closing handshake
LEFTOVERS = 256 * 1024  # bytes that it may have sent before it knew

# Seconds for which whoever has sent more than a moment's work, or has just come, waits for a turn
# each time if others do. Those who are here and send little never wait behind those who send much,
# nor behind those who come and go.
BUSY = 1.0

# Bytes of a fragment that is as good as empty; no client has a reason to send many of them.
TINY = 64


class WebSocket:
    """The server's end of a connection."""

    __slots__ = (
        "_busy_until",
        "_events",
        "_fragments",
        "_is_holder",
        "_leftovers",
        "_opcode",
        "_outgoing",
        "_reactor",
        "_socket",
        "_state",
        "_unread",
        "due",
        "limits",
        "owner",
        "unsent",
    )

    def __init__(self, sock: socket.socket, reactor: Reactor, limits: Limits, owner: Owner) -> None:
        self.owner = owner
        self.limits = limits
        self.unsent = 0  # bytes in _outgoing
        self.due: int | None = None
        self._socket = sock
        self._reactor = reactor
        self._state = OPEN
        self._events = READABLE
        self._is_holder = False  # whether `Held` counts anything
        self._leftovers = 0  # bytes that came after we closed
        self._busy_until = time.monotonic() + BUSY
        # Most connections are idle most of the time, so empty buffers are no objects.
        self._unread: bytes | bytearray = b""  # the beginning of a frame
        self._opcode = 0  # of the message that has begun, if it is fragmented
        self._fragments: bytearray | None = None
        self._outgoing: list[bytes] | None = None
        reactor.add(sock.fileno(), self)

    def ready(self, events: int) -> None:
        """Read or write; called by the reactor."""
        if events & WRITABLE:
            self.flush()
        if self._state == CLOSED:
            return
        if events & READABLE:
            if self._reactor.turns and self._is_busy():
                self._wait()
            else:
                self._read()
        elif events & DEAD:
            self._end("connection reset")

    # Reading

    def pause(self) -> None:
        """Read no more; what the peer sends waits in the kernel, and then at the peer."""
        self._watch(self._events & ~READABLE)

    def resume(self) -> None:
        """Go on where `pause` stopped."""
        self._watch(self._events | READABLE)
        self._parse(b"")

    def arrived(self, data: bytes) -> None:
        """Take what was read together with the opening handshake."""
        if data:
            self._parse(data)

    def _is_busy(self) -> bool:
        return self._state == CLOSING or time.monotonic() < self._busy_until

    def _let_others_go_first(self) -> None:
        """Called where more has arrived: wait if this has taken its time."""
        if self._events & READABLE and self._reactor.turns.is_over():
            self._busy_until = time.monotonic() + BUSY
            self._wait()

    def _wait(self) -> None:
        """Go on when it is this connection's turn."""
        self.pause()
        self._reactor.turns.later(self._go_on)

    def _go_on(self) -> None:
        if self._state != CLOSED:
            self._reactor.call(self._take_turn, self)

    def _take_turn(self) -> None:
        self.resume()
        if self._state != CLOSED and self._events & READABLE:  # nothing was left, or only a part
            self._read()

    def _read(self) -> None:
        buffer = self._reactor.received
        try:
            size = self._socket.recv_into(buffer)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(str(error))
            return
        if not size:
            self._end(None)
        elif self._state == OPEN:
            self._parse(bytes(buffer[:size]))
        else:  # 5.5.1: after a Close, nothing that arrives matters
            self._leftovers += size
            if self._leftovers > LEFTOVERS:
                self.abort()

    def _parse(self, arrived: bytes) -> None:
        if self._unread:
            # Appending in place: a long frame that trickles in costs no more than a short one.
            data = self._unread if isinstance(self._unread, bytearray) else bytearray(self._unread)
            data += arrived
            self._unread = b""  # `resume` may come back here before the loop below ends
        else:
            data = arrived  # type: ignore[assignment]
        start = 0
        try:
            while self._state == OPEN and self._events & READABLE:
                room = self.limits.message - len(self._fragments or b"")
                frame = frames.read_frame(data, start, room)
                if frame is None:
                    break
                final, opcode, payload, start = frame
                if opcode >= CLOSE:
                    self._control(opcode, payload)
                else:
                    self._data(final, opcode, payload)
                if start == len(data):
                    break
                self._let_others_go_first()
        except Violation as violation:
            self._fail(violation.code, violation.reason)
        if self._state == OPEN:
            if start:
                data = data[start:]
            self._unread = data
        if self._unread or self._fragments or self._is_holder:
            self._hold()

    def _hold(self) -> None:
        """Say how much is kept: what has arrived in part, and what the peer doesn't take.

        May drop this very connection.
        """
        late = self.unsent if self._events & WRITABLE else 0
        size = len(self._unread) + len(self._fragments or b"") + late
        self._is_holder = size > 0
        self._reactor.held.set(self, size)

    def _data(self, final: int, opcode: int, payload: bytes) -> None:
        """Put messages together from fragments (5.4)."""
        fragments = self._fragments
        if (opcode == CONTINUATION) != (fragments is not None):
            raise Violation(frames.PROTOCOL_ERROR, "fragments out of order")
        if fragments is None:
            if final:
                self.owner.received(frames.decode(opcode, payload))
                return
            self._opcode = opcode
            fragments = self._fragments = bytearray()
        fragments += payload  # in one buffer, so that endless empty fragments need no memory
        if len(payload) < TINY and not final:
            self.owner.spend()
        if final:
            self._fragments = None
            self.owner.received(frames.decode(self._opcode, bytes(fragments)))

    def _control(self, opcode: int, payload: bytes) -> None:
        """Control frames may come between the fragments of a message (5.4, 5.5)."""
        self.owner.spend()
        if opcode == PING:
            self.send(frames.frame(frames.PONG, payload))  # 5.5.3
        elif opcode == CLOSE:
            self.close(frames.read_close(payload))  # 5.5.1: a Close is answered with its code
            self.owner.lost(None)

    # Writing

    def send(self, frame: bytes) -> None:
        """Send a frame at the end of this turn of the hub, or as soon as the socket takes it.

        A peer that lets more than the limit pile up is disconnected. One frame is always
        accepted, however long it is.
        """
        if self._state != OPEN:
            return
        size = len(frame)
        if self.unsent and self.unsent + size > self.limits.unsent:
            self.flush()  # perhaps nobody is slow, and it is only much for one turn
            if self.unsent and self.unsent + size > self.limits.unsent:
                self._fail(frames.POLICY_VIOLATION, "too slow: too much is waiting to be read")
                return
            if self._state != OPEN:  # broken, as `flush` has found
                return
        self._queue(frame)

    def _queue(self, frame: bytes) -> None:
        """Keep a frame until `flush`. May drop this very connection, so it comes last."""
        self.unsent += len(frame)
        if self._outgoing is None:
            self._outgoing = [frame]
            self._reactor.flush_soon(self)
        else:
            self._outgoing.append(frame)
            if self._events & WRITABLE:
                self._hold()

    def flush(self) -> None:
        """Write what is waiting; called by the reactor."""
        outgoing = self._outgoing
        if outgoing is None:
            return
        data = outgoing[0] if len(outgoing) == 1 else b"".join(outgoing)
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._end(str(error))
            return
        self.unsent = len(data) - sent
        if self.unsent:
            self._outgoing = [data[sent:]]
            self._watch(self._events | WRITABLE)
            self._hold()
        else:
            self._outgoing = None
            self._watch(self._events & ~WRITABLE)
            if self._is_holder:
                self._hold()
            if self._state == CLOSING:
                self._finish()

    # Closing

    def close(self, code: int, reason: str = "") -> None:
        """Start the closing handshake (7.1.2): what was sent before still reaches the peer."""
        if self._state != OPEN:
            return
        self._state = CLOSING
        self._unread, self._fragments = b"", None
        self._watch(self._events | READABLE)
        self._reactor.timeouts.set(self, LINGER)
        self._queue(frames.close_frame(code, reason))

    def _fail(self, code: int, reason: str) -> None:
        """Fail the connection (7.1.7)."""
        self.close(code, reason)
        self.owner.lost(reason)

    def _finish(self) -> None:
        """End our direction and wait for the end of the peer's.

        Closing the socket while unread bytes are in it would reset the connection, and the peer
        might never see why (7.1.1).
        """
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def expired(self) -> None:
        """Give up on a peer that doesn't close."""
        self.abort()

    def abort(self) -> None:
        """Drop the connection at once, without a word."""
        self._end("connection dropped")

    def _end(self, error: str | None) -> None:
        if self._state == CLOSED:
            return
        unexpected = self._state == OPEN
        self._state = CLOSED
        self._reactor.timeouts.cancel(self)
        self._reactor.remove(self._socket.fileno())
        self._socket.close()
        self._unread, self._fragments, self._outgoing, self.unsent = b"", None, None, 0
        if self._is_holder:
            self._hold()
        if unexpected:
            self.owner.lost(error)

    def _watch(self, events: int) -> None:
        if events != self._events and self._state != CLOSED:
            self._events = events
            self._reactor.watch(self._socket.fileno(), events)
