"""A write to DynamoDB arrives soon, or never.

What is written to a socket is the kernel's to deliver, and a plain close lets it go on for as long
as the peer answers at all. A write that is believed to be over would arrive whole much later. So a
call that is given up is over at once. And what was not sent in time is not sent at all.
"""

import socket
import struct
from typing import Any

from chat.clocks import steady
from chat.storage.dynamodb.errors import TooLateError

UNACKNOWLEDGED_FOR = 2000  # milliseconds until the kernel gives up what the peer doesn't take

ON, NO_SECONDS = 1, 0
OPTIONS: list[tuple[int, int, int | bytes]] = [
    # To close, also by the death of this process, throws away what is unsent, with a reset.
    (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", ON, NO_SECONDS)),
]
if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; holds for a process that is frozen, too
    OPTIONS.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_FOR))


def end_at_once(client: Any) -> None:
    """Let all connections of a client that has made none yet end so.

    The SDK has a setting for one option of sockets only; this is the list that it makes of it.
    """
    endpoint: Any = client._endpoint
    endpoint.http_session._socket_options.extend(OPTIONS)


class TimedBody:
    """The body of a request, which is not sent late.

    It is read when there is a connection and the headers are sent, immediately before it is sent
    itself. All before that may take long, or the process stands still: its machine is moved, for
    example.

    Args:
        body: What is sent.
        before: Seconds, by `steady`.
    """

    def __init__(self, body: bytes, before: float) -> None:
        self._body = body
        self._before = before

    def read(self, _size: int = -1) -> bytes:
        """All of it, and then nothing.

        Raises:
            TooLateError: There is no time left.
        """
        if self._body:
            self.require_time()
        body, self._body = self._body, b""
        return body

    def require_time(self) -> None:
        """Raise TooLateError if there is no time left."""
        if steady() > self._before:
            raise TooLateError
