"""Whose trap is this: from the address it came from to the element (specs/snmp.md 3.5)."""

import ipaddress
from collections import Counter
from collections.abc import Iterable

import msgspec

from netmon.domain.inventory import Element
from netmon.runtime.cache import Cache
from netmon.sources.traps.config import Network, ProxyConfig

_CACHED = 50_000

Found = tuple[str, str]
"""(element id, how it was found); the id is empty when it was not."""

_NOT_FOUND: Found = ("", "")


class Directory:
    """Addresses and credentials of all elements; built anew when the inventory changes."""

    def __init__(self, elements: Iterable[Element], proxies: Iterable[ProxyConfig] = ()) -> None:
        self._proxies = [(proxy.realm, ipaddress.ip_network(proxy.source), proxy) for proxy in proxies]
        self._addresses: dict[tuple[str, str], str] = {}
        self._prefixes: list[tuple[str, Network, str]] = []
        self._cache = Cache[tuple[str, str], Found](_CACHED)
        known = sorted(elements, key=lambda element: element.id)
        for element in known:
            for address in element.addresses:
                self._addresses[element.realm, plain_address(address)] = element.id
            for prefix in element.trap_sources:
                self._prefixes.append((element.realm, ipaddress.ip_network(prefix, strict=False), element.id))
        users = Counter(element.credential for element in known if element.credential)
        self._credentials = {element.credential: element.id for element in known if users[element.credential] == 1}

    def by_source(self, realm: str, source: str) -> Found:
        """Look an element up by the address a packet came from: an address of its own, or a prefix of its sources."""
        key = (realm, source)
        found = self._cache.get(key)
        if found is None:
            found = self._search(realm, source)
            self._cache.keep(key, found)
        return found

    def proxy(self, realm: str, source: str) -> ProxyConfig | None:
        """Return the relay that an address of a realm belongs to."""
        if not self._proxies:
            return None
        address = ipaddress.ip_address(source)
        return next((proxy for of, network, proxy in self._proxies if of == realm and address in network), None)

    def by_credential(self, credential: str) -> Found:
        """Look an element up by the credential that it alone uses."""
        element = self._credentials.get(credential)
        return (element, "credential") if element else _NOT_FOUND

    def by_address(self, realm: str, address: str) -> str:
        """Return the element that has an address, or nothing."""
        return self._addresses.get((realm, address), "")

    def _search(self, realm: str, source: str) -> Found:
        element = self.by_address(realm, source)
        if not element and self._prefixes:
            address = ipaddress.ip_address(source)
            element = next((id_ for of, prefix, id_ in self._prefixes if of == realm and address in prefix), "")
        return (element, "source") if element else _NOT_FOUND


class Resolved:
    """Addresses of elements that are given by name, as the poller learned them."""

    def __init__(self) -> None:
        self._addresses: dict[tuple[str, str], str] = {}
        self._further: dict[str, tuple[str, ...]] = {}
        self._new = False

    def further(self, element: str, addresses: tuple[str, ...]) -> None:
        """Take the addresses that an element says it has, beside those of the inventory."""
        if self._further.get(element, ()) != addresses:
            self._further[element] = addresses
            self._new = True

    def take(self, realm: str, name: str, address: str) -> None:
        """Take the address of a name; it replaces the one before."""
        self._addresses[realm, name] = address
        self._new = True

    def renewed(self) -> bool:
        """Tell whether there is a new one since the last call."""
        new, self._new = self._new, False
        return new

    def elements(self, elements: Iterable[Element]) -> tuple[Element, ...]:
        """Return elements with addresses in place of names; one that another element has is no name's address."""
        known = tuple(elements)
        known = self._with_further(known)
        owned = {(one.realm, plain_address(address)) for one in known for address in one.addresses}
        found = {key: address for key, address in self._addresses.items() if (key[0], address) not in owned}
        return tuple(
            msgspec.structs.replace(one, addresses=tuple(found.get((one.realm, text), text) for text in one.addresses))
            if any((one.realm, text) in found for text in one.addresses)
            else one
            for one in known
        )

    def _with_further(self, known: tuple[Element, ...]) -> tuple[Element, ...]:
        """Add what elements say they have; what the inventory gives to one, or several say, is nobody's."""
        owned = {(one.realm, plain_address(address)) for one in known for address in one.addresses}
        told = Counter((one.realm, address) for one in known for address in self._further.get(one.id, ()))
        return tuple(
            msgspec.structs.replace(one, addresses=(*one.addresses, *own))
            if (
                own := [
                    text
                    for text in self._further.get(one.id, ())
                    if told[one.realm, text] == 1 and (one.realm, text) not in owned
                ]
            )
            else one
            for one in known
        )


def plain_address(text: str) -> str:
    """Return an address in the one form used for look-ups: no zone, IPv4-mapped IPv6 as IPv4; a DNS name as it is."""
    bare = text.partition("%")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return text
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
