"""In which order credentials are tried at an address: a wrong one makes noise, and may lock an account."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from netmon.sources.credential import Credential

MOST: Final = 5
"""Per address."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Bound = Mapping[str, tuple[Network, ...]]
"""Credential id to the prefixes that it is for."""


class Order(msgspec.Struct, frozen=True):
    """The credentials of one discovery."""

    credentials: tuple[Credential, ...]
    bound: Bound = {}

    def at(self, address: str) -> list[Credential]:
        """Return what to try at an address: what is bound to it, then version 3 by level, then 2c, then 1.

        A credential that is bound to prefixes is tried at no other address.
        """
        host = ipaddress.ip_address(address)
        here = [one for one in self.credentials if self._fits(one, host)]
        return sorted(here, key=lambda one: (one.id not in self.bound, _rank(one)))[:MOST]

    def _fits(self, credential: Credential, host: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        nets = self.bound.get(credential.id)
        return nets is None or any(host in net for net in nets)


def _rank(credential: Credential) -> int:
    user = credential.user
    if user is not None:
        return 0 if user.priv else 1 if user.auth else 2
    return 3 if credential.version == "v2c" else 4


def bound_to(texts: Iterable[str]) -> tuple[list[str], dict[str, tuple[Network, ...]]]:
    """Take apart ``a,b@10.0.0.0/8``: ids in order, and the prefixes of those that have one.

    Raises:
        ValueError: what follows an ``@`` is no prefix.
    """
    ids: list[str] = []
    bound: dict[str, tuple[Network, ...]] = {}
    for text in texts:
        id_, at, prefix = text.strip().partition("@")
        ids.append(id_)
        if at:
            bound[id_] = (*bound.get(id_, ()), ipaddress.ip_network(prefix, strict=False))
    return list(dict.fromkeys(ids)), bound
