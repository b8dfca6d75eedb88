"""WebSocket frames and Socket.IO packets as bytes, for neighbours and attackers."""

import os

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
BINARY, CONTINUATION = 0x2, 0x0


def frame(payload: bytes, opcode: int = TEXT, *, final: bool = True) -> bytes:
    """A frame as a client sends it; the mask is zero, so the payload stays as it is."""
    return header((0x80 if final else 0) | opcode, len(payload)) + bytes(4) + payload


def header(first: int, size: int) -> bytes:
    """The header of a masked frame, without the mask.

    Args:
        first: The first byte: flags and opcode.
        size: Of the payload, in bytes.
    """
    if size < 126:
        return bytes([first, 0x80 | size])
    if size < 1 << 16:
        return bytes([first, 0x80 | 126]) + size.to_bytes(2)
    return bytes([first, 0x80 | 127]) + size.to_bytes(8)


def handshake(cookie: str = "", query: str = "EIO=4&transport=websocket") -> bytes:
    """The request that opens a WebSocket."""
    lines = [
        f"GET /socket.io/?{query} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def frames(data: bytearray) -> list[tuple[int, bytes]]:
    """Remove the complete frames of a server from the front of the received data."""
    found, start = [], 0
    while len(data) - start >= 2:
        size, begins = data[start + 1], start + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, begins = int.from_bytes(data[begins : begins + width]), begins + width
        if len(data) < begins + size:
            break
        found.append((data[start] & 0x0F, bytes(data[begins : begins + size])))
        start = begins + size
    del data[:start]
    return found


def random_uuid() -> str:
    """A `client_id` for a message."""
    digits = os.urandom(16).hex()
    return "-".join(
        [digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]],
    )
