"""A connection to a Valkey or Redis server, over which a process publishes and subscribes.

One connection does both, with version 3 of the protocol. Valkey's own client isn't used: it
reconnects and repeats commands by itself, which loses publications or makes them twice, and
python-socketio would import it in every process (0.1 s, 12 MB) even without a bus.
"""

import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import libvalkey

from chat.bus_settings import BusAddress

CONNECT_WITHIN = 2.0  # seconds

# Seconds without anything from the server after which the connection counts as broken. The beats of
# this process come back every second.
SILENCE = 3.0

READ = 65_536  # bytes

LONGEST = 2 * 1_048_576  # bytes of one answer; the largest publication has half of them

# What to do about answers that stay the same, by their first words. An old server repeats the
# command with the password, so only what is known to be harmless is told.
ADVICE = {
    ("WRONGPASS", "NOAUTH", "NOPERM", "ERR AUTH"): "the server refuses the user or the password",
    ("NOPROTO", "ERR unknown command"): "use a server from Valkey 7 or Redis 6 on",
    ("ERR DB index", "ERR SELECT"): "the server hasn't this database; leave it out of the URL",
}

Command = tuple[str | bytes, ...]


class Down(Exception):
    """The connection broke, or there was none; says why in one line."""


class Unusable(Exception):
    """The server can't be used as the settings are; says what to do in one line."""


class Arrived(NamedTuple):
    """What came over the connection: a `message`, or the confirmation of a command."""

    what: str
    name: bytes  # of the channel, as the server calls it
    content: bytes  # of a message


class Connection:
    """A connection, for its whole life; after it broke a new one is made.

    One thread receives, and another one may send meanwhile.

    Args:
        address: Of the server.

    Raises:
        Down: The server can't be reached.
        Unusable: It refuses the user or the password, or is too old.
    """

    def __init__(self, address: BusAddress) -> None:
        self._reader = libvalkey.Reader(notEnoughData=Down)
        self._socket = _connect(address)
        self._socket.settimeout(SILENCE)
        try:
            self._greet(address)
        except BaseException:
            self.close()
            raise

    def _greet(self, address: BusAddress) -> None:
        user, password = address.user or "default", address.password
        signing_in = ("AUTH", user, password) if password else ()
        self._ask("HELLO", "3", *signing_in)
        if address.database:
            self._ask("SELECT", str(address.database))

    def _ask(self, *command: str) -> None:
        self.send([command])
        if isinstance(answer := self._receive(), libvalkey.ReplyError):
            raise _refused(str(answer))

    def send(self, commands: Iterable[Command]) -> None:
        """Send commands.

        Raises:
            Down: The connection broke; nobody knows which commands arrived.
        """
        packed = b"".join(libvalkey.pack_command(command) for command in commands)
        try:
            self._socket.sendall(packed)
        except OSError as error:
            raise Down(str(error)) from None

    def receive(self) -> Arrived | None:
        """Wait for something; None if it was nothing that matters, as the answer to a publication.

        Raises:
            Down: The connection broke, or nothing came for SILENCE.
        """
        answer = self._receive()
        if isinstance(answer, libvalkey.ReplyError):
            raise Down(f"the server refuses a command: {answer}")
        if not isinstance(answer, list) or len(answer) != 3:
            return None
        what, name, content = answer
        return Arrived(what.decode(), name, content)

    def _receive(self) -> Any:
        received = 0
        while (answer := self._next()) is Down:
            try:
                data = self._socket.recv(READ)
            except (OSError, EOFError) as error:  # EOFError: eventlet's, if it was closed meanwhile
                raise Down(str(error)) from None
            if not data:
                raise Down("the server closed the connection")
            received += len(data)
            if received > LONGEST:
                raise Down(f"an answer has more than {LONGEST:,} bytes")
            self._reader.feed(data)
        return answer

    def _next(self) -> Any:
        try:
            return self._reader.gets()
        except libvalkey.ProtocolError as error:
            raise Down(f"this is no Valkey or Redis server: {error}") from None

    def close(self) -> None:
        """Close it; the thread that receives gets `Down`."""
        with suppress(OSError):  # it was broken before
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _refused(answer: str) -> Down | Unusable:
    for beginnings, advice in ADVICE.items():
        if answer.startswith(beginnings):
            return Unusable(advice)
    return Down(f"the server refuses a command: {answer}")  # it is busy, or just starting


def _connect(address: BusAddress) -> socket.socket:
    context = _context(address.authority) if address.tls else None
    try:
        connection = socket.create_connection((address.host, address.port), CONNECT_WITHIN)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            connection = context.wrap_socket(connection, server_hostname=address.host)
    except (OSError, UnicodeError) as error:  # UnicodeError: no host can have that name
        raise Down(f"{address.host}:{address.port}: {error}") from None
    return connection


def _context(authority: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authority or None)
    except OSError as error:
        raise Unusable(f"{authority} is no certificate of an authority: {error}") from None
