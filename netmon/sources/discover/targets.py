"""Which addresses a range means: those of hosts, at most 65,536 of them, of IPv6 only what is listed."""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST: Final = 65_536
"""Addresses of one call."""


class WrongRange(ValueError):
    """A text is no range, or the ranges are too large; the message says why."""


def addresses(ranges: Iterable[str]) -> list[str]:
    """Return the addresses of ranges, each once, in order.

    Raises:
        WrongRange: see there.
    """
    nets = [_network(text) for text in ranges]
    if sum(net.num_addresses for net in nets) > MOST:
        raise WrongRange(f"{' '.join(map(str, nets))}: more than {MOST:,} addresses; ask for smaller ranges one by one")
    return list(dict.fromkeys(str(host) for net in nets for host in _hosts(net)))


def _network(text: str) -> Network:
    try:
        net = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise WrongRange(f"{text} is no range (write 10.0.0.0/22, 192.0.2.7 or 2001:db8::1)") from None
    if net.version == 6 and net.num_addresses > 1:
        raise WrongRange(f"{text}: of IPv6 only single addresses can be asked for, in a list")
    return net


def _hosts(
    net: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Yield the addresses without those of the network itself and of broadcasts; a /31 has none of them (RFC 3021)."""
    return iter(net.hosts())
