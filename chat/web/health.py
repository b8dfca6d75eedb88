"""Health checks for load balancers and monitors: `/healthz` and `/readyz`."""

from collections.abc import Callable

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue


def create_health(is_ready: Callable[[], bool]) -> Blueprint:
    """The blueprint of the two addresses, which answer in plain text.

    Args:
        is_ready: Whether the process can serve new visitors.
    """
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> ResponseReturnValue:
        return Response("alive\n", mimetype="text/plain")

    @health.get("/readyz")
    def ready() -> ResponseReturnValue:
        text, status = ("ready\n", 200) if is_ready() else ("not ready\n", 503)
        return Response(text, status, mimetype="text/plain")

    return health
