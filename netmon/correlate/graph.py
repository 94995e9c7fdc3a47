"""The elements and how they reach one another, from the links of the inventory (specs/rules.md 7)."""

from collections.abc import Iterable

import msgspec

from netmon.domain.inventory import Inventory
from netmon.domain.managed_object import segments


class Graph(msgspec.Struct, frozen=True):
    """What a path from the poller may cross, and where it begins."""

    onward: dict[str, tuple[str, ...]]
    """Where a path goes on from an element: to those that depend on it, and to its peers. Sorted."""
    tops: tuple[str, ...]
    """Where paths begin: the poller reaches these by itself."""
    elements: frozenset[str]


def graph_of(inventory: Inventory) -> Graph:
    """Return the graph of an inventory; a link with an end that is no element says nothing."""
    onward: dict[str, set[str]] = {}
    joined: dict[str, set[str]] = {}
    above, below = set[str](), set[str]()
    for link in inventory.links.values():
        a, b = segments(link.a)[0], segments(link.b)[0]
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
