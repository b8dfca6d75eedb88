"""The part of the HTTP request that is stored for each session.

A WSGI environment is 10 KB or more. Socket.IO hands it to the connect handler of each namespace,
and a client may connect to a namespace long after the request. So only the strings that handlers
need are stored, as a tuple; equal strings of many sessions are stored once (interned).
"""

import io
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any

KEPT = (
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
    "HTTP_HOST",
    "HTTP_ORIGIN",
    "HTTP_USER_AGENT",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "PATH_INFO",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "wsgi.url_scheme",
)

# Characters of a stored value; a longer value is dropped, or a client could fill 8 KB of memory
# with each header. Cookies have no limit: browsers send all the cookies that a host has set.
LONGEST = 1024
UNLIMITED = {"HTTP_AUTHORIZATION", "HTTP_COOKIE"}

Environ = dict[str, Any]


class Environs(MutableMapping[str, Environ]):
    """Maps Engine.IO session ids to WSGI environments; each look-up builds a new dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str | None, ...]] = {}

    def __setitem__(self, sid: str, environ: Environ) -> None:
        self._kept[sid] = tuple(_kept(key, environ.get(key)) for key in KEPT)

    def __getitem__(self, sid: str) -> Environ:
        kept = zip(KEPT, self._kept[sid], strict=True)
        return bare_environ() | {key: value for key, value in kept if value is not None}

    def __delitem__(self, sid: str) -> None:
        del self._kept[sid]

    def __contains__(self, sid: object) -> bool:
        return sid in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def bare_environ() -> Environ:
    """Return a minimal valid environment, without data of any request."""
    return {
        "HTTP_HOST": "localhost",
        "PATH_INFO": "/",
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.errors": sys.stderr,
        "wsgi.input": io.BytesIO(),
        "wsgi.multiprocess": False,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
    }


def _kept(key: str, value: object) -> str | None:
    if value is None:
        return None
    text = str(value)  # Werkzeug's server has numbers among the values
    return sys.intern(text) if len(text) <= LONGEST or key in UNLIMITED else None
