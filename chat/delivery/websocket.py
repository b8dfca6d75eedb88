"""One WebSocket connection after its opening handshake: RFC 6455, sections 5 to 7.

The reactor calls a WebSocket when its socket can be read or written, and the WebSocket calls its
owner. Both are called from the hub, so neither may block.
"""

import contextlib
import socket
import time

from chat.delivery import frames
from chat.delivery.frames import CLOSE, CONTINUATION, PING, Violation
from chat.delivery.reactor import ARRIVALS, DEAD, READABLE, RECEIVE, WRITABLE, Reactor
from chat.delivery.send_buffer import SendBuffer
from chat.delivery.transport import Limits, Owner

# Section 7: CLOSING from the moment we send a Close frame, or answer one, until TCP is closed.
OPEN, CLOSING, CLOSED = range(3)

LINGER = 5.0  # seconds that the peer has for its part of the closing handshake
LEFTOVERS = 256 * 1024  # bytes that it may have sent before it received our Close frame

# A connection is busy for this many seconds after it was opened, and after each time that it has
# sent more than one moment's work. A busy connection is queued if there is a queue. So clients that
# send little never wait behind clients that send much, nor behind new clients.
BUSY = 1.0

TINY = 64  # bytes; shorter fragments are charged: no client has a reason to send many of them


class WebSocket(SendBuffer):
    """The server's end of a connection."""

    __slots__ = (
        "_arrived",
        "_busy_until",
        "_fragments",
        "_is_holder",
        "_is_paused",
        "_leftovers",
        "_opcode",
        "_state",
        "_unread",
        "due",
        "limits",
        "owner",
    )

    def __init__(self, sock: socket.socket, reactor: Reactor, limits: Limits, owner: Owner) -> None:
        super().__init__(sock, reactor)
        self.owner = owner
        self.limits = limits
        self.due: int | None = None
        self._state = OPEN
        self._arrived = 0  # events that were told of data, or of the end, that isn't read yet
        self._is_paused = False
        self._is_holder = False  # whether `Held` counts any bytes of this connection
        self._leftovers = 0  # bytes that came after we closed
        self._busy_until = time.monotonic() + BUSY
        # Most connections are idle most of the time, so no objects are created for empty buffers.
        self._unread: bytes | bytearray = b""  # the beginning of a frame
        self._opcode = 0  # of the message that has begun, if it is fragmented
        self._fragments: bytearray | None = None
        reactor.add(sock.fileno(), self, ARRIVALS)

    def ready(self, events: int) -> None:
        """Read or write; called by the reactor."""
        if events & WRITABLE:
            self.flush()
        self._arrived |= events & ~WRITABLE
        if self._state == CLOSED or not self._arrived:
            return
        if self._is_paused:
            if events & DEAD:
                self._end("connection reset")
        elif self._reactor.turns and self._is_busy():
            self._wait()
        else:
            self._read()

    # Reading

    def pause(self) -> None:
        """Stop reading: data waits in the kernel, and then at the peer (backpressure)."""
        self._is_paused = True

    def resume(self) -> None:
        """Read again, and parse the data that was received before `pause`."""
        self._is_paused = False
        self._parse(b"")
        self._read_on()

    def arrived(self, data: bytes) -> None:
        """Take data that was read together with the opening handshake."""
        if data:
            self._parse(data)

    def _is_busy(self) -> bool:
        return self._state == CLOSING or time.monotonic() < self._busy_until

    def _let_others_go_first(self) -> None:
        """Queue for a turn if the moment is over; called between two frames."""
        if not self._is_paused and self._reactor.turns.is_over():
            self._busy_until = time.monotonic() + BUSY
            self._wait()

    def _wait(self) -> None:
        """Pause until it is this connection's turn."""
        self.pause()
        self._reactor.turns.later(self._go_on)

    def _go_on(self) -> None:
        if self._state != CLOSED:
            self._reactor.call(self._take_turn, self)

    def _take_turn(self) -> None:
        self._is_paused = False
        if self._unread:
            self._parse(b"")
        if self._may_read():
            self._read()

    def _may_read(self) -> bool:
        return self._arrived != 0 and not self._is_paused and self._state != CLOSED

    def _read_on(self) -> None:
        """Queue for a turn if there is more to read: what has arrived isn't told again."""
        if self._may_read():
            self._wait()

    def _read(self) -> None:
        buffer = self._reactor.received
        self._arrived &= ~READABLE  # the end stays: it isn't told again
        try:
            size = self._socket.recv_into(buffer)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(str(error))
            return
        if size == RECEIVE:
            self._arrived |= READABLE
        if not size:
            self._end(None)
        elif self._state == OPEN:
            self._parse(bytes(buffer[:size]))
        else:  # 5.5.1: data after a Close frame is ignored
            self._leftovers += size
            if self._leftovers > LEFTOVERS:
                self.abort()
        self._read_on()

    def _parse(self, arrived: bytes) -> None:
        if self._unread:
            # Appended in place: a long frame that arrives in small pieces isn't copied each time.
            data = self._unread if isinstance(self._unread, bytearray) else bytearray(self._unread)
            data += arrived
            self._unread = b""  # because `resume` may call this method again from the loop below
        else:
            data = arrived  # type: ignore[assignment]
        start = 0
        try:
            while self._state == OPEN and not self._is_paused:
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
        """Tell `Held` the bytes of incomplete messages, and those that the socket didn't accept.

        May drop this connection.
        """
        late = self.unsent if self._is_blocked else 0
        size = len(self._unread) + len(self._fragments or b"") + late
        self._is_holder = size > 0
        self._reactor.held.set(self, size)

    def _data(self, final: int, opcode: int, payload: bytes) -> None:
        """Handle a data frame; join the fragments of a message (5.4)."""
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
        """Handle a control frame; it may come between the fragments of a message (5.4, 5.5)."""
        self.owner.spend()
        if opcode == PING:
            self.send(frames.frame(frames.PONG, payload))  # 5.5.3
        elif opcode == CLOSE:
            self.close(frames.read_close(payload))  # 5.5.1: a Close is answered with its code
            self.owner.lost(None)

    # Writing

    def send(self, frame: bytes) -> None:
        """Send a frame at the end of this turn of the hub, or as soon as the socket accepts it.

        A peer whose send buffer exceeds the limit is disconnected. A frame of any length is
        accepted while the buffer is empty.
        """
        if self._state != OPEN:
            return
        size = len(frame)
        if self.unsent and self.unsent + size > self.limits.unsent:
            self.flush()  # the peer may not be slow: perhaps this turn alone exceeds the limit
            if self.unsent and self.unsent + size > self.limits.unsent:
                self._reactor.held.dropped += 1
                self._fail(frames.POLICY_VIOLATION, "too slow: too much is waiting to be read")
                return
            if self._state != OPEN:  # `flush` has found that the connection is broken
                return
        self._queue(frame)

    def _sent_all(self) -> None:
        if self._is_holder:
            self._hold()
        if self._state == CLOSING:
            self._finish()

    # Closing

    def close(self, code: int, reason: str = "") -> None:
        """Start the closing handshake (7.1.2), after the frames that were sent before."""
        if self._state != OPEN:
            return
        self._state = CLOSING
        self._unread, self._fragments = b"", None
        self._is_paused = False
        self._reactor.timeouts.set(self, LINGER)
        self._queue(frames.close_frame(code, reason))

    def _fail(self, code: int, reason: str) -> None:
        """Fail the connection (7.1.7)."""
        self.close(code, reason)
        self.owner.lost(reason)

    def _finish(self) -> None:
        """Close our direction and wait until the peer has closed its own.

        Closing the socket while it has unread bytes would reset the connection, and the peer might
        never receive the Close frame (7.1.1).
        """
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def expired(self) -> None:
        """Drop the connection of a peer that doesn't close its side."""
        self.abort()

    def abort(self) -> None:
        """Drop the connection at once, without a Close frame."""
        self._end("connection dropped")

    def _end(self, error: str | None) -> None:
        if self._state == CLOSED:
            return
        unexpected = self._state == OPEN
        self._state = CLOSED
        self._reactor.timeouts.cancel(self)
        self._reactor.remove(self._socket.fileno())
        self._socket.close()
        self._unread, self._fragments = b"", None
        self._discard()
        if self._is_holder:
            self._hold()
        if unexpected:
            self.owner.lost(error)
