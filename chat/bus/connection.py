"""A connection to a Valkey or Redis server, over which a process publishes and subscribes.

One connection does both, with the third edition of the protocol. The client library reconnects and
repeats commands by default, which loses publications or makes them twice: so here it does neither.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from valkey import connection as valkey
from valkey.exceptions import AuthenticationError, ResponseError, ValkeyError

from chat.bus_settings import BusAddress

CONNECT_WITHIN = 2.0  # seconds

# Seconds without anything from the server after which the connection counts as broken. The beats of
# this process come back every second.
SILENCE = 3.0

Command = tuple[str | bytes, ...]


class Down(Exception):
    """The connection broke, or there was none; says why in one line."""


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
        ValueError: It refuses the user or the password; says what to do.
    """

    def __init__(self, address: BusAddress) -> None:
        kind: Any = valkey.SSLConnection if address.tls else valkey.Connection
        self._valkey: Any = kind(
            host=address.host,
            port=address.port,
            username=address.user,
            password=address.password,
            db=address.database,
            protocol=3,
            socket_connect_timeout=CONNECT_WITHIN,
            socket_timeout=SILENCE,
            socket_keepalive=True,
            **_tls(address),
        )
        self._is_broken = False
        try:
            self._valkey.connect()
        except AuthenticationError as error:
            raise ValueError(f"the server refuses the user or the password: {error}") from None
        except (ValkeyError, OSError) as error:
            raise Down(str(error)) from None

    def send(self, commands: Iterable[Command]) -> None:
        """Send commands.

        Raises:
            Down: The connection broke; nobody knows which commands arrived.
        """
        packed = [part for command in commands for part in self._valkey.pack_command(*command)]
        try:
            self._valkey.send_packed_command([b"".join(packed)])
        except (ValkeyError, OSError) as error:
            self._is_broken = True
            raise Down(str(error)) from None

    def receive(self) -> Arrived | None:
        """Wait for something; None if it was the answer to a publication.

        Raises:
            Down: The connection broke, or nothing came for SILENCE.
        """
        try:
            answer: Any = self._valkey.read_response()
        except ResponseError as error:
            raise Down(f"the server refuses a command: {error}") from None
        except (ValkeyError, OSError) as error:
            raise Down(str(error)) from None
        except AttributeError:
            if self._is_broken:  # the thread that sends has closed it meanwhile
                raise Down("the connection broke") from None
            raise
        if not isinstance(answer, list):
            return None
        what, name, content = answer
        return Arrived(what.decode(), name, content)

    def close(self) -> None:
        """Close it; the thread that receives gets `Down`."""
        self._is_broken = True
        self._valkey.disconnect()


def _tls(address: BusAddress) -> dict[str, Any]:
    if not address.tls:
        return {}
    return {"ssl_check_hostname": True, "ssl_ca_certs": address.authority or None}
