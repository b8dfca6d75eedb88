"""Socket.IO 5 packets, parsed strictly: an invalid packet closes the connection.

A packet is a digit for its type, then optionally the namespace and a comma, the id for the
acknowledgement, and JSON. Packets with binary attachments are not supported.
"""

import re
from collections.abc import Callable
from typing import Any

import orjson
from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT
from socketio.packet import Packet as StockPacket

# Event names that Socket.IO itself uses. python-socketio's server would run the application's
# connect and disconnect handlers for such events, with arguments that the client chooses.
RESERVED_EVENTS = {
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
    "*",  # python-socketio's name for a handler of all events
}

PACKET = re.compile(
    r"""
    ([0-4])                         # type; 5 and 6 would announce attachments
    (?:(/[^,]{0,200})(?:,|\Z))?     # namespace
    (\d{1,15})?                     # id; JavaScript represents 15 digits exactly
    ([^\d].*)?                      # JSON; never a number, which would read as the id
    """,
    re.ASCII | re.DOTALL | re.VERBOSE,
)

# Limits of the repair of JSON with lone surrogates: characters of the JSON, and surrogates that are
# replaced. The repair blocks the hub for up to 5 ms.
REPAIRED_AT_MOST = 200_000
MOST_HALVES = 1000

# The text before a lone surrogate that is written as an escape, and the surrogate, if there is one.
UP_TO_LONE_SURROGATE = re.compile(
    r"""
    ( (?: [^\\]++
        | \\u d[89ab][0-9a-f]{2} \\u d[c-f][0-9a-f]{2}
        | \\ (?! u d[89a-f] ) .
      )*+ )
    ( \\u d[89a-f][0-9a-f]{2} )?
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


class PacketError(ValueError):
    """A client sent an invalid packet, or one that it may not send now."""


class Packet(StockPacket):  # type: ignore[misc]
    """Reads and writes packets with orjson: no NaN, at most 1,024 levels of nesting."""

    uses_binary_events = False

    def encode(self) -> str:
        """Return the packet as text."""
        namespace = "" if self.namespace in {None, "/"} else f"{self.namespace},"
        number = "" if self.id is None else self.id
        data = "" if self.data is None else orjson.dumps(self.data).decode()
        return f"{self.packet_type}{namespace}{number}{data}"

    def decode(self, encoded_packet: str) -> int:
        """Set the attributes from text; return the number of attachments that follow: 0.

        Raises:
            PacketError: The text is not a valid packet.
        """
        match = PACKET.fullmatch(encoded_packet)
        if match is None:
            raise PacketError("malformed packet")
        kind, namespace, number, data = match.groups()
        self.packet_type = int(kind)
        self.namespace = namespace or "/"
        self.id = int(number) if number else None
        self.data = _read_json(data) if data else None
        is_valid = VALID.get(self.packet_type)
        if is_valid is None or not is_valid(self):
            raise PacketError("malformed packet")
        return 0


def _read_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if len(text) > REPAIRED_AT_MOST:
            raise PacketError("malformed JSON") from error
    # A lone surrogate becomes U+FFFD, as in all other text that browsers send. A JavaScript string
    # that was cut in the middle of an emoji has one. JSON can express it as an escape, UTF-8 can't.
    try:
        return orjson.loads(UP_TO_LONE_SURROGATE.sub(_replace_surrogate, text, count=MOST_HALVES))
    except orjson.JSONDecodeError as error:
        raise PacketError("malformed JSON") from error


def _replace_surrogate(match: re.Match[str]) -> str:
    return match[1] + (r"\ufffd" if match[2] else "")


# Checks the JSON of each packet type.
VALID: dict[int, Callable[[Packet], bool]] = {
    CONNECT: lambda packet: packet.data is None or isinstance(packet.data, dict),
    DISCONNECT: lambda packet: packet.data is None,
    EVENT: lambda packet: _is_event(packet.data),
    # Our ids begin with 1; under 0 python-socketio keeps the counter of a client's callbacks.
    ACK: lambda packet: bool(packet.id) and isinstance(packet.data, list),
}  # without CONNECT_ERROR, which only servers send


def _is_event(data: Any) -> bool:
    if not (isinstance(data, list) and data and isinstance(data[0], str)):
        return False
    if data[0] in RESERVED_EVENTS:
        raise PacketError("reserved event name")
    return True
