"""Logs a line for every request for a page."""

import logging
import secrets
import time

from flask import Flask, Response, g, request

log = logging.getLogger(__name__)

# Health checks come all the time, and would hide the other lines.
UNLOGGED = {"/healthz", "/readyz"}


def log_requests(app: Flask) -> None:
    """Log requests, each with an id, which is also sent in the answer as `X-Request-ID`."""

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.request_began = time.monotonic()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        if request.path not in UNLOGGED:
            took_ms = round((time.monotonic() - g.request_began) * 1000)
            fields = {"status": response.status_code, "ms": took_ms}
            line = (request.method, request.path, response.status_code)
            log.info("%s %s %s", *line, extra={"fields": fields})
        return response
