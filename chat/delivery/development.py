"""Small repairs for `flask run`, where the stock transport serves each socket in a thread."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class QuietWebSockets:
    """Ends the HTTP side of a WebSocket without noise.

    Engine.IO raises ConnectionError when a WebSocket is over, because Werkzeug's server ignores
    that; but its debugger, which is in between, prints a traceback for every closed tab.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass the request on; end it like any other where a WebSocket is over."""
        try:
            return self._app(environ, start_response)
        except ConnectionError:
            if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
                raise
            start_response("200 OK", [])  # the socket is closed: nobody will read it
            return []
