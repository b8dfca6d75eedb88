"""Answers to HTTP requests, in the form that python-engineio's server expects."""

from typing import Any

from chat.delivery.handshake import HandshakeError

Response = dict[str, Any] | list[bytes]


def poll_answer(body: bytes | None) -> Response:
    """The answer to a poll; 503 if `body` is None, because the service restarts."""
    if body is None:
        return empty("503 SERVICE UNAVAILABLE")
    return text(body)


def empty(status: str) -> Response:
    """An answer without a body, and with a Content-Length of 0.

    python-socketio's client for asyncio closes the connection when it has read the headers, and
    then waits for the body: without the length it would fail, and never reconnect.
    """
    return {"status": status, "headers": [("Content-Length", "0")], "response": b""}


def text(body: bytes) -> Response:
    """An answer with the status 200 and plain text."""
    headers = [
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("X-Content-Type-Options", "nosniff"),  # other sites can't load it as a script
    ]
    return {"status": "200 OK", "headers": headers, "response": body}


def refusal(error: HandshakeError) -> Response:
    """The answer to a WebSocket handshake that is refused."""
    return {"status": error.status, "headers": error.headers, "response": str(error).encode()}
