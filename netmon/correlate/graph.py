"""The elements and how they reach one another, link by link (specs/rules.md 7)."""

from collections.abc import Iterable

import msgspec

from netmon.domain.inventory import Link
from netmon.domain.managed_object import element_of

_NO_LINKS: dict[str, Link] = {}


class Beside(msgspec.Struct, frozen=True, gc=False):
    """What the links of one element say; all of it sorted: a search does not depend on what was found first."""

    onward: tuple[str, ...]
    """Where a path goes on: to those that depend on the element, and to its peers."""
    joined: tuple[str, ...]
    """All its neighbors."""
    before: tuple[str, ...]
    """The other ends of the links by which a path comes to it."""


_NOBODY = Beside((), (), ())


class Graph:
    """What a path from the poller may cross, and what hangs together."""

    def __init__(self, elements: Iterable[str] = (), links: Iterable[Link] = ()) -> None:
        self.elements = dict.fromkeys(elements)
        self._links: dict[str, dict[str, Link]] = {}
        """By element and id."""
        self._beside: dict[str, Beside] = {}
        """Worked out when it is asked for."""
        self._above: dict[str, int] = {}
        self._below: dict[str, int] = {}
        """How many uplinks begin and end at an element."""
        self.change(new=links)

    def change(self, *, gone: Iterable[Link] = (), new: Iterable[Link] = ()) -> None:
        """Take links out and in; one with an end that is no element says nothing."""
        for link in gone:
            for element in self._between(link, -1):
                del self._links[element][link.id]
                if not self._links[element]:
                    del self._links[element]
        for link in new:
            for element in self._between(link, 1):
                self._links.setdefault(element, {})[link.id] = link

    def beside(self, element: str) -> Beside:
        """Return what is beside an element."""
        found = self._beside.get(element)
        if found is None:
            links = self._links.get(element)
            if links is None:
                return _NOBODY
            found = self._beside[element] = _beside(element, links.values())
        return found

    def leads_on(self, element: str) -> bool:
        """Tell whether an element has any link."""
        return element in self._links

    def uppermost(self) -> list[str]:
        """Return the elements on which others depend and which depend on none, sorted."""
        return sorted(element for element, count in self._above.items() if count and not self._below.get(element))

    def is_shared(self, port: str) -> bool:
        """Tell whether more than one element depends on a port."""
        links = self._links.get(element_of(port), _NO_LINKS).values()
        return len({element_of(link.b) for link in links if link.kind == "uplink" and link.a == port}) > 1

    def _between(self, link: Link, by: int) -> tuple[str, ...]:
        """Count a link; return the elements that it joins, which are worked out anew from now on."""
        a, b = element_of(link.a), element_of(link.b)
        if a == b or a not in self.elements or b not in self.elements:
            return ()
        if link.kind == "uplink":
            self._above[a] = self._above.get(a, 0) + by
            self._below[b] = self._below.get(b, 0) + by
        self._beside.pop(a, None)
        self._beside.pop(b, None)
        return a, b


def _beside(element: str, links: Iterable[Link]) -> Beside:
    onward: list[str] = []
    joined: list[str] = []
    before: list[str] = []
    for link in links:
        a, b = element_of(link.a), element_of(link.b)
        is_mine, is_peer = a == element, link.kind != "uplink"
        other = b if is_mine else a
        joined.append(other)
        if is_mine or is_peer:
            onward.append(other)
        if is_peer or not is_mine:
            before.append(link.b if is_mine else link.a)
    return Beside(_sorted(onward), _sorted(joined), _sorted(before))


def _sorted(names: list[str]) -> tuple[str, ...]:
    """Return names in order, each once; most elements have one neighbor above and none below."""
    return tuple(sorted(set(names))) if len(names) > 1 else tuple(names)
