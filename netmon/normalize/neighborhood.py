"""Links that elements tell of by LLDP: both ends seen ``confirmed``, one ``claimed``, none any more ``stale``.

A link that nobody tells of stays for seven days: a dead link must not erase the topology that explains it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any

import msgspec

from netmon.domain.found import FoundLink, LinkStatus, Stranger
from netmon.domain.inventory import Element
from netmon.domain.managed_object import segments
from netmon.normalize.interfaces import Interface, Interfaces, interface_of
from netmon.normalize.lldp import Neighbor, Told, shown
from netmon.normalize.resolve import Directory

STALE_MS = 7 * 24 * 3_600_000

Ends = tuple[str, str]
_NOTHING = Told()
_STATUS: tuple[LinkStatus, ...] = ("stale", "claimed", "confirmed")
"""By how many ends tell of a link."""


class Neighborhood:
    """What every element tells, and the links that follow."""

    def __init__(self) -> None:
        self.links: dict[str, FoundLink] = {}
        """By id, in order of being found."""
        self.strangers: dict[str, tuple[Stranger, ...]] = {}
        """Neighbors outside the inventory, by element."""
        self._told: dict[str, Told] = {}
        self._interfaces: dict[str, Interfaces] = {}
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._elements: Mapping[str, Element] = {}
        self._directory = Directory()
        self._at: dict[str, dict[str, None]] = {}
        """Ids of links by the object at one of their ends."""
        self._stale: dict[str, int] = {}
        """Since when, oldest first."""
        self._claims: dict[str, dict[Ends, None]] = {}
        self._claimers: dict[Ends, dict[str, None]] = {}

    def told(self, element: str) -> Told:
        """Return what an element has told up to now."""
        return self._told.get(element, _NOTHING)

    def interfaces(self, element: str) -> Interfaces:
        """Return the interfaces of an element that speaks LLDP."""
        return self._interfaces.get(element, {})

    def live_at(self, end: str) -> list[FoundLink]:
        """Return the links at an object that some neighbor tells of now, in order of their ids."""
        links = (self.links[id_] for id_ in sorted(self._at.get(end, ())))
        return [link for link in links if link.status != "stale"]

    def take(
        self, element: str, *, told: Told | None = None, interfaces: Interfaces | None = None, now: int
    ) -> list[FoundLink]:
        """Take what an element tells of itself and its neighbors; return the links that are otherwise now."""
        if told is not None:
            self._told[element] = told
        if interfaces is not None:
            self._interfaces[element] = interfaces
        return self._look_again(element, now)

    def addressed(self, element: str, addresses: tuple[str, ...], now: int) -> list[FoundLink]:
        """Take further addresses of an element."""
        self._addresses[element] = addresses
        return self._look_again(element, now)

    def load(self, elements: Mapping[str, Element], now: int) -> list[FoundLink]:
        """Take a new inventory; links of elements that left it are gone."""
        before, self._elements = self._elements, elements
        gone = [id_ for id_ in before if id_ not in elements]
        callers = {caller for id_ in gone for caller in self._forget(id_)}
        touched = [ends for caller in sorted(callers) if caller in elements for ends in self._claim(caller)]
        changed = {link.id: link for link in self._judge(touched, now)}
        for id_, link in list(self.links.items()):
            if any(segments(end)[0] not in elements for end in (link.a, link.b)):
                changed[id_] = self._drop(id_)
        for id_, element in elements.items():
            if before.get(id_) != element:
                changed |= {link.id: link for link in self._look_again(id_, now)}
        return list(changed.values())

    def tick(self, now: int) -> list[FoundLink]:
        """Let time pass: return the links that were stale for too long, without ends."""
        over = list(takewhile(lambda id_: now - self._stale[id_] >= STALE_MS, self._stale))
        return [self._drop(id_) for id_ in over]

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        items: list[Any] = [("told", element, told) for element, told in sorted(self._told.items())]
        items += [
            ("interfaces", element, list(known.items())) for element, known in sorted(self._interfaces.items()) if known
        ]
        items += [("addresses", element, list(known)) for element, known in sorted(self._addresses.items())]
        return items + [("link", link.id, link) for link in self.links.values()]

    def load_state(self, items: Iterable[Any], elements: Mapping[str, Element]) -> None:
        """Take back what ``dump`` gave."""
        self._elements = elements
        for what, key, value in items:
            match what:
                case "told":
                    self._told[key] = msgspec.convert(value, Told, strict=False)
                case "interfaces":
                    self._interfaces[key] = {i: msgspec.convert(one, Interface) for i, one in value}
                case "addresses":
                    self._addresses[key] = tuple(value)
                case "link":
                    self._put(msgspec.convert(value, FoundLink))
        for element in elements:
            self._know(element)
        for element in elements:
            self._claim(element)
        self._stale = {one.id: one.since for one in sorted(self.links.values(), key=_since) if one.status == "stale"}

    def _look_again(self, element: str, now: int) -> list[FoundLink]:
        """Work out anew what an element claims, and those that may see it otherwise now."""
        if element not in self._elements:
            return []
        touched: dict[Ends, None] = {}
        seen = [*self._know(element), *self._directory.callers(element)]
        for one in dict.fromkeys((element, *seen)):
            touched |= self._claim(one)
        return self._judge(touched, now)

    def _know(self, element: str) -> list[str]:
        told, addresses = self.told(element), self._addresses.get(element, ())
        self._directory.calls(self._elements[element], told.neighbors)
        return self._directory.know(self._elements[element], told, addresses)

    def _claim(self, element: str) -> dict[Ends, None]:
        """Work out the links that an element tells of; return those it did or does."""
        before = self._claims.get(element, {})
        claims: dict[Ends, None] = {}
        strangers: dict[Stranger, None] = {}
        for neighbor in self.told(element).neighbors:
            far = self._directory.find(self._elements[element], neighbor)
            near = self._near(element, neighbor.number)
            if far and far in self._elements:
                claims[self._ends(near, far, neighbor)] = None
            else:
                name = neighbor.name or shown(neighbor.chassis)
                strangers[Stranger(near, name, _port_name(neighbor), next(iter(neighbor.addresses), ""))] = None
        self.strangers[element] = tuple(strangers)
        for ends in before:
            self._claimers[ends].pop(element, None)
        for ends in claims:
            self._claimers.setdefault(ends, {})[element] = None
        self._claims[element] = claims
        return before | claims

    def _near(self, element: str, number: int) -> str:
        port = self.told(element).ports.get(number)
        if port is None:
            by_number = self.interfaces(element).get(str(number))
            return by_number.object if by_number is not None else element
        return interface_of(self.interfaces(element), port, number) or element

    def _ends(self, near: str, far: str, neighbor: Neighbor) -> Ends:
        """Return both ends; of one whose port cannot be told the far side may know more."""
        port = self._far_port(far, neighbor)
        if not port:
            known = [ends for ends in self._claims.get(far, {}) if near in ends and near != segments(near)[0]]
            if known:
                return known[0]
        one, other = sorted((near, port or far))
        return one, other

    def _far_port(self, far: str, neighbor: Neighbor) -> str:
        told = self.told(far)
        same = [number for number, port in told.ports.items() if port.id == neighbor.port.id]
        if len(same) == 1:
            return interface_of(self.interfaces(far), told.ports[same[0]], same[0])
        return interface_of(self.interfaces(far), neighbor.port)

    def _judge(self, touched: Iterable[Ends], now: int) -> list[FoundLink]:
        changed = []
        for ends in sorted(touched):
            id_, known = link_id(ends), self.links.get(link_id(ends))
            status = self._status(ends)
            if not self._claimers.get(ends):
                self._claimers.pop(ends, None)
            if (known is None and status == "stale") or (known is not None and known.status == status):
                continue
            self._put(FoundLink(id_, *ends, status, now))
            self._stale.pop(id_, None)
            if status == "stale":
                self._stale[id_] = now
            changed.append(self.links[id_])
        return changed

    def _status(self, ends: Ends) -> LinkStatus:
        claimers = self._claimers.get(ends, {})
        return _STATUS[min(len(claimers), 2)]

    def _put(self, link: FoundLink) -> None:
        self.links[link.id] = link
        for end in (link.a, link.b):
            self._at.setdefault(end, {})[link.id] = None

    def _drop(self, id_: str) -> FoundLink:
        """Forget a link; return it as it is then, without ends."""
        link = self.links.pop(id_)
        for end in dict.fromkeys((link.a, link.b)):
            del self._at[end][id_]
            if not self._at[end]:
                del self._at[end]
        self._stale.pop(id_, None)
        return FoundLink(id_, "", "")

    def _forget(self, element: str) -> list[str]:
        """Forget an element; return those that saw it."""
        for ends in self._claims.pop(element, {}):
            self._claimers[ends].pop(element, None)
        self._told.pop(element, None)
        self._interfaces.pop(element, None)
        self._addresses.pop(element, None)
        self.strangers.pop(element, None)
        return self._directory.forget(element)


def link_id(ends: Ends) -> str:
    """Return the id of a found link: the same ends give the same id."""
    return "lldp-" + hashlib.sha256("|".join(ends).encode()).hexdigest()[:12]


def _since(link: FoundLink) -> int:
    return link.since


def _port_name(neighbor: Neighbor) -> str:
    return shown(neighbor.port.id) if neighbor.port.id[1] else neighbor.port.description
