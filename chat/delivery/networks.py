"""Which part of an address tells one client from another."""

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=1024)  # called for each request
def network(address: str) -> str:
    """The part of an address that a client can't choose: in IPv6 one household has a /64."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
