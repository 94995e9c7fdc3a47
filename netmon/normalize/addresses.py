"""Addresses that an element says it has (ipAddrTable of RFC1213-MIB, ipAddressTable of IP-MIB)."""

import ipaddress
from collections.abc import Iterable, Sequence

from netmon.normalize.tables import Rows, numbers

OLD, NEW = "ipAdEntIfIndex", "ipAddressIfIndex"
_FAMILIES = {1: 4, 2: 16}
"""InetAddressType (RFC 4001) to octets: without zones, which only this element knows."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def addresses_of(old: Rows, new: Rows) -> tuple[str, ...]:
    """Return the addresses that others may see, in order: none of the loopback, of one link, or of many hosts."""
    found = {address for address in (*map(old_address, old), *map(new_address, new)) if address is not None}
    ordered = sorted((one for one in found if is_told(one)), key=lambda one: (one.version, int(one)))
    return tuple(str(one) for one in ordered)


def is_told(address: Address) -> bool:
    """Tell whether an address can be the source of what an element sends to others."""
    return not (address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified)


def address_of(family: int, octets: Sequence[int]) -> Address | None:
    """Return an address from the octets of an index; None: not of that family, or no octets."""
    if _FAMILIES.get(family) != len(octets) or any(not 0 <= octet <= 255 for octet in octets):
        return None
    return ipaddress.ip_address(bytes(octets))


def old_address(index: str) -> Address | None:
    """Return the address of a row of ipAddrTable, None where its index is none."""
    return address_of(1, tuple(numbers(index)))


def new_address(index: str) -> Address | None:
    """Return the address of a row of ipAddressTable (family, length, octets), None where its index is none."""
    family, length, *octets = numbers(index) if index.count(".") > 1 else (0, 0)
    return address_of(family, octets) if length == len(octets) else None


def plain(texts: Iterable[str]) -> set[str]:
    """Return addresses in their one spelling; names are left out."""
    found = set()
    for text in texts:
        try:
            found.add(str(ipaddress.ip_address(text.partition("%")[0])))
        except ValueError:
            continue
    return found
