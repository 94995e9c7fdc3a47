"""Addresses in octets, as textual conventions of INET-ADDRESS-MIB carry them (RFC 4001)."""

from ipaddress import ip_address

from netmon.mib.node import Syntax

_SIZES = (4, 16)
_ZONE = 4
"""Octets of a zone index behind an address (InetAddressIPv4z, InetAddressIPv6z)."""
_NAMES = "InetAddressDNS"


def is_address(syntax: Syntax) -> bool:
    """Tell whether octets of a syntax are an address."""
    return syntax.name.startswith("InetAddress") and syntax.base == "OctetString" and syntax.name != _NAMES


def address_text(octets: bytes) -> str:
    """Return an address as people write it, ``192.0.2.1`` or ``fe80::1%3``; empty where octets are none.

    InetAddress may be a DNS name, too: what is as long as an address of IPv6 and a name to look at is one.
    """
    address, zone = (octets[:-_ZONE], octets[-_ZONE:]) if len(octets) - _ZONE in _SIZES else (octets, b"")
    if len(address) not in _SIZES or (len(octets) > _SIZES[0] and _is_name(octets)):
        return ""
    return str(ip_address(address)) + (f"%{int.from_bytes(zone, 'big')}" if zone else "")


def _is_name(octets: bytes) -> bool:
    return octets.translate(None, b".-").isalnum()
