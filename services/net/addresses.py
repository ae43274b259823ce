"""Which addresses of the network the studio may reach on behalf of a person: those of the public internet.

A name is looked up once, every address that it has is checked, and the connection goes to a checked
address itself: a name that answers otherwise a moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""Where a network without IPv4 puts the IPv4 internet (RFC 6052, RFC 8215)."""

_PROTOCOLS = IPv4Network("192.0.0.0/24")
"""IETF's own assignments (RFC 6890). One cloud keeps its metadata there."""

_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("::/96"))
"""6to4, Teredo and IPv4-compatible: nobody serves pictures there, and each hides an IPv4 address."""


class Blocked(Exception):
    """The name leads, with one of its addresses at least, to where nothing may be fetched from."""


def is_public(address: Address) -> bool:
    """Not loopback, link-local (cloud metadata), private, shared (CGNAT), multicast, reserved, unspecified.

    IPv6 addresses that carry an IPv4 address are judged by that one.
    """
    if isinstance(address, IPv6Address):
        inner = _carried(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local or address.scope_id or any(address in tunnel for tunnel in _TUNNELS):
            return False
    elif address in _PROTOCOLS:
        return False
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
    )


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be connected to. The product knows `PUBLIC` alone; tests with a server make another."""

    allows: Callable[[Address], bool] = is_public
    ports: frozenset[int] | None = frozenset({80, 443})

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of `host`, all of them checked. Raises Blocked, OSError when there are none."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not all(self.allows(ip_address(number)) for number in numbers):
            raise Blocked(host)
        return numbers


PUBLIC = Reach()
