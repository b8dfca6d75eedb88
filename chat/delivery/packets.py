"""Socket.IO 5 packets, strictly: what isn't one closes the connection.

A packet is a digit for its type, then, each only where needed, the namespace and a comma, the id
of the acknowledgement, and JSON. Packets with binary attachments are not supported.
"""

import re
from collections.abc import Callable
from typing import Any

import orjson
from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT
from socketio.packet import Packet as StockPacket

# Names with a meaning of their own in Socket.IO. A stock server would run its life-cycle handlers
# when a client sends events of these names, with arguments of the client's choice.
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
    (\d{1,15})?                     # id; what JavaScript counts exactly
    ([^\d].*)?                      # JSON; a number never comes first
    """,
    re.ASCII | re.DOTALL | re.VERBOSE,
)

# Characters of JSON that is read a second time, and halves of characters in it that are replaced:
# up to 5 ms, in which nobody else is served.
REPAIRED_AT_MOST = 200_000
MOST_HALVES = 1000

# JSON up to an escaped surrogate that has no partner, or to the end, and that surrogate.
UP_TO_HALF = re.compile(
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
    """What a client sent is no packet, or not one that it may send now."""


class Packet(StockPacket):  # type: ignore[misc]
    """Reads and writes packets with orjson: no NaN, no more than 1,024 levels."""

    uses_binary_events = False

    def encode(self) -> str:
        """Return the packet as text."""
        namespace = "" if self.namespace in {None, "/"} else f"{self.namespace},"
        number = "" if self.id is None else self.id
        data = "" if self.data is None else orjson.dumps(self.data).decode()
        return f"{self.packet_type}{namespace}{number}{data}"

    def decode(self, encoded_packet: str) -> int:
        """Set the attributes from text; return how many attachments follow: none.

        Raises:
            PacketError: This is not a packet.
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
    # Half a character becomes U+FFFD, as in all other text that browsers send. Unicode can't
    # express it but JSON can, and a JavaScript string that was cut in the middle of an emoji.
    try:
        return orjson.loads(UP_TO_HALF.sub(_well_formed, text, count=MOST_HALVES))
    except orjson.JSONDecodeError as error:
        raise PacketError("malformed JSON") from error


def _well_formed(match: re.Match[str]) -> str:
    return match[1] + (r"\ufffd" if match[2] else "")


# What the JSON of each type may be.
VALID: dict[int, Callable[[Packet], bool]] = {
    CONNECT: lambda packet: packet.data is None or isinstance(packet.data, dict),
    DISCONNECT: lambda packet: packet.data is None,
    EVENT: lambda packet: _is_event(packet.data),
    # Our ids begin with 1; under 0 python-socketio keeps the counter of a client's callbacks.
    ACK: lambda packet: bool(packet.id) and isinstance(packet.data, list),
}  # and never CONNECT_ERROR: only servers refuse


def _is_event(data: Any) -> bool:
    if not (isinstance(data, list) and data and isinstance(data[0], str)):
        return False
    if data[0] in RESERVED_EVENTS:
        raise PacketError("reserved event name")
    return True
