"""Host names and origins, in the one form in which browsers send them."""

import ipaddress
import re

DEFAULT_PORTS = {"http": "80", "https": "443"}

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def split_host(host: str) -> tuple[str, str]:
    """The name and the port of a host such as `Chat.Example.:8000`.

    The name is in lower case, without a dot at its end. The port is empty if there is none.
    """
    name, colon, port = host.rpartition(":")
    if not colon or "]" in port:  # no port; an IPv6 address has colons, too
        name, port = host, ""
    return name.lower().removesuffix("."), port


def is_this_machine(name: str) -> bool:
    """Whether a name always means this machine, whatever the DNS says."""
    return name == "localhost" or name.endswith(".localhost")


def is_ip_address(name: str) -> bool:
    """Whether a host is an IP address, not a name: `192.0.2.7`, `[2001:db8::7]`."""
    return _address(name) is not None


def listening(address: str) -> tuple[str, int]:
    """The IP address and the port of an address to serve on.

    `127.0.0.1:9100`, `[::1]:9100`, `localhost:9100`, or `:9100` for all IPv4 addresses.

    Raises:
        ValueError: The text is not such an address.
    """
    host, port = split_host(address)
    host = {"": "0.0.0.0", "localhost": "127.0.0.1"}.get(host, host)  # noqa: S104
    ip = _address(host)
    if ip is None or not _is_port(port):
        raise ValueError(f"{address!r} is not an address such as 127.0.0.1:9100")
    return str(ip), int(port)


def normal_name(name: str) -> str:
    """A host name as browsers send it.

    Raises:
        ValueError: The text is not a host name.
    """
    host, port = split_host(name)
    if port or not (normal := _normal_host(host)):
        raise ValueError(f"{name!r} is not a name such as chat.example.com{_hint(name)}")
    return normal


def normal_origin(origin: str) -> str:
    """An origin as browsers send it: without the port that is the default of its scheme.

    Raises:
        ValueError: The text is not an origin.
    """
    scheme, _, rest = origin.removesuffix("/").partition("://")
    scheme = scheme.lower()
    name, port = split_host(rest)
    host = _normal_host(name)
    is_port = not rest.endswith(":") and (not port or _is_port(port))
    if scheme not in DEFAULT_PORTS or not is_port or not host:
        raise ValueError(
            f"{origin!r} is not an origin such as https://chat.example.com{_hint(origin)}"
        )
    return f"{scheme}://{_with_port(scheme, host, port.lstrip('0'))}"


def _with_port(scheme: str, host: str, port: str) -> str:
    return host if not port or port == DEFAULT_PORTS[scheme] else f"{host}:{port}"


def _is_port(port: str) -> bool:
    return port.isascii() and port.isdecimal() and 0 < int(port) < 65_536


def _normal_host(host: str) -> str | None:
    if address := _address(host):
        return f"[{address}]" if address.version == 6 else str(address)
    return host if len(host) <= 253 and _NAME.fullmatch(host) else None


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        if name.startswith("[") and name.endswith("]"):
            return ipaddress.IPv6Address(name[1:-1])
        return ipaddress.IPv4Address(name)
    except ValueError:
        return None


def _hint(text: str) -> str:
    return "" if text.isascii() else "; browsers send other letters as xn--..."
