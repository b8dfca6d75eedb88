"""What the setting for the bus may be."""

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

FORM = "valkey://HOST:PORT or valkeys://USER:PASSWORD@HOST:PORT with TLS (or redis://, rediss://)"
PORT = 6379


class BusAddress(NamedTuple):
    """Where the bus is, and how to sign in there. `authority` is the file of a private one."""

    tls: bool
    host: str
    port: int
    user: str | None
    password: str | None
    database: int
    authority: str


def bus_address(url: str, password: str = "") -> BusAddress:
    """The parts of the URL of a Valkey or Redis server.

    Args:
        url: Of the server.
        password: The one that is not in the URL; empty if it is, or if there is none.

    Raises:
        ValueError: It is not one; says what to write instead.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # its text may have the password
        raise ValueError(f"use {FORM}") from None
    if parts.scheme not in {"valkey", "valkeys", "redis", "rediss"} or not parts.hostname:
        raise ValueError(f"use {FORM}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    tls = parts.scheme in {"valkeys", "rediss"}
    authority = options.pop("ca", "")
    if options or (authority and not tls) or parts.fragment:
        raise ValueError("only ?ca=FILE may follow, the certificate of the authority, with TLS")
    return BusAddress(
        tls,
        parts.hostname,
        _port(url),
        unquote(parts.username) if parts.username else None,
        password or (unquote(parts.password) if parts.password else None),
        _database(parts.path),
        authority,
    )


def _port(url: str) -> int:
    try:
        return urlsplit(url).port or PORT
    except ValueError:
        raise ValueError("the port is a number up to 65535") from None


def _database(path: str) -> int:
    number = path.strip("/") or "0"
    if not number.isdecimal():
        raise ValueError("a database is a number such as /1; leave it out, and escape passwords")
    return int(number)


def check_bus(url: str) -> str:
    """The URL as it was written; empty for no bus.

    Raises:
        ValueError: It is not the URL of a server.
    """
    if url:
        bus_address(url)
    return url


def bus_contradiction(url: str, password: str) -> str:
    """Why a password apart from the URL makes no sense; empty if it does, or if there is none."""
    if password and not url:
        return "needs CHAT_BUS, too; or leave it out"
    if password and bus_address(url).password:
        return "CHAT_BUS has a password, too; leave one of them out"
    return ""
