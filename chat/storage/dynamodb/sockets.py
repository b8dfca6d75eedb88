"""A write to DynamoDB arrives soon, or never.

After a plain close of a socket the kernel goes on to deliver its unsent data, for as long as the
peer responds. So a write that was given up could arrive much later. Therefore a close resets the
connection here, which throws unsent data away, and nothing is sent after its deadline.
"""

import socket
import struct
from typing import Any

from chat.clocks import steady
from chat.storage.dynamodb.errors import TooLateError

UNACKNOWLEDGED_FOR = 2000  # milliseconds without a TCP acknowledgement until the kernel gives up

ON, NO_SECONDS = 1, 0
OPTIONS: list[tuple[int, int, int | bytes]] = [
    # A close, also by the death of this process, throws unsent data away and resets the connection.
    (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", ON, NO_SECONDS)),
]
if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; also works while the process is frozen
    OPTIONS.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_FOR))


def end_at_once(client: Any) -> None:
    """Set OPTIONS for the sockets of a client that has no connection yet.

    The SDK has a setting for one socket option only, and keeps it in a list. This extends the list.
    """
    endpoint: Any = client._endpoint
    endpoint.http_session._socket_options.extend(OPTIONS)


class TimedBody:
    """The body of a request, which is not sent after its deadline.

    The SDK reads the body after the connection is open and the headers are sent, immediately before
    it sends the body. The steps before may take long, or the process may stand still, for example
    while its virtual machine is moved.

    Args:
        body: The bytes to send.
        before: The deadline, in seconds by `steady`.
    """

    def __init__(self, body: bytes, before: float) -> None:
        self._body = body
        self._before = before

    def read(self, _size: int = -1) -> bytes:
        """The whole body; empty when called again.

        Raises:
            TooLateError: The deadline is over.
        """
        if self._body:
            self.require_time()
        body, self._body = self._body, b""
        return body

    def require_time(self) -> None:
        """Raise TooLateError if the deadline is over."""
        if steady() > self._before:
            raise TooLateError
