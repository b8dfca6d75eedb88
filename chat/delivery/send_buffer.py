"""What is on its way to one socket."""

import socket
from abc import ABC, abstractmethod

from chat.delivery.reactor import ARRIVALS, WRITABLE, Reactor


class SendBuffer(ABC):
    """Frames that a socket hasn't accepted yet.

    A base class of the connection: an object of its own for each connection would take memory.

    Args:
        sock: The socket; the reactor watches it for ARRIVALS.
        reactor: Calls `flush`.
    """

    __slots__ = ("_is_blocked", "_outgoing", "_reactor", "_socket", "unsent")

    def __init__(self, sock: socket.socket, reactor: Reactor) -> None:
        self.unsent = 0  # bytes in _outgoing
        self._socket = sock
        self._reactor = reactor
        self._is_blocked = False  # whether the socket didn't accept all of _outgoing
        self._outgoing: list[bytes] | None = None  # no object where nothing waits

    def _queue(self, frame: bytes) -> None:
        """Buffer a frame until `flush`. May drop this connection, so callers do it last."""
        self.unsent += len(frame)
        if self._outgoing is None:
            self._outgoing = [frame]
            self._reactor.flush_soon(self)
        else:
            self._outgoing.append(frame)
            if self._is_blocked:
                self._hold()

    def flush(self) -> None:
        """Write the send buffer; called by the reactor."""
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
            self._block(True)
            self._hold()
        else:
            self._outgoing = None
            self._block(False)
            self._sent_all()

    def _block(self, is_blocked: bool) -> None:
        """Let the reactor tell when the socket accepts data again, as long as it doesn't."""
        if is_blocked != self._is_blocked:
            self._is_blocked = is_blocked
            events = ARRIVALS | WRITABLE if is_blocked else ARRIVALS
            self._reactor.watch(self._socket.fileno(), events)

    def _discard(self) -> None:
        """Empty the buffer of a connection that has ended."""
        self._outgoing, self.unsent = None, 0

    @abstractmethod
    def abort(self) -> None:
        """Drop the connection at once."""

    @abstractmethod
    def _sent_all(self) -> None:
        """The socket has accepted everything."""

    @abstractmethod
    def _hold(self) -> None:
        """Tell `Held` what the socket didn't accept; may drop this connection."""

    @abstractmethod
    def _end(self, error: str | None) -> None:
        """The connection is broken."""
