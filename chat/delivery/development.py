"""Workarounds for `flask run`, where python-engineio's transport serves each socket in a thread."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class QuietWebSockets:
    """Ends the HTTP request of a closed WebSocket without a traceback.

    python-engineio raises ConnectionError when a WebSocket is closed, because Werkzeug's server
    ignores that. But Werkzeug's debugger catches it first, and would print a traceback for every
    closed tab.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass the request on; answer 200 where a WebSocket has been closed."""
        try:
            return self._app(environ, start_response)
        except ConnectionError:
            if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
                raise
            start_response("200 OK", [])  # never read: the socket is closed
            return []
