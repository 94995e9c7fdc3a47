"""Over which interface a session runs: the one in whose network its neighbor is (ipAddrTable, ipAddressTable)."""

import ipaddress
from collections.abc import Iterator

from netmon.domain.managed_object import segments
from netmon.normalize.addresses import NEW, OLD
from netmon.normalize.parts import PathOf
from netmon.normalize.tables import Rows

MASK, PREFIX = "ipAdEntNetMask", "ipAddressPrefix"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def neighbor_of(path: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a part of an element is named by, as ``r1/bgp:192.0.2.2``; None for all others."""
    parts = segments(path)
    kind, _, name = parts[-1].partition(":")
    if len(parts) != 2 or kind == "if" or not (name[:1].isdigit() or ":" in name):
        return None
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def interface_to(address: ipaddress.IPv4Address | ipaddress.IPv6Address, old: Rows, new: Rows, path: PathOf) -> str:
    """Return the interface of the narrowest network that a neighbor is in; empty: it is in none of them."""
    reached = ((network.prefixlen, path("if", index)) for network, index in _networks(old, new) if address in network)
    return max(reached, default=(0, ""))[1]


def _networks(old: Rows, new: Rows) -> Iterator[tuple[Network, str]]:
    """Yield the networks of an element with the ifIndex; a host route has no neighbors."""
    for index, row in old.items():
        yield from _network(f"{index}/{row.get(MASK, '')}", row.get(OLD))
    for index, row in new.items():
        # A row of ipAddressPrefixTable: ifIndex, type, length and octets of the address, length of the prefix.
        family, size, *octets = index.split(".")
        length = str(row.get(PREFIX, "")).rpartition(".")[2]
        if family == "1" and size == "4" and length:
            yield from _network(f"{'.'.join(octets)}/{length}", row.get(NEW))
        elif family == "2" and size == "16" and length:
            yield from _network(f"{ipaddress.IPv6Address(bytes(map(int, octets)))}/{length}", row.get(NEW))


def _network(text: str, index: object) -> Iterator[tuple[Network, str]]:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return
    if network.num_addresses > 1 and network.prefixlen and index is not None:
        yield network, str(index)
