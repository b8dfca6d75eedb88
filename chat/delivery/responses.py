"""Answers to HTTP requests, as python-engineio's server takes them."""

from typing import Any

from chat.delivery.handshake import HandshakeError

Response = dict[str, Any] | list[bytes]


def poll_answer(body: bytes | None) -> Response:
    """The answer to a poll; None where there is no room for it."""
    if body is None:
        return empty("503 SERVICE UNAVAILABLE")
    return text(body)


def empty(status: str) -> Response:
    """An answer that is known to be complete with its headers.

    python-socketio's client for asyncio closes the connection when it has read these, and then
    waits for the rest: without the length it would fail, and never come back.
    """
    return {"status": status, "headers": [("Content-Length", "0")], "response": b""}


def text(body: bytes) -> Response:
    """An answer with text."""
    headers = [
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("X-Content-Type-Options", "nosniff"),  # no script, even if another site asks for one
    ]
    return {"status": "200 OK", "headers": headers, "response": body}


def refusal(error: HandshakeError) -> Response:
    """The answer to a request for a WebSocket that is refused."""
    return {"status": error.status, "headers": error.headers, "response": str(error).encode()}
