"""Over which interface a session runs: the one in whose network its neighbor is (ipAddrTable, ipAddressTable)."""

import ipaddress
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain

from netmon.domain.managed_object import segments
from netmon.normalize.addresses import NEW, OLD, Address, new_address, old_address
from netmon.normalize.parts import PathOf
from netmon.normalize.tables import Rows

MASK, PREFIX = "ipAdEntNetMask", "ipAddressPrefix"

Networks = Mapping[tuple[int, int], Mapping[int, tuple[str, ...]]]
"""By version and number of host bits, the narrowest first: ifIndexes by the address without these bits."""

_Row = tuple[Address | None, int, object]
"""Address, length of its prefix, ifIndex."""

_DIGITS = 3
"""Of the length of a prefix."""


@lru_cache(maxsize=4096)
def neighbor_of(path: str) -> Address | None:
    """Return the address that a part of an element is named by, as ``r1/bgp:192.0.2.2``; None for all others."""
    parts = segments(path)
    kind, _, name = parts[-1].partition(":")
    if len(parts) != 2 or kind == "if" or not (name[:1].isdigit() or ":" in name):
        return None
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def networks_of(old: Rows, new: Rows) -> Networks:
    """Return the networks of an element; a host route has no neighbors, and rows that make no sense no network."""
    found: dict[tuple[int, int], dict[int, tuple[str, ...]]] = {}
    for address, length, index in chain(_old(old), _new(new)):
        if address is not None and index is not None and 0 < length < address.max_prefixlen:
            bits = address.max_prefixlen - length
            network, interfaces = int(address) >> bits, found.setdefault((address.version, bits), {})
            interfaces[network] = (*interfaces.get(network, ()), str(index))
    return dict(sorted(found.items()))


def interface_to(address: Address, networks: Networks, path: PathOf) -> str:
    """Return the interface of the narrowest network that a neighbor is in; empty: it is in none of them."""
    for (version, bits), interfaces in networks.items():
        indexes = interfaces.get(int(address) >> bits) if version == address.version else None
        if indexes:
            return max(path("if", index) for index in indexes)
    return ""


def _old(rows: Rows) -> Iterator[_Row]:
    for index, row in rows.items():
        yield old_address(index), _masked(str(row.get(MASK, ""))), row.get(OLD)


def _new(rows: Rows) -> Iterator[_Row]:
    for index, row in rows.items():
        # A row of ipAddressPrefixTable: ifIndex, type, length and octets of the address, length of the prefix.
        length = str(row.get(PREFIX, "")).rpartition(".")[2]
        yield new_address(index), int(length) if length.isdecimal() and len(length) <= _DIGITS else 0, row.get(NEW)


@lru_cache(maxsize=64)
def _masked(mask: str) -> int:
    """Return the length of a prefix, 0 for what is no mask."""
    try:
        return ipaddress.IPv4Network(f"0.0.0.0/{mask}").prefixlen
    except ValueError:
        return 0
