"""The links that count: those of the inventory, and the found ones at whose ends it has none (specs/rules.md 7).

A configured link is never overwritten. A found one that is stale counts unless one of its ports has another link now.
"""

from collections.abc import Iterable

import msgspec

from netmon.domain.found import FoundLink
from netmon.domain.inventory import Inventory, Link


class Relinking(msgspec.Struct, frozen=True):
    """What has changed of the links that count."""

    gone: tuple[Link, ...]
    new: tuple[Link, ...]

    def __bool__(self) -> bool:
        """Tell whether anything has."""
        return bool(self.gone or self.new)


class Connections:
    """All of them; what changes of a few found links costs no look at the others."""

    def __init__(self, inventory: Inventory, found: Iterable[FoundLink] = ()) -> None:
        self._configured = tuple(link for link in inventory.links.values() if joins_elements(link))
        self._ends = frozenset(end for link in self._configured for end in (link.a, link.b))
        self.found: dict[str, FoundLink] = {}
        """By id, as they were taken last."""
        self._at: dict[str, dict[str, None]] = {}
        """Ids of found links by the port at one of their ends."""
        self._counting: dict[str, Link] = {}
        self.change(found)

    def all(self) -> tuple[Link, ...]:
        """Return every link that counts."""
        return (*self._configured, *self._counting.values())

    def change(self, found: Iterable[FoundLink]) -> Relinking:
        """Take found links as they are now, without ends those that are there no more."""
        touched: dict[str, None] = {}
        for told in found:
            touched |= self._touched(self._take(told.id))
            if told.a:
                self._put(told)
                touched |= self._touched(told)
        gone: list[Link] = []
        new: list[Link] = []
        for id_ in sorted(touched):
            one, counted = self.found.get(id_), self._counting.get(id_)
            if one is None or not self._counts(one):
                gone += [counted] if counted is not None else []
            elif counted is None:
                new.append(Link(one.id, one.a, one.b))
        for link in gone:
            del self._counting[link.id]
        self._counting |= {link.id: link for link in new}
        return Relinking(tuple(gone), tuple(new))

    def _take(self, id_: str) -> FoundLink | None:
        link = self.found.pop(id_, None)
        for port in ports(link):
            del self._at[port][id_]
        return link

    def _put(self, link: FoundLink) -> None:
        self.found[link.id] = link
        for port in ports(link):
            self._at.setdefault(port, {})[link.id] = None

    def _touched(self, link: FoundLink | None) -> dict[str, None]:
        """Return the ids of a link and of those that share a port with it."""
        found = {} if link is None else {link.id: None}
        for port in ports(link):
            found |= self._at[port]
        return found

    def _counts(self, link: FoundLink) -> bool:
        ends = ports(link)
        if not self._ends.isdisjoint(ends):
            return False
        others = (self.found[id_] for port in ends for id_ in self._at[port])
        return link.status != "stale" or all(other.status == "stale" for other in others)


def joins_elements(link: Link) -> bool:
    """Tell whether a link is one between elements; a card and its port are linked within one."""
    return link.a.partition("/")[0] != link.b.partition("/")[0]


def shared_ports(links: Iterable[Link]) -> frozenset[str]:
    """Return the ports on which more than one element depends, as on that of a PON."""
    hanging: dict[str, set[str]] = {}
    for link in links:
        if link.kind == "uplink" and "/" in link.a and joins_elements(link):
            hanging.setdefault(link.a, set()).add(link.b.partition("/")[0])
    return frozenset(port for port, elements in hanging.items() if len(elements) > 1)


def uplinks_of(inventory: Inventory) -> dict[str, tuple[Link, ...]]:
    """Return the links by which elements depend on others."""
    found: dict[str, list[Link]] = {}
    for link in inventory.links.values():
        if link.kind == "uplink" and joins_elements(link):
            found.setdefault(link.b.partition("/")[0], []).append(link)
    return {element: tuple(links) for element, links in found.items()}


def ports(link: FoundLink | None) -> tuple[str, ...]:
    """Return the ends of a link that are no whole elements."""
    if link is None:
        return ()
    ends = (link.a, link.b) if link.a != link.b else (link.a,)
    return ends if "/" in link.a and "/" in link.b else tuple(end for end in ends if "/" in end)
