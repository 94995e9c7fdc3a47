"""The elements and how they reach one another, from the links of the inventory (specs/rules.md 7)."""

from collections.abc import Iterable, Iterator

import msgspec

from netmon.domain.found import FoundLink
from netmon.domain.inventory import Inventory, Link


class Graph(msgspec.Struct, frozen=True):
    """What a path from the poller may cross, and where it begins."""

    onward: dict[str, tuple[str, ...]]
    """Where a path goes on from an element: to those that depend on it, and to its peers. Sorted."""
    tops: tuple[str, ...]
    """Where paths begin: the poller reaches these by itself."""
    elements: frozenset[str]


def graph_of(inventory: Inventory, found: Iterable[FoundLink] = ()) -> Graph:
    """Return the graph of an inventory and of found links; a link with an end that is no element says nothing."""
    onward: dict[str, set[str]] = {}
    joined: dict[str, set[str]] = {}
    above, below = set[str](), set[str]()
    for link in (*inventory.links.values(), *beside(inventory, found)):
        a, b = link.a.partition("/")[0], link.b.partition("/")[0]
        if a == b or a not in inventory.elements or b not in inventory.elements:
            continue
        onward.setdefault(a, set()).add(b)
        if link.kind == "uplink":
            above.add(a)
            below.add(b)
        else:
            onward.setdefault(b, set()).add(a)
        joined.setdefault(a, set()).add(b)
        joined.setdefault(b, set()).add(a)
    return Graph(
        {element: tuple(sorted(others)) for element, others in sorted(onward.items())},
        tuple(sorted(_tops(inventory.elements, joined, above, below))),
        frozenset(inventory.elements),
    )


def beside(inventory: Inventory, found: Iterable[FoundLink]) -> Iterator[Link]:
    """Yield the found links at whose ends the inventory has none: a configured link is never overwritten.

    A stale one counts unless one of its ends has another link now.
    """
    configured = {end for link in inventory.links.values() if _joins(link) for end in (link.a, link.b)}
    links = list(found)
    live = {end for link in links if link.status != "stale" for end in (link.a, link.b)}
    for link in links:
        ports = {end for end in (link.a, link.b) if "/" in end}
        if ports & configured or (link.status == "stale" and ports & live):
            continue
        yield Link(link.id, link.a, link.b)


def _joins(link: Link) -> bool:
    """Tell whether a link is one between elements; a card and its port are linked within one."""
    return link.a.partition("/")[0] != link.b.partition("/")[0]


def _tops(elements: Iterable[str], joined: dict[str, set[str]], above: set[str], below: set[str]) -> Iterable[str]:
    """Yield where paths begin: of what hangs together the uppermost; all of it where no link says what is above."""
    seen = set[str]()
    for element in elements:
        if element in seen:
            continue
        together = _together(element, joined)
        seen |= together
        uppermost = (together & above) - below
        yield from uppermost or together


def _together(element: str, joined: dict[str, set[str]]) -> set[str]:
    found, waiting = {element}, [element]
    while waiting:
        for other in joined.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found
