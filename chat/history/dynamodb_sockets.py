"""How connections to DynamoDB end: a call that is given up is over at once.

What is written to a socket is the kernel's to deliver, and a plain close lets it go on for as long
as the peer answers at all. A write that is believed to be over would arrive whole much later.
"""

import socket
import struct
from typing import Any

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
