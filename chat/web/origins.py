"""The origins whose pages may open a socket: other sites' pages would use the visitor's cookie."""

from collections.abc import Callable, Sequence
from typing import Any

from chat.addresses import normal_origin


def check_origin(others: Sequence[str]) -> Callable[[str | None, dict[str, Any]], bool]:
    """The check that the Socket.IO server calls for each request with an Origin header.

    Args:
        others: Origins that may connect beside our own, such as `https://intranet.example.com`.
    """

    def is_allowed(origin: str | None, environ: dict[str, Any]) -> bool:
        return origin is not None and (origin == own_origin(environ) or origin in others)

    return is_allowed


def own_origin(environ: dict[str, Any]) -> str | None:
    """The origin of our own pages, under the host name of this request; None if that is invalid."""
    scheme = environ["wsgi.url_scheme"].replace("ws", "http")  # some proxies forward ws or wss
    try:
        return normal_origin(f"{scheme}://{environ.get('HTTP_HOST', '')}")
    except ValueError:
        return None
