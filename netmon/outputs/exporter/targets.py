"""Which targets ``/snmp`` may ask (``polling.exporter_targets``)."""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal

from netmon.domain.address import Network
from netmon.domain.inventory import Element
from netmon.domain.scrape import ScrapeTarget

Allowed = Literal["inventory"] | tuple[Network, ...]

Resolve = Callable[[str, str], Awaitable[str]]
"""Returns a numeric address for an address or a name in a realm; empty where there is none."""

SNMP_PORT = 161
_DEFAULT_REALM = "default"


class Targets:
    """Finds the agent of a target, or none where it may not be asked.

    Args:
        elements: of the inventory.
        allowed: what else may be asked.
        resolve: looks names up.
    """

    def __init__(self, elements: Iterable[Element], allowed: Allowed, resolve: Resolve) -> None:
        self._elements: dict[str, Element] = {}
        self._addresses: dict[str, Element] = {}
        self._allowed = allowed
        self._resolve = resolve
        for element in elements:
            self._elements[element.id] = element
            for address in element.addresses:
                known = self._addresses.setdefault(_plain(address), element)
                # An address may stand in several realms: that of the default realm is meant.
                if known.realm != element.realm == _DEFAULT_REALM:
                    self._addresses[_plain(address)] = element

    async def find(self, host: str, port: int) -> ScrapeTarget | None:
        """Return the agent at a host and port (0: its usual one), None where it is not allowed."""
        element = self._element(host, port)
        if element is None and self._allowed == "inventory":
            return None
        # An element that is named by one of its addresses is asked there, as it was wished.
        name = host if element is None or host != element.id else element.addresses[0]
        realm = element.realm if element is not None else _DEFAULT_REALM
        address = _plain(await self._resolve(name, realm))
        if not address or not self._may_ask(address):
            return None
        own = element.port if element is not None else SNMP_PORT
        return ScrapeTarget(address, port or own, element)

    def _element(self, host: str, port: int) -> Element | None:
        element = self._elements.get(host) or self._addresses.get(_plain(host))
        return element if element is not None and port in (0, element.port) else None

    def _may_ask(self, address: str) -> bool:
        return self._allowed == "inventory" or any(network.holds(address) for network in self._allowed)


def _plain(address: str) -> str:
    """Return one spelling of each address; names in lower case."""
    try:
        plain = ipaddress.ip_address(address)
    except ValueError:
        return address.lower().rstrip(".")
    return str((plain.ipv4_mapped if isinstance(plain, ipaddress.IPv6Address) else None) or plain)
