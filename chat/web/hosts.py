"""The host names under which the chat is served; it refuses requests for others.

This prevents DNS rebinding: the owner of `evil.example` lets that name resolve to `127.0.0.1`, or
to an address in the visitor's network. Then a page of that site would have the same origin as the
chat and could read all of it. IP addresses and `localhost` are always served, because an attacker
can't let them resolve to another machine.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from chat.addresses import is_ip_address, is_this_machine, split_host

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Served under any name: load balancers use any, and the answers contain no data.
HEALTH_CHECKS = {"/healthz", "/readyz"}

DIFFERENT_NAMES = 256  # Host headers whose check is cached; clients send the same few


class KnownHosts:
    """Answers requests for other names with 421, and with a line that names the setting.

    Args:
        app: The application that answers all other requests, including Socket.IO.
        names: The host names of the chat, in lower case.
    """

    def __init__(self, app: "WSGIApplication", names: Sequence[str]) -> None:
        self._app = app
        self._names = frozenset(names)
        self._is_known = lru_cache(DIFFERENT_NAMES)(self._check)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass on requests for a name of the chat, and health checks."""
        host = environ.get("HTTP_HOST", "")
        if self._is_known(host) or environ["PATH_INFO"] in HEALTH_CHECKS:
            return self._app(environ, start_response)
        return _refuse(host, start_response)

    def _check(self, host: str) -> bool:
        name, port = split_host(host)
        if port and not port.isdecimal():
            return False
        return is_this_machine(name) or is_ip_address(name) or name in self._names


def _refuse(host: str, start_response: "StartResponse") -> Iterable[bytes]:
    name = ascii(split_host(host)[0][:253])
    body = f"This chat is not served under the name {name}. Add it to CHAT_HOSTS if it should be.\n"
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    start_response("421 MISDIRECTED REQUEST", headers)
    return [body.encode()]
