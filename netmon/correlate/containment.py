"""What a part of an element carries: a card its ports, a port its sub-interfaces, and the far ends of these.

A bundle carries its members: when it is down they are all. What carries all members of a bundle carries the bundle.
An element that fails takes the far ends of all its links with it, but for ports on which others depend, too.

The inventory says it by links within an element, ENTITY-MIB and ifStackTable where it does not.
"""

from collections.abc import Iterable, Mapping

from netmon.correlate.connections import shared_ports
from netmon.domain.found import FoundLink, Layer, Part
from netmon.domain.inventory import Inventory, Link
from netmon.domain.managed_object import element_of, kind_and_name

Inside = dict[str, set[str]]
Carried = dict[str, tuple[str, ...]]


class Containment:
    """What fails with which part, element by element: what polls find of one touches no other."""

    def __init__(self) -> None:
        self._inside: dict[str, Inside] = {}
        """What the inventory says, by element."""
        self._far: dict[str, Inside] = {}
        """Far ends of its links, by element and near end."""
        self._found: dict[str, Inside] = {}
        self._bundles: dict[str, Inside] = {}
        """Members of bundles, by element."""
        self._shared: frozenset[str] = frozenset()
        """Ports on which more than one element depends."""
        self._links: dict[str, FoundLink] = {}
        self._at: dict[str, dict[str, None]] = {}
        """Ids of found links by the elements and the ports at their ends."""
        self._elements: dict[str, Carried] = {}

    def load(self, inventory: Inventory, found: Iterable[FoundLink]) -> Carried:
        """Take a new inventory; return what fails with which part, for all parts."""
        self._inside, self._far, self._links, self._at = {}, {}, {}, {}
        self._shared = shared_ports(inventory.links.values())
        for link in inventory.links.values():
            self._take(link)
        for one in found:
            self._link(one)
        for gone in self._elements.keys() - inventory.elements.keys():
            self._found.pop(gone, None)
            self._bundles.pop(gone, None)
        linked = map(element_of, self._at)
        elements = sorted({*self._inside, *self._far, *self._found, *linked})
        self._elements = {element: self._of(element) for element in elements}
        return {part: inside for of in self._elements.values() for part, inside in of.items()}

    def element(self, element: str, parts: Iterable[Part], layers: Iterable[Layer]) -> Carried:
        """Take what was found of an element; return what is otherwise now, a part that carries nothing more with ()."""
        inside: Inside = {}
        bundles: Inside = {}
        for part in parts:
            if part.inside:
                inside.setdefault(part.inside, set()).add(part.object)
            if part.port:
                inside.setdefault(part.object, set()).add(part.port)
        for layer in layers:
            if layer.bundle:
                bundles.setdefault(layer.upper, set()).add(layer.lower)
            else:
                inside.setdefault(layer.lower, set()).add(layer.upper)
        self._found[element], self._bundles[element] = inside, bundles
        return self._again(element)

    def links(self, links: Iterable[FoundLink]) -> Carried:
        """Take found links as they are now: a far end suffers with what carries the near one; return as ``element``."""
        touched = sorted({element for link in links for element in self._link(link)})
        return {part: inside for element in touched for part, inside in self._again(element).items()}

    def _link(self, link: FoundLink) -> set[str]:
        """Take one; return the elements at the ends of all links that share an end with it, before and now."""
        before = self._links.pop(link.id, None)
        touched = self._beside(before) if before is not None else set()
        for end in _ends(before):
            del self._at[end][link.id]
        if link.a:
            self._links[link.id] = link
            for end in _ends(link):
                self._at.setdefault(end, {})[link.id] = None
            touched |= self._beside(link)
        return touched

    def _beside(self, link: FoundLink) -> set[str]:
        others = [link, *(self._links[id_] for end in _ports(link) for id_ in self._at.get(end, ()) if id_ != link.id)]
        return {element_of(end) for one in others for end in (one.a, one.b)}

    def _again(self, element: str) -> Carried:
        before = self._elements.get(element, {})
        now = self._elements[element] = self._of(element)
        return {part: now.get(part, ()) for part in sorted({*before, *now}) if before.get(part) != now.get(part)}

    def _take(self, link: Link) -> None:
        element, other = element_of(link.a), element_of(link.b)
        if link.a in self._shared:
            # The port is not down for the sake of one of them; when it is they all lose it.
            self._inside.setdefault(element, {}).setdefault(link.a, set()).update({link.b} if _is_port(link.b) else ())
        elif element != other:
            self._far.setdefault(element, {}).setdefault(link.a, set()).add(link.b)
            self._far.setdefault(other, {}).setdefault(link.b, set()).add(link.a)
        elif link.kind == "uplink":
            self._inside.setdefault(element, {}).setdefault(link.a, set()).add(link.b)

    def _of(self, element: str) -> Carried:
        configured, found = self._inside.get(element, {}), self._found.get(element, {})
        bundles = self._bundles.get(element, {})
        known = (configured, found, bundles)
        inside = {part: set[str]().union(*(one.get(part, ()) for one in known)) for part in set().union(*known)}
        far = self._far_ends(element)
        carried = {part: tuple(sorted(_all_in(part, inside, far, bundles) - {part})) for part in sorted(inside)}
        # Its ports lie below its path; these do not.
        carried[element] = tuple(sorted(end for ends in far.values() for end in ends))
        return {part: parts for part, parts in carried.items() if parts}

    def _far_ends(self, element: str) -> Inside:
        """Return the ports at the other ends of an element's links, by near end."""
        far = {near: set(ends) for near, ends in self._far.get(element, {}).items()}
        for link in (self._links[id_] for id_ in self._at.get(element, ())):
            if self._counts(link):
                near, other = (link.a, link.b) if element_of(link.a) == element else (link.b, link.a)
                far.setdefault(near, set()).add(other)
        # Where only the element at the other end is known, all of it would suffer.
        return {near: ports for near, ends in far.items() if (ports := {end for end in ends if _is_port(end)})}

    def _counts(self, link: FoundLink) -> bool:
        """Tell whether a link counts: a stale one unless one of its ports has another link now, as for root causes."""
        others = (self._links[id_] for end in _ports(link) for id_ in self._at[end])
        return link.status != "stale" or all(other.status == "stale" for other in others)


def contained(inventory: Inventory) -> Carried:
    """Return for each part that an ``uplink`` within its own element names what fails with it, sorted."""
    return Containment().load(inventory, ())


def _all_in(part: str, inside: Inside, far: Inside, bundles: Inside) -> set[str]:
    """Return what is inside a part, at any depth, and what these ports are linked with."""
    found = _closed({part}, inside)
    for bundle, members in bundles.items():
        if part not in members and members <= found:
            found |= _closed({bundle}, inside)
    if _is_port(part):
        # Ends that hid each other would both be hidden; the alarm of their link stands for them.
        return found
    return found | {end for port in found for end in far.get(port, ())}


def _closed(parts: set[str], inside: Mapping[str, set[str]]) -> set[str]:
    """Return parts and what is inside them, at any depth."""
    found, waiting = set(parts), list(parts)
    while waiting:
        new = inside.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _ends(link: FoundLink | None) -> set[str]:
    """Return the elements and the ports at the ends of a link."""
    return set() if link is None else {element_of(link.a), element_of(link.b), *_ports(link)}


def _ports(link: FoundLink) -> list[str]:
    return [end for end in (link.a, link.b) if _is_port(end)]


def _is_port(path: str) -> bool:
    return kind_and_name(path)[0] == "if"
