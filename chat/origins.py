"""Which web pages may open a socket: a page of another site would use the visitor's cookie."""

from collections.abc import Callable, Sequence
from typing import Any


def check_origin(others: Sequence[str]) -> Callable[[str | None, dict[str, Any]], bool]:
    """What the Socket.IO server asks about each request that names an origin.

    Args:
        others: Origins that may connect beside our own, such as `https://intranet.example.com`.
    """

    def is_allowed(origin: str | None, environ: dict[str, Any]) -> bool:
        own = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        return origin == own or origin in others

    return is_allowed
