"""What a part of an element carries: a card its ports, a port its sub-interfaces, and the far ends of these.

The inventory says it by links within an element, ENTITY-MIB and ifStackTable where it does not.
"""

from collections.abc import Iterable, Mapping

from netmon.domain.found import FoundLink, Layer, Part
from netmon.domain.inventory import Inventory, Link
from netmon.domain.managed_object import kind_and_name, segments

Inside = dict[str, set[str]]
Carried = dict[str, tuple[str, ...]]
Ends = tuple[str, str]


class Containment:
    """What fails with which part, element by element: what polls find of one touches no other."""

    def __init__(self) -> None:
        self._inside: dict[str, Inside] = {}
        """What the inventory says, by element."""
        self._far: dict[str, Inside] = {}
        """Far ends of its links, by element and near end."""
        self._found: dict[str, Inside] = {}
        self._linked: dict[str, dict[str, Ends]] = {}
        """(near, far) of the found links of an element by id."""
        self._ends: dict[str, Ends] = {}
        """Elements at the ends of found links by id."""
        self._elements: dict[str, Carried] = {}

    def load(self, inventory: Inventory, found: Iterable[FoundLink]) -> Carried:
        """Take a new inventory; return what fails with which part, for all parts."""
        self._inside, self._far, self._linked, self._ends = {}, {}, {}, {}
        for link in inventory.links.values():
            self._take(link)
        for one in found:
            self._link(one)
        for gone in self._elements.keys() - inventory.elements.keys():
            self._found.pop(gone, None)
        self._elements = {element: self._of(element) for element in sorted({*self._inside, *self._found})}
        return {part: inside for of in self._elements.values() for part, inside in of.items()}

    def element(self, element: str, parts: Iterable[Part], layers: Iterable[Layer]) -> Carried:
        """Take what was found of an element; return what is otherwise now, a part that carries nothing more with ()."""
        inside: Inside = {}
        for part in parts:
            if part.inside:
                inside.setdefault(part.inside, set()).add(part.object)
            if part.port:
                inside.setdefault(part.object, set()).add(part.port)
        for layer in layers:
            if not layer.bundle:
                inside.setdefault(layer.lower, set()).add(layer.upper)
        self._found[element] = inside
        return self._again(element)

    def links(self, links: Iterable[FoundLink]) -> Carried:
        """Take found links as they are now: a far end suffers with what carries the near one; return as ``element``."""
        touched = dict.fromkeys(element for link in links for element in self._link(link))
        known = [element for element in touched if element in self._elements]
        return {part: inside for element in known for part, inside in self._again(element).items()}

    def _link(self, link: FoundLink) -> list[str]:
        """Take one; return the elements at its ends, before and now."""
        touched = [element for element in self._ends.pop(link.id, ()) if self._linked[element].pop(link.id, None)]
        if link.a and link.status != "stale":
            self._ends[link.id] = (segments(link.a)[0], segments(link.b)[0])
            for element, ends in zip(self._ends[link.id], ((link.a, link.b), (link.b, link.a)), strict=True):
                self._linked.setdefault(element, {})[link.id] = ends
                touched.append(element)
        return touched

    def _again(self, element: str) -> Carried:
        before = self._elements.get(element, {})
        now = self._elements[element] = self._of(element)
        return {part: now.get(part, ()) for part in sorted({*before, *now}) if before.get(part) != now.get(part)}

    def _take(self, link: Link) -> None:
        element, other = segments(link.a)[0], segments(link.b)[0]
        if element != other:
            self._far.setdefault(element, {}).setdefault(link.a, set()).add(link.b)
            self._far.setdefault(other, {}).setdefault(link.b, set()).add(link.a)
        elif link.kind == "uplink":
            self._inside.setdefault(element, {}).setdefault(link.a, set()).add(link.b)

    def _of(self, element: str) -> Carried:
        configured, found = self._inside.get(element, {}), self._found.get(element, {})
        inside = {part: configured.get(part, set()) | found.get(part, set()) for part in {*configured, *found}}
        far = {near: set(ends) for near, ends in self._far.get(element, {}).items()}
        for near, other in self._linked.get(element, {}).values():
            far.setdefault(near, set()).add(other)
        carried = {part: tuple(sorted(_all_in(part, inside, far) - {part})) for part in sorted(inside)}
        return {part: parts for part, parts in carried.items() if parts}


def contained(inventory: Inventory) -> Carried:
    """Return for each part that an ``uplink`` within its own element names what fails with it, sorted."""
    return Containment().load(inventory, ())


def _all_in(part: str, inside: Mapping[str, set[str]], far: Mapping[str, set[str]]) -> set[str]:
    """Return what is inside a part, at any depth, and what these ports are linked with."""
    found, waiting = {part}, [part]
    while waiting:
        new = inside.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    if kind_and_name(part)[0] == "if":
        # Ends that hid each other would both be hidden; the alarm of their link stands for them.
        return found
    return found | {end for port in found for end in far.get(port, ())}
