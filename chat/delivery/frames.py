"""WebSocket frames, RFC 6455 section 5, as a server writes and reads them.

The reader is stateless: it gets the bytes received so far and returns where the frame ends. A
parser object for each connection would take more memory than everything else that a connection
needs (1.4 KB with websockets 16 in its sans-I/O form, 1.7 KB with wsproto 1.3), and would read a
small message in 2.8 or 10 µs instead of 1.
"""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
OPCODES = {CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG}

# Status codes: section 7.4.1, and IANA's registry (section 11.7).
NORMAL, GOING_AWAY, PROTOCOL_ERROR, UNSUPPORTED_DATA = 1000, 1001, 1002, 1003
INVALID_DATA, POLICY_VIOLATION, TOO_BIG, SERVICE_RESTART = 1007, 1008, 1009, 1012
ALLOWED_FROM_CLIENTS = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}


class Violation(Exception):
    """The peer broke the protocol; the connection has to be failed (section 7.1.7).

    Attributes:
        code: The status code for the Close frame.
        reason: The rule that was broken, in at most 123 bytes of ASCII.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def frame(opcode: int, payload: bytes) -> bytes:
    """Return one unfragmented frame; a server does not mask (5.1)."""
    head = 0x80 | opcode
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 1 << 16:
        return bytes((head, 126)) + size.to_bytes(2) + payload
    return bytes((head, 127)) + size.to_bytes(8) + payload


def text_frame(text: str) -> bytes:
    """Return a text message in one frame."""
    return frame(TEXT, text.encode())


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a Close frame (5.5.1); a control frame holds 125 bytes, so a long reason is cut."""
    return frame(CLOSE, code.to_bytes(2) + reason.encode("ascii", "replace")[:123])


def payload_of(own: bytes) -> bytes:
    """Return the payload of a frame that `frame` made."""
    return own[{126: 4, 127: 10}.get(own[1], 2) :]


def read_frame(
    data: bytes | bytearray, start: int, limit: int
) -> tuple[int, int, bytes, int] | None:
    """Read the frame that begins at `data[start]`.

    The header is checked as soon as it is complete, before a long payload has arrived.

    Args:
        data: Received bytes.
        start: Index of the frame's first byte.
        limit: How many more bytes of payload the message may have.

    Returns:
        Whether it is the last frame of its message (nonzero if so), its opcode, its payload, and
        the index of the next frame; None if the frame isn't complete yet.

    Raises:
        Violation: The frame breaks a rule of RFC 6455 or exceeds the limit.
    """
    if len(data) - start < 2:
        return None
    first, second = data[start], data[start + 1]
    final, opcode, size = first & 0x80, first & 0x0F, second & 0x7F
    _check_header(first, second)
    mask = start + 2
    if size > 125:
        width, least = (2, 126) if size == 126 else (8, 1 << 16)
        mask += width
        if len(data) < mask:
            return None
        size = int.from_bytes(data[mask - width : mask])
        if size < least:  # 5.2: "the minimal number of bytes MUST be used"
            raise Violation(PROTOCOL_ERROR, "length is not encoded minimally")
    if size > limit and opcode < CLOSE:  # 10.4
        raise Violation(TOO_BIG, "message is too big")
    end = mask + 4 + size
    if len(data) < end:
        return None
    return final, opcode, _unmask(data[mask : mask + 4], data[mask + 4 : end]), end


def _check_header(first: int, second: int) -> None:
    final, opcode, size = first & 0x80, first & 0x0F, second & 0x7F
    if first & 0x70:  # 5.2: reserved for extensions, and none is negotiated
        raise Violation(PROTOCOL_ERROR, "reserved bits are set")
    if opcode not in OPCODES:  # 5.2
        raise Violation(PROTOCOL_ERROR, "unknown opcode")
    if not second & 0x80:  # 5.1, 10.3: or scripts could send bytes that a proxy takes for a request
        raise Violation(PROTOCOL_ERROR, "frame is not masked")
    if opcode >= CLOSE and (size > 125 or not final):  # 5.5
        raise Violation(PROTOCOL_ERROR, "control frame is fragmented or too long")


def _unmask(mask: bytes | bytearray, payload: bytes | bytearray) -> bytes:
    """XOR with the repeated mask (5.3), as two big integers, so the loop over the bytes is in C."""
    size = len(payload)
    key = (bytes(mask) * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


def read_close(payload: bytes) -> int:
    """Return the status code in the payload of a Close frame.

    Raises:
        Violation: The code may not be used on the wire (7.4), or the reason is not UTF-8.
    """
    if not payload:
        return NORMAL
    code = int.from_bytes(payload[:2])
    if len(payload) < 2 or code not in ALLOWED_FROM_CLIENTS:
        raise Violation(PROTOCOL_ERROR, "invalid status code")
    read_text(payload[2:])
    return code


def decode(opcode: int, payload: bytes) -> str | bytes:
    """Return the message in a payload: text, or bytes if `opcode` is BINARY.

    Raises:
        Violation: The text is not UTF-8.
    """
    return read_text(payload) if opcode == TEXT else payload


def read_text(payload: bytes | bytearray) -> str:
    """Decode the payload of a text message.

    Raises:
        Violation: The payload is not UTF-8 (8.1).
    """
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Violation(INVALID_DATA, "text is not UTF-8") from None
