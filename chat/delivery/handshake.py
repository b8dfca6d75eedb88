"""The opening handshake of a WebSocket, RFC 6455 section 4.2."""

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from chat.delivery.green import eventlet

if TYPE_CHECKING:
    import socket
    from wsgiref.types import WSGIEnvironment

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = "13"

# The syntax of a sub-protocol's name: a token (RFC 9110, section 5.6.2).
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")

_socket = eventlet.patcher.original("socket")


class HandshakeError(Exception):
    """The request is not a valid opening handshake.

    Attributes:
        status: The HTTP status line to answer with.
        headers: Headers for that answer.
    """

    def __init__(
        self,
        reason: str,
        status: str = "400 BAD REQUEST",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = [("Content-Type", "text/plain"), *headers]


def accept(environ: "WSGIEnvironment") -> bytes:
    """Return the response that switches protocols.

    No extension is accepted, not even permessage-deflate: a compressor for each connection takes
    up to 300 KB, and each message would be compressed for each receiver instead of framed once.

    Raises:
        HandshakeError: A required header is missing or wrong.
    """
    if environ["SERVER_PROTOCOL"] != "HTTP/1.1":
        raise HandshakeError("WebSocket needs HTTP/1.1")
    if environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ:
        raise HandshakeError("an opening handshake has no body")
    if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
        raise HandshakeError("not an upgrade to WebSocket")
    if "upgrade" not in (each.strip().lower() for each in _list(environ, "HTTP_CONNECTION")):
        raise HandshakeError("Connection: Upgrade is missing")
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != VERSION:
        raise HandshakeError(
            "unsupported version of WebSocket",
            status="426 UPGRADE REQUIRED",
            headers=(
                ("Sec-WebSocket-Version", VERSION),  # 4.4
                ("Upgrade", "websocket"),  # RFC 9110, section 15.5.22
                ("Connection", "Upgrade"),
            ),
        )
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip().encode("latin-1")
    if not _is_nonce(key):
        raise HandshakeError("Sec-WebSocket-Key is missing or invalid")
    return (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"%b"
        b"Sec-WebSocket-Accept: %b\r\n\r\n"
        % (
            _sub_protocol(environ),
            base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest()),
        )
    )


def _sub_protocol(environ: "WSGIEnvironment") -> bytes:
    """Accept the first sub-protocol that the client offers, as Node's server does.

    It has no effect here, but a client that offers any closes the connection if none is accepted.
    """
    offered = _list(environ, "HTTP_SEC_WEBSOCKET_PROTOCOL")[0].strip()
    if not TOKEN.fullmatch(offered):
        return b""
    return f"Sec-WebSocket-Protocol: {offered}\r\n".encode()


def _list(environ: "WSGIEnvironment", header: str) -> list[str]:
    value: str = environ.get(header, "")
    return value.split(",")


def _is_nonce(key: bytes) -> bool:
    """Whether `key` is 16 bytes in base64."""
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False


def take_socket(environ: "WSGIEnvironment") -> "tuple[socket.socket, bytes]":
    """Take the connection over from the HTTP server, which doesn't touch it any more.

    Returns:
        The connection, and the bytes that the HTTP server has read after the request.
    """
    connection = environ["eventlet.input"]
    green = connection.get_socket()
    read_ahead = connection.take_read_ahead()
    family, kind = green.fd.family, green.fd.type
    eventlet.wsgi.WSGI_LOCAL.already_handled = True
    taken: socket.socket = _socket.socket(family, kind, fileno=green.fd.detach())
    taken.setblocking(False)
    return taken, read_ahead
